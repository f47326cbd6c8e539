// Prometheus finds slaves by itself: a real one, run by `make monitoring` with questions every second, and a real cluster on loopback.
import { expect } from 'chai';
import { startMaster, startSlave, stopAll, type Master, type Slave } from '../support/cluster.ts';
import { getJson, request } from '../support/http.ts';
import { endTargets, MakeTarget, temporaryFolder } from '../support/make-target.ts';
import { freeTcpPort } from '../support/ports.ts';
import { whyNoPrometheus, type Target } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

const NOTICED_MS = 15_000; // Prometheus gathers new targets for 5 s before it uses them
const WHY_NOT = whyNoPrometheus();

let master: Master;
let url = '';

/** The values of an expression now, by slave. */
async function bySlave(expression: string): Promise<Record<string, number>> {
  const { data } = await getJson<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(
    `${url}/api/v1/query?query=${encodeURIComponent(expression)}`,
  );
  return Object.fromEntries(data.result.map(({ metric, value }) => [metric['slave'] ?? 'master', Number(value[1])]));
}

/** Slaves on the list that Prometheus scrapes. */
async function listed(): Promise<string[]> {
  const { data } = await getJson<{ data: { activeTargets: Target[] } }>(`${url}/api/v1/targets?state=active`);
  const slaves = data.activeTargets.filter(({ labels }) => labels['job'] === 'lanyard-slaves');
  return slaves.map(({ labels }) => labels['slave']!).sort();
}

async function eventuallyListed(...slaves: string[]): Promise<void> {
  await eventually(
    `Prometheus scrapes ${slaves.join(', ') || 'no slave'}`,
    async () => (await listed()).join() === slaves.join(),
    NOTICED_MS,
  );
}

function slave(name: string): Promise<Slave> {
  return startSlave(master.discoveryPort, {
    args: ['--name', name, '--concurrency', '1', '--label', `rack=of ${name}`],
  });
}

describe(`Prometheus and the cluster${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  let s1: Slave;
  let s2: Slave;

  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    this.timeout(60_000);
    master = await startMaster();
    const LISTEN = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${LISTEN}`;
    const MASTER = new URL(master.url).host;
    const monitoring = new MakeTarget('monitoring', {
      MONITORING_DIR: temporaryFolder(),
      LISTEN,
      MASTER,
      INTERVAL: '1s',
    });
    await monitoring.says(`Open ${url}`);
    await eventually(
      'Prometheus answers',
      () =>
        listed().then(
          () => true,
          () => false,
        ),
      NOTICED_MS,
    );
  });
  after(async () => {
    await endTargets();
    await stopAll();
  });

  it('the master is scraped, under the name of its cluster', async () => {
    await eventually(
      'the master is up',
      async () => (await bySlave('up{job="lanyard-master",cluster="lanyard"}'))['master'] === 1,
      NOTICED_MS,
    );
    expect(await listed()).to.deep.equal([]);
  });

  it('slaves that join are found and scraped, under their names and with their own labels', async () => {
    [s1, s2] = await Promise.all([slave('s1'), slave('s2')]);
    const up = (): Promise<Record<string, number>> =>
      bySlave('up{job="lanyard-slaves",cluster="lanyard",label_rack=~"of s."}');
    await eventually(
      'both are up',
      async () =>
        Object.entries(await up())
          .sort()
          .join(' ') === 's1,1 s2,1',
      NOTICED_MS,
    ).catch(async (error: unknown) => expect.fail(`${String(error)}: ${JSON.stringify(await up())}`));
    expect(
      await bySlave('count by (slave) (lanyard_max_load{cluster="lanyard",slave="s2",label_rack="of s2"})'),
    ).to.deep.equal({
      s2: 1,
    });
    expect(await bySlave(`up{instance="127.0.0.1:${s1.metricsPort}"}`)).to.deep.equal({ s1: 1 });
  });

  it('a slave that leaves disappears', async () => {
    s1.kill('SIGTERM');
    await eventuallyListed('s2');
    expect((await s1.exited).code).to.equal(0);
  });

  it('the last slave is killed: the empty list clears what is scraped', async () => {
    s2.kill('SIGKILL');
    await eventuallyListed();
    expect(await bySlave('up{job="lanyard-master"}')).to.deep.equal({ master: 1 });
  });

  it('while the master is away the last list is kept, and its slaves are scraped', async () => {
    await slave('s3');
    await eventually('s3 is up', async () => (await bySlave('up{slave="s3"}'))['s3'] === 1, NOTICED_MS);
    await master.end();
    const failures = async (): Promise<number> => {
      const { body } = await request(`${url}/metrics`);
      return Number(/^prometheus_sd_http_failures_total (\d+)$/m.exec(body)?.[1]);
    };
    const before = await failures();
    await eventually('Prometheus has asked in vain', async () => (await failures()) >= before + 8, NOTICED_MS);
    expect(await bySlave('up{job="lanyard-master"}')).to.deep.equal({ master: 0 });
    expect(await listed()).to.deep.equal(['s3']);
    expect(await bySlave('up{job="lanyard-slaves"}')).to.deep.equal({ s3: 1 });
  });
});
