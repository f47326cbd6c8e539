// `make slave_preproc`: a Prometheus for the slaves of this host, which a monitor finds without the master's address.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster } from '../support/cluster.ts';
import { getJson } from '../support/http.ts';
import { endTargets, folderOf, MakeTarget, temporaryFolder } from '../support/make-target.ts';
import { freeTcpPort } from '../support/ports.ts';
import { whyNoPrometheus, type Target } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

const FOUND_MS = 20_000;
const WHY_NOT = whyNoPrometheus();

interface Preproc {
  readonly target: MakeTarget;
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
}

let cluster: Cluster;

/** `make slave_preproc` on ports of its own, with a monitor that keeps to loopback. */
async function preproc(changed: Record<string, string> = {}, env: Record<string, string> = {}): Promise<Preproc> {
  const variables = {
    MONITORING_DIR: temporaryFolder(),
    LISTEN: `127.0.0.1:${await freeTcpPort()}`,
    TARGETS_PORT: `${await freeTcpPort()}`,
    INTERVAL: '1s',
    ARGS: `--interface lo --discovery-port ${cluster.master.discoveryPort}`,
    ...changed,
  };
  const target = new MakeTarget('slave_preproc', variables, { env });
  return { target, url: `http://${variables.LISTEN}`, variables };
}

async function running(): Promise<Preproc> {
  const it = await preproc();
  await it.target.says(`Open ${it.url}/targets`);
  expect(Object.keys(it.target.pids)).to.deep.equal(['monitor', 'prometheus']);
  return it;
}

async function targetsOf(url: string): Promise<Target[]> {
  const answer = await getJson<{ data: { activeTargets: Target[] } }>(`${url}/api/v1/targets`).catch(() => undefined);
  return answer?.data.activeTargets ?? [];
}

describe(`make slave_preproc${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    cluster = await startCluster({ slaves: [[], []] });
  });
  afterEach(endTargets);
  after(stopAll);

  it('scrapes the slaves of this host and nothing else, and SIGTERM to make ends all of it', async () => {
    const { target, url } = await running();
    const up = async (): Promise<string[]> =>
      (await targetsOf(url))
        .filter(({ health }) => health === 'up')
        .map(({ labels }) => `${labels['cluster']} ${labels['slave']}`);
    await eventually('both slaves are up', async () => (await up()).length === 2, FOUND_MS);
    expect((await up()).sort()).to.deep.equal(['lanyard s1', 'lanyard s2']);
    expect(await targetsOf(url)).to.have.length(2);
    target.signal('SIGTERM');
    await target.ended();
    await target.gone();
    expect(target.output).not.to.contain('stopping').and.not.to.contain('Killed');
  });

  it('asks for the slaves at all addresses of this host, and for no master', async () => {
    const { variables } = await running();
    const config = readFileSync(path.join(variables['MONITORING_DIR']!, 'slave_preproc/prometheus.yml'), 'utf8');
    const list = `http://127.0.0.1:${variables['TARGETS_PORT']}/prometheus/targets?`;
    expect(config)
      .to.contain(`url: '${list}`)
      .and.to.match(/[?&]host=127\.0\.0\.1[&']/);
    expect(config).not.to.contain('lanyard-master');
  });

  for (const [dies, other] of [
    ['monitor', 'prometheus'],
    ['prometheus', 'monitor'],
  ] as const) {
    it(`stops ${other}, fails and says so when ${dies} dies`, async () => {
      const { target } = await running();
      process.kill(target.pids[dies]!, 'SIGKILL');
      expect(await target.ended()).to.equal(2);
      expect(target.output).to.contain(`${dies} ended by SIGKILL; stopping ${other}.`).and.to.contain('Error 1');
      await target.gone();
    });
  }

  it('passes on what the monitor says about a bad option, and ends', async () => {
    const { target } = await preproc({ ARGS: '--interface lo --poll-interval never' });
    expect(await target.ended()).to.equal(2);
    expect(target.output)
      .to.contain('--poll-interval')
      .and.to.contain('monitor exited with code 2; stopping prometheus.');
    await target.gone();
  });

  it('says so when one of its ports is in use, and starts nothing', async () => {
    const { host, port } = new URL(cluster.master.url);
    for (const [taken, advice] of [
      [{ LISTEN: host }, 'LISTEN=0.0.0.0:'],
      [{ TARGETS_PORT: port }, 'TARGETS_PORT='],
    ] as const) {
      const { target } = await preproc(taken);
      expect(await target.ended()).to.equal(2);
      expect(target.output).to.contain(`Something else listens at 127.0.0.1:${port} already.`);
      expect(target.output).to.contain(`make slave_preproc ${advice}`);
      expect(target.pids).to.deep.equal({});
    }
  });

  it('says how to get Prometheus where there is none', async () => {
    const { target } = await preproc({}, { PATH: folderOf('node', 'npm', 'sh') });
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain('apt install prometheus').and.to.contain('run make slave_preproc again');
  });
});
