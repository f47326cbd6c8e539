// Prometheus on a LAN: `make slave_preproc` on hosts with slaves scrapes those of its host alone, also where the master is; `make monitoring`
// on a host of its own scrapes the master and all slaves. Nobody says where the slaves are.
import { expect } from 'chai';
import { inside } from '../support/lan/commands.ts';
import type { Host } from '../support/lan/host.ts';
import { HttpClient } from '../support/lan/http-client.ts';
import { Lan } from '../support/lan/lan.ts';
import { startMaster } from '../support/lan/master.ts';
import { startSlave } from '../support/lan/slaves.ts';
import { endTargets, MakeTarget, temporaryFolder } from '../support/make-target.ts';
import { whyNoPrometheus, type Target } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

const PORT = 9090;
const FOUND_MS = 30_000;
const WHY_NOT = whyNoPrometheus();

describe(`LAN: Prometheus${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  let lan: Lan | undefined;
  let masterHost: Host;
  let slaveHost: Host;
  let grafanaHost: Host;

  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    lan = new Lan();
    masterHost = lan.host('m', '10.77.0.1/24');
    slaveHost = lan.host('a', '10.77.0.11/24');
    grafanaHost = lan.host('g', '10.77.0.9/24');
    await startMaster(masterHost);
    const where: Record<string, Host> = { m1: masterHost, a1: slaveHost, a2: slaveHost };
    const slaves = Object.entries(where).map(([name, host]) => startSlave(host, '--name', name, '--metrics-port', '0'));
    await Promise.all(slaves.map((slave) => slave.until('joined')));
  });
  after(async () => {
    await endTargets();
    lan?.remove();
  });

  /** Runs a make target on a host until Prometheus there is said to start. */
  async function start(host: Host, target: string, variables: Record<string, string> = {}): Promise<void> {
    const all = { MONITORING_DIR: temporaryFolder(), INTERVAL: '1s', ...variables };
    const make = new MakeTarget(target, all, { prefix: inside(host.namespace) });
    await make.says(`Open http://`);
  }

  /** Names in front of all targets of the Prometheus of `host` that are up, as Grafana's host sees them. */
  async function eventuallyUp(host: Host, ...names: readonly string[]): Promise<void> {
    const client = new HttpClient(grafanaHost, host === grafanaHost ? '127.0.0.1' : host.address, PORT);
    let seen: string[] = [];
    const look = async (): Promise<boolean> => {
      const { status, body } = await client.get('/api/v1/targets');
      if (status !== 200) return false;
      const { data } = JSON.parse(body) as { data: { activeTargets: Target[] } };
      const named = data.activeTargets.map(({ labels, health }) => [labels['slave'] ?? 'master', health].join(' '));
      seen = named.sort();
      return seen.join() === names.map((name) => `${name} up`).join();
    };
    await eventually(`${names.join(', ')} up`, look, FOUND_MS).catch((error: unknown) => {
      expect.fail(`${String(error)}; there was: ${seen.join(', ')}`);
    });
  }

  it('on a host with two slaves scrapes these two, also on one interface alone', async () => {
    await start(slaveHost, 'slave_preproc', { ARGS: '--interface eth0' });
    await eventuallyUp(slaveHost, 'a1', 'a2');
  });

  it('on the host of the master scrapes the slave there', async () => {
    await start(masterHost, 'slave_preproc');
    await eventuallyUp(masterHost, 'm1');
  });

  it('on a host without slaves scrapes the master and all of them', async () => {
    await start(grafanaHost, 'monitoring', { MASTER: '10.77.0.1' });
    await eventuallyUp(grafanaHost, 'a1', 'a2', 'm1', 'master');
  });
});
