// ./monitor as people run it: a real process between a real cluster and the stand-in for Grafana.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { startCluster, startSlave, stopAll, type Cluster, type Slave } from '../support/cluster.ts';
import { needsShared } from '../support/grafana/reference.ts';
import { BOARD, expectSound, KEY, openStandIn, SHARED, titles } from '../support/grafana/site.ts';
import type { GrafanaStandIn } from '../support/grafana/stand-in.ts';
import { getJson } from '../support/http.ts';
import { Monitor } from '../support/monitor-process.ts';
import type { LogLine, NodeOptions, NodeProcess } from '../support/node-process.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

/** A master that has just begun is given a moment to hear of its slaves. */
const SHOWN_MS = 15_000;
const TROUBLE = 'Grafana cannot be brought up to date';

describe('a monitor (needs ../shared)', () => {
  let cluster: Cluster;
  let grafana: GrafanaStandIn;

  /** Processes of one test. */
  const guests: NodeProcess[] = [];

  before(async function () {
    needsShared.call(this);
    cluster = await startCluster();
  });
  after(stopAll);
  beforeEach(async () => (grafana = await openStandIn()));
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.end()));
    await cluster.master.members(2);
    await grafana.stop();
    expectSound(grafana);
  });

  function guest<T extends NodeProcess>(process: T): T {
    guests.push(process);
    return process;
  }
  const monitorOf = (port: number, options: NodeOptions): Monitor => guest(new Monitor(port, options));
  const start = (...args: string[]): Monitor =>
    monitorOf(cluster.master.discoveryPort, { args: ['--grafana-url', grafana.url, ...args] });
  const another = async (): Promise<Slave> =>
    guest(await startSlave(cluster.master.discoveryPort, { args: ['--name', 's3', '--concurrency', '1'] }));
  const shown = (): string[] => titles(grafana).filter((title) => /: CPU$/.test(title));
  const shows = (...slaves: string[]): Promise<unknown> =>
    eventually(
      `a board with ${slaves.join()}`,
      () => shown().join() === slaves.map((name) => `${name}: CPU`).join(),
      SHOWN_MS,
    );
  const trouble = (monitor: Monitor, kind: string): Promise<LogLine> =>
    monitor.log(TROUBLE, (line) => line['kind'] === kind);

  it('makes the data source and the board, follows the cluster, and writes nothing while nothing changes', async () => {
    const monitor = start(KEY);
    expect((await monitor.log(`open ${grafana.url}/d/${BOARD}`)).level).to.equal(30);
    await shows('s1', 's2');
    expect([...grafana.store.dataSources.keys()]).to.deep.equal([SHARED]);
    expect((await cluster.master.metrics()).sum('lanyard_monitors')).to.equal(1);
    const s3 = await another();
    await shows('s1', 's2', 's3');
    s3.kill('SIGKILL');
    await shows('s1', 's2');
    expect(grafana.store.boards.get(BOARD)?.history).to.deep.equal([
      'lanyard: monitor started',
      'lanyard: s3 joined',
      'lanyard: s3 left',
    ]);
    await monitor.end();
    const writes = grafana.writes().length;
    const passed = grafana.requests.length;
    const second = start(KEY);
    await eventually('another pass', () => grafana.requests.length >= passed + 2);
    second.kill('SIGTERM');
    expect(await second.exited).to.deep.equal({ code: 0, signal: null });
    expect(grafana.writes()).to.have.length(writes);
  });

  it('is answered when Grafana comes back, with the cluster of that moment', async () => {
    const s3 = await another();
    const monitor = start(KEY);
    await shows('s1', 's2', 's3');
    await grafana.stop();
    s3.kill('SIGKILL');
    expect((await trouble(monitor, 'no-connection'))['todo']).to.match(/start Grafana/);
    await grafana.start();
    await monitor.log('Grafana is in order');
    expect(shown()).to.deep.equal(['s1: CPU', 's2: CPU']);
  });

  it('has one data source a host with --per-slave-datasource, and one in all again without', async () => {
    const first = start(KEY, '--per-slave-datasource', '--slave-prometheus-port', '9191');
    await shows('s1', 's2');
    const sources = grafana.store.dataSources;
    const own = 'lanyard-lanyard-127-0-0-1';
    expect([...sources.keys()].sort()).to.deep.equal([own, SHARED]);
    expect(sources.get(own)).to.deep.include({ url: 'http://127.0.0.1:9191' });
    await first.end();
    start(KEY);
    await eventually('the shared one alone', () => sources.size === 1 && sources.has(SHARED));
  });

  it('shows its key nowhere: not in its log, not in ps, not in what it says of a refusal', async () => {
    const wrong = `${KEY}x`;
    grafana.faults.add({ fault: { do: 'answer', status: 401, message: `Invalid API key ${wrong}` }, times: 1 });
    const monitor = start(wrong, '--log-level', 'trace');
    const line = await trouble(monitor, 'key-not-accepted');
    expect(line['said']).to.equal('Invalid API key [key]');
    expect(line['todo']).to.match(/Service accounts/);
    expect(readFileSync(`/proc/${monitor.pid}/cmdline`, 'utf8').replaceAll('\0', '')).to.equal('lanyard-monitor');
    monitor.kill('SIGTERM');
    await monitor.exited;
    expect(monitor.output).to.contain('Invalid API key').and.not.to.contain('glsa_');
  });

  it('does not show its key when Grafana has it in a name', async () => {
    const jsonData = { lanyardCluster: 'lanyard' };
    grafana.store.addDataSource({
      uid: 'old',
      name: KEY,
      type: 'prometheus',
      access: 'proxy',
      url: 'http://old',
      jsonData,
    });
    const monitor = start(KEY);
    await monitor.log('wrote to Grafana', ({ wrote }) => wrote === 'removed data source [key]');
    expect(monitor.output).not.to.contain(KEY);
  });

  it('takes its key from the environment or from a file, and warns of one that others can read', async () => {
    const fromEnvironment = monitorOf(cluster.master.discoveryPort, {
      args: ['--grafana-url', grafana.url],
      env: { LANYARD_API_KEY: KEY },
    });
    await shows('s1', 's2');
    await fromEnvironment.end();
    grafana.store.boards.clear();
    const folder = await mkdtemp(path.join(tmpdir(), 'lanyard-key-'));
    try {
      const file = path.join(folder, 'key');
      writeFileSync(file, `${KEY}\n`, { mode: 0o644 });
      const fromFile = start('--api-key-file', file);
      await fromFile.log('other users of this machine can read the key: chmod 600');
      await shows('s1', 's2');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('prints what it would send with --dry-run, sends nothing, and ends', async () => {
    const monitor = start(KEY, '--dry-run');
    expect((await monitor.exited).code).to.equal(0);
    expect(monitor.output).to.contain(`POST ${grafana.url}/api/datasources`).and.to.contain('"s1: CPU"');
    expect(monitor.output).not.to.contain('glsa_');
    expect(grafana.requests.length).to.be.above(0);
    expect(grafana.writes()).to.deep.equal([]);
    const keeping = start(KEY);
    await shows('s1', 's2');
    await keeping.end();
    const inOrder = start(KEY, '--dry-run');
    expect((await inOrder.exited).code).to.equal(0);
    expect(inOrder.output).to.contain('nothing to send').and.not.to.contain('POST');
  });

  it('ends a dry run that hears of no master, and says so', async () => {
    const monitor = monitorOf(await freeDiscoveryPort(), { args: ['--dry-run'] });
    expect((await monitor.exited).code).to.equal(1);
    expect(monitor.output).to.contain('no master took this monitor');
  });

  it('ends within two seconds while Grafana does not answer', async () => {
    grafana.faults.add({ fault: { do: 'hang' } });
    const monitor = start(KEY);
    await eventually('a request', () => grafana.requests.length > 0);
    const killedAt = performance.now();
    monitor.kill('SIGTERM');
    expect(await monitor.exited).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - killedAt).to.be.below(process.env['CI'] === 'true' ? 6000 : 2000);
  });

  it('serves the targets that the master serves, without a Grafana', async () => {
    const monitor = monitorOf(cluster.master.discoveryPort, {
      args: ['--grafana-url', 'off', '--targets-port', '0'],
    });
    const url = `http://127.0.0.1:${await monitor.targetsPort()}/prometheus/targets`;
    const targets = async (): Promise<unknown> => getJson(url).catch(() => undefined);
    const master = await getJson(`${cluster.master.url}/prometheus/targets`);
    expect(master).to.have.length(2);
    await eventually(
      'the same targets',
      async () => JSON.stringify(await targets()) === JSON.stringify(master),
      SHOWN_MS,
    );
  });

  it('with neither Grafana nor targets says that there is nothing to do', async () => {
    const monitor = monitorOf(cluster.master.discoveryPort, { args: ['--grafana-url', 'off'] });
    expect((await monitor.exited).code).to.equal(2);
    expect(monitor.output).to.contain('--targets-port');
  });
});
