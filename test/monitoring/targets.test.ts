// GET /prometheus/targets of a real master and of a monitor: what is listed can be scraped, and Prometheus takes it.
import { expect } from 'chai';
import { startCluster, startSlave, stopAll } from '../support/cluster.ts';
import { getJson, request } from '../support/http.ts';
import { scrape } from '../support/metrics.ts';
import { stopMonitors, TestMonitor } from '../support/monitor.ts';
import { startPrometheus, stopPrometheus, whyNoPrometheus, type Prometheus } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

/** Prometheus finds a change of targets after 4.4 to 6.4 s; thrice that on a slow machine. */
const FOUND_MS_MAX = 20_000;

interface Group {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const targets = (url: string, query = ''): Promise<Group[]> => getJson(`${url}/prometheus/targets${query}`);
const namesOf = (groups: readonly Group[]): string =>
  groups
    .map(({ labels }) => labels['slave'])
    .sort()
    .join();

describe('targets for Prometheus', () => {
  afterEach(async () => {
    stopMonitors();
    await stopAll();
  });

  it('are the slaves that are there, each at the port that really answers, with their labels', async () => {
    const { master, slaves } = await startCluster({
      slaves: [['--label', 'rack=7'], []],
      master: ['--cluster', 'lanyard'],
    });
    const groups = await targets(master.url);
    expect(groups).to.deep.equal([
      {
        targets: [`127.0.0.1:${slaves[0]!.metricsPort}`],
        labels: { cluster: 'lanyard', slave: 's1', label_rack: '7' },
      },
      { targets: [`127.0.0.1:${slaves[1]!.metricsPort}`], labels: { cluster: 'lanyard', slave: 's2' } },
    ]);
    for (const { targets: addresses } of groups) await scrape(`http://${addresses[0]!}`);
    expect(namesOf(await targets(master.url, '?host=127.0.0.1&host=10.9.9.9'))).to.equal('s1,s2');
    expect(await targets(master.url, '?host=10.9.9.9')).to.deep.equal([]);
    expect((await request(`${master.url}/prometheus/targets?host=s1`)).status).to.equal(400);
  });

  it('leave out a slave without metrics, one that left and one that was killed', async () => {
    const { master, slaves } = await startCluster({ slaves: [[], [], ['--metrics-port', 'off'], []] });
    expect(namesOf(await targets(master.url))).to.equal('s1,s2,s4');
    slaves[0]!.kill('SIGTERM');
    slaves[3]!.kill('SIGKILL');
    await eventually('both are gone', async () => namesOf(await targets(master.url)) === 's2');
    slaves[1]!.kill('SIGKILL');
    await eventually('nobody is left', async () => (await targets(master.url)).length === 0);
  });

  it('are the same from a monitor, also when the master is gone', async () => {
    const { master } = await startCluster({ slaves: [['--label', 'rack=7'], []] });
    const monitor = await TestMonitor.start(master.discoveryPort);
    await monitor.knows('s1,s2');
    const url = `http://127.0.0.1:${monitor.targets.port}`;
    const before = await targets(master.url);
    expect(await targets(url)).to.deep.equal(before);
    master.kill('SIGKILL');
    await eventually('the monitor notices', () => !monitor.session.joined);
    expect(await targets(url)).to.deep.equal(before);
    const other = await TestMonitor.start(master.discoveryPort);
    expect((await request(`http://127.0.0.1:${other.targets.port}/prometheus/targets`)).status).to.equal(503);
  });

  describe('are taken by Prometheus', () => {
    before(function () {
      if (whyNoPrometheus() !== undefined) this.skip();
    });
    afterEach(stopPrometheus);

    /** A Prometheus that asks this URL for its targets. */
    function asking(url: string): Promise<Prometheus> {
      const job = { job_name: 'lanyard-slaves', http_sd_configs: [{ url, refresh_interval: '1s' }] };
      const config = { global: { scrape_interval: '1s' }, scrape_configs: [job] };
      return startPrometheus(JSON.stringify(config)); // JSON is YAML
    }

    it('as the master and a monitor give them: a slave that joins is found', async function () {
      this.timeout(60_000);
      const { master } = await startCluster({ slaves: [['--label', 'rack=7'], []] });
      const monitor = await TestMonitor.start(master.discoveryPort);
      await monitor.knows('s1,s2');
      const bases = [master.url, `http://127.0.0.1:${monitor.targets.port}`];
      const both = await Promise.all(bases.map((base) => asking(`${base}/prometheus/targets`)));
      const up = (names: string): Promise<unknown> =>
        eventually(
          `both scrape ${names}`,
          async () => {
            const found = await Promise.all(both.map((prometheus) => prometheus.query('up == 1')));
            return found.every((series) => series.map(({ labels }) => labels['slave']).sort().join() === names); // prettier-ignore
          },
          FOUND_MS_MAX,
        );
      await up('s1,s2');
      for (const prometheus of both) {
        const [series] = await prometheus.query('lanyard_max_load{slave="s1"}');
        expect(series?.labels).to.include({ cluster: 'lanyard', slave: 's1', label_rack: '7', job: 'lanyard-slaves' });
      }
      await startSlave(master.discoveryPort, { args: ['--name', 's3'] });
      await up('s1,s2,s3');
    });
  });
});
