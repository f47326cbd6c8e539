// Metrics of real nodes: after a known set of requests the pages of the master and of its two slaves say exactly what was sent.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { startCluster, startMaster, startSlave, stopAll, type Cluster, type Slave } from '../support/cluster.ts';
import { putJson, request } from '../support/http.ts';
import { Metrics } from '../support/metrics.ts';
import { ROOT } from '../support/node-process.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { promtoolOn } from '../support/promtool.ts';
import { submit, taskOf } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

const CPU_LOAD = 0.5;
const MAX_LOAD = 1_000_000;
const LONG_MS = 60_000;

type Values = Readonly<Record<string, number>>;

describe('metrics', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-metrics-'));
  const cpuFile = path.join(folder, 'cpu');
  const slaveArgs = ['--max-load', MAX_LOAD.toString(), '--cpu-source', `file:${cpuFile}`];
  let cluster: Cluster;

  before(async () => {
    writeFileSync(cpuFile, CPU_LOAD.toString());
    cluster = await startCluster({ master: ['round-robin', '--call-back', 'off'], slaves: [slaveArgs, slaveArgs] });
  });
  after(async () => {
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  const master = (): Promise<Metrics> => cluster.master.metrics();
  const slaves = (): Promise<Metrics[]> => Promise.all(cluster.slaves.map((slave) => slave.metrics()));
  /** Of both slaves together. */
  const sum = (pages: readonly Metrics[], name: string, labels = {}): number =>
    pages.reduce((total, page) => total + page.sum(name, labels), 0);
  const values = (page: Metrics, name: string, label: string): Values => Object.fromEntries(page.byLabel(name, label));
  const statusOf = async (query: string): Promise<number> => (await cluster.master.get(`/task?${query}`)).status;

  /** Sends `count` requests, one after another. */
  async function send(count: number, query: string, status = 200): Promise<void> {
    for (let i = 0; i < count; i++) expect(await statusOf(query), query).to.equal(status);
  }

  async function drain(how: 'drain' | 'resume', which: readonly number[]): Promise<void> {
    const members = await cluster.master.slaves();
    for (const i of which) {
      const { id } = members.find(({ name }) => name === `s${i}`)!;
      expect((await request(`${cluster.master.url}/slaves/${id}/${how}`, { method: 'POST' })).status).to.equal(200);
    }
  }

  it('of a cluster that has done nothing are all there, and zero', async () => {
    const page = await master();
    const zero = ['tasks_admitted_total', 'tasks_ended_total', 'queue_wait_seconds_count', 'dispatch_seconds_count'];
    for (const name of [...zero, 'attempts_in_flight', 'picks_total', 'member_load', 'member_weight', 'monitors'])
      expect(page.sum(`lanyard_${name}`), name).to.equal(0);
    expect(values(page, 'lanyard_tasks_ended_total', 'state')).to.have.keys('done', 'failed', 'cancelled', 'expired');
    expect(values(page, 'lanyard_picks_total', 'slave')).to.deep.equal({ s1: 0, s2: 0 });
    expect(values(page, 'lanyard_members', 'state')).to.deep.equal({ ready: 2, suspect: 0, draining: 0 });
    expect(page.sum('lanyard_discovery_packets_total', { kind: 'request' })).to.be.at.least(2);
    const types = ['burn', 'countprimes', 'fib', 'mandelbrot', 'reverse'];
    expect(values(page, 'lanyard_task_seconds_count', 'type')).to.have.all.keys(types);
    expect(values(page, 'lanyard_queue_length', 'group')).to.deep.equal({ compute: 0 });
    for (const slave of await slaves()) {
      expect(values(slave, 'lanyard_tasks_completed_total', 'type')).to.have.all.keys(types);
      expect(values(slave, 'lanyard_task_run_seconds_count', 'type')).to.have.all.keys(types);
    }
    for (const slave of await slaves()) {
      for (const name of ['tasks_requested_total', 'tasks_refused_total', 'tasks_running', 'current_load'])
        expect(slave.sum(`lanyard_${name}`), name).to.equal(0);
      for (const name of ['lanyard_joined', 'lanyard_concurrency']) expect(slave.sum(name), name).to.equal(1);
      expect(slave.sum('lanyard_max_load')).to.equal(MAX_LOAD);
    }
  });

  it('count what was asked for, by type and end, once for each task', async () => {
    await send(6, 'type=fib&n=80');
    await send(3, 'type=reverse&text=abc&workMs=50');
    await send(2, 'type=fib&n=-1', 400);
    await send(1, 'type=nothing', 400);
    await send(1, 'type=countprimes&n=1001', 422);
    const page = await master();
    expect(page.sum('lanyard_tasks_admitted_total'), 'what is refused at the door is not admitted').to.equal(9);
    expect(values(page, 'lanyard_tasks_ended_total', 'state')).to.include({ done: 9, failed: 0 });
    expect(values(page, 'lanyard_task_seconds_count', 'type')).to.include({ fib: 6, reverse: 3, burn: 0 });
    expect(page.sum('lanyard_queue_wait_seconds_count')).to.equal(9);
    expect(page.sum('lanyard_dispatch_seconds_count')).to.equal(9);
    const pages = await slaves();
    expect(sum(pages, 'lanyard_tasks_requested_total')).to.equal(9);
    expect(sum(pages, 'lanyard_tasks_completed_total', { type: 'fib', outcome: 'done' })).to.equal(6);
    expect(sum(pages, 'lanyard_tasks_completed_total', { type: 'reverse', outcome: 'done' })).to.equal(3);
    expect(sum(pages, 'lanyard_tasks_completed_total')).to.equal(9);
    expect(sum(pages, 'lanyard_task_run_seconds_count', { type: 'fib' })).to.equal(6);
    expect(sum(pages, 'lanyard_task_run_seconds_count', { type: 'reverse' })).to.equal(3);
  });

  it('tell times that fit each other', async () => {
    const [page, pages] = [await master(), await slaves()];
    const run = sum(pages, 'lanyard_task_run_seconds_sum', { type: 'reverse' });
    expect(run, 'three of 50 ms').to.be.within(0.148, 5);
    expect(sum(pages, 'lanyard_task_run_seconds_bucket', { type: 'reverse', le: '0.025' })).to.equal(0);
    expect(sum(pages, 'lanyard_task_run_seconds_bucket', { type: 'reverse', le: '300' })).to.equal(3);
    expect(page.sum('lanyard_task_seconds_sum', { type: 'reverse' })).to.be.above(run);
    const parts = page.sum('lanyard_queue_wait_seconds_sum') + page.sum('lanyard_dispatch_seconds_sum');
    const all = page.sum('lanyard_task_seconds_sum') - sum(pages, 'lanyard_task_run_seconds_sum');
    expect(parts, 'waiting, the way there and back, running: together all of it').to.be.closeTo(all, 0.002);
  });

  it('show a task while it runs, at the master and at its slave, and its end when it is cancelled', async () => {
    const id = await submit(cluster.master, { type: 'reverse', params: { text: 'ab', workMs: LONG_MS } });
    const busy = await eventually('it runs', async () => {
      const found = (await slaves()).find((page) => page.sum('lanyard_tasks_running') === 1);
      return found?.sum('lanyard_tasks_running') === 1 && found;
    });
    expect(busy.sum('lanyard_current_load')).to.equal(LONG_MS * CPU_LOAD);
    const page = await eventually('the master knows its CPU load', async () => {
      const now = await master();
      return now.sum('lanyard_member_load') === LONG_MS * CPU_LOAD && now;
    });
    expect(page.sum('lanyard_member_weight')).to.equal(LONG_MS);
    expect([page.sum('lanyard_attempts_in_flight'), page.sum('lanyard_queue_length')]).to.deep.equal([1, 0]);
    expect((await cluster.master.get(`/tasks/${id}`, { method: 'DELETE' })).status).to.be.within(200, 204);
    await eventually('it has stopped', async () => (await master()).sum('lanyard_attempts_in_flight') === 0);
    const pages = await slaves();
    expect(sum(pages, 'lanyard_tasks_completed_total', { type: 'reverse', outcome: 'cancelled' })).to.equal(1);
    expect(sum(pages, 'lanyard_task_run_seconds_count', { type: 'reverse' }), 'it answered nothing').to.equal(3);
    const after = await master();
    expect(after.sum('lanyard_tasks_ended_total', { state: 'cancelled' })).to.equal(1);
    expect(after.sum('lanyard_task_seconds_count', { type: 'reverse' })).to.equal(3);
    expect([after.sum('lanyard_member_load'), after.sum('lanyard_member_weight')]).to.deep.equal([0, 0]);
  });

  it('count a task whose time was over as expired, here and there', async () => {
    const id = await submit(cluster.master, { type: 'burn', params: { ms: LONG_MS }, runTimeoutMs: 100 });
    expect((await taskOf(cluster.master, id, '10s')).state).to.equal('expired');
    await eventually('it has stopped', async () => (await master()).sum('lanyard_attempts_in_flight') === 0);
    expect((await master()).sum('lanyard_tasks_ended_total', { state: 'expired' })).to.equal(1);
    const ends = (await slaves()).map((page) => page.sum('lanyard_tasks_completed_total', { type: 'burn' }));
    expect(ends[0]! + ends[1]!).to.equal(1);
  });

  it('count every dispatch as a pick of the algorithm that made it', async () => {
    expect(values(await master(), 'lanyard_algorithm_info', 'algorithm')).to.deep.equal({ 'round-robin': 1 });
    expect((await putJson(`${cluster.master.url}/algorithm`, { name: 'least-load' })).status).to.equal(200);
    await send(4, 'type=fib&n=80');
    const page = await master();
    expect(values(page, 'lanyard_algorithm_info', 'algorithm')).to.deep.equal({ 'least-load': 1 });
    expect(page.sum('lanyard_picks_total', { algorithm: 'round-robin' })).to.equal(11);
    expect(page.sum('lanyard_picks_total', { algorithm: 'least-load' })).to.equal(4);
    const accepted = (await slaves()).map((slave) => slave.sum('lanyard_tasks_requested_total'));
    const picked = ['s1', 's2'].map((slave) => page.sum('lanyard_picks_total', { slave }));
    expect(picked, 'each slave got what it was picked for').to.deep.equal(accepted);
    expect(page.sum('lanyard_queue_wait_seconds_count'), 'every task had its first dispatch').to.equal(15);
    expect(page.sum('lanyard_attempts_returned_total')).to.equal(0);
  });

  it('follow members that drain, and count a task that nobody takes as failed', async () => {
    await drain('drain', [2]);
    const one = await eventually('s2 drains', async () => {
      const page = await master();
      return page.sum('lanyard_members', { state: 'draining' }) === 1 && page;
    });
    expect(values(one, 'lanyard_members', 'state')).to.deep.equal({ ready: 1, suspect: 0, draining: 1 });
    await drain('drain', [1]);
    await send(1, 'type=countprimes&n=5', 503);
    const page = await master();
    expect(page.sum('lanyard_tasks_ended_total', { state: 'failed' })).to.equal(1);
    expect(page.sum('lanyard_task_seconds_count', { type: 'countprimes' })).to.equal(1);
    expect(page.sum('lanyard_queue_wait_seconds_count'), 'it was never sent').to.equal(15);
    expect(page.sum('lanyard_dispatch_seconds_count')).to.equal(13);
    await drain('resume', [1, 2]);
    expect(values(await master(), 'lanyard_members', 'state')).to.deep.equal({ ready: 2, suspect: 0, draining: 0 });
  });

  it('add up in the end, and no value is out of this world', async () => {
    const [page, pages] = [await master(), await slaves()];
    expect(page.sum('lanyard_tasks_admitted_total')).to.equal(16);
    const ends = { done: 13, failed: 1, cancelled: 1, expired: 1 };
    expect(values(page, 'lanyard_tasks_ended_total', 'state')).to.deep.equal(ends);
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(page.sum('lanyard_build_info', { version, node: 'master' })).to.equal(1);
    for (const [metrics, node] of [[page, 'master'] as const, ...pages.map((each) => [each, 'slave'] as const)]) {
      for (const { name, value } of metrics.samples())
        expect(Number.isFinite(value) && value >= 0, `${node}: ${name} ${value}`).to.be.true;
      for (const name of ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes', 'process_cpu_seconds_total'])
        expect(metrics.sum(name), name).to.be.above(0);
      const startedSeconds = metrics.sum('process_start_time_seconds');
      expect(Date.now() / 1000 - startedSeconds, 'seconds since it started').to.be.within(0, 300);
      for (const { name, labels, value } of metrics.samples().filter(({ name: each }) => each.endsWith('_count'))) {
        const all = metrics.sum(name.replace(/_count$/, '_bucket'), { ...labels, le: '+Inf' });
        expect(all, name).to.equal(value);
      }
    }
    for (const slave of pages) {
      expect(slave.sum('lanyard_build_info', { version, node: 'slave' })).to.equal(1);
      expect(slave.sum('lanyard_host_cpu_ratio')).to.be.within(0, 1);
      const used = slave.sum('lanyard_host_memory_used_bytes');
      expect(used).to.be.above(1e6);
      expect(slave.sum('lanyard_host_memory_bytes')).to.be.above(used);
    }
  });

  it('are exactly those that docs/operations.md lists for each kind of node', async () => {
    const [, ofSlave = '', ofMaster = '', ofBoth = ''] = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8')
      .split('## Metrics')[1]!
      .split(/^(?:Of a slave:|Of the master:|Of both: |\| the reports' term)/m);
    const listed = (text: string): string[] => text.match(/lanyard_\w+/g) ?? [];
    const rows = (text: string): string[] =>
      text.split('\n').flatMap((line) => (line.startsWith('| `') ? listed(line.split(' | ')[0]!) : []));
    const both = [...new Set(listed(ofBoth))];
    const shown = async (url: string): Promise<string[]> => {
      const { body } = await request(`${url}/metrics`);
      return [...body.matchAll(/^# TYPE (lanyard_\w+)/gm)].map(([, name]) => name!).sort();
    };
    const slaveUrl = `http://127.0.0.1:${cluster.slaves[0]!.metricsPort}`;
    expect(await shown(cluster.master.url)).to.deep.equal([...rows(ofMaster), ...both].sort());
    expect(await shown(slaveUrl)).to.deep.equal([...rows(ofSlave), ...both].sort());
  });

  it('of master and slaves please promtool (needs promtool: Debian package prometheus)', async function () {
    const urls = [cluster.master.url, ...cluster.slaves.map(({ metricsPort }) => `http://127.0.0.1:${metricsPort}`)];
    for (const url of urls) {
      const { body } = await request(`${url}/metrics`);
      expect(body).to.include('_bucket{');
      const judgement = promtoolOn(body);
      if (judgement === undefined) this.skip();
      expect(judgement, url).to.equal('');
    }
    expect(promtoolOn('# TYPE a_total gauge\na_total 1\n'), 'promtool does look').to.match(/"_total" suffix/);
  });

  it('stay the same for everybody when many read at once', async () => {
    const before = await cluster.master.metrics();
    const pages = await Promise.all(Array.from({ length: 20 }, () => cluster.master.metrics()));
    for (const page of pages) {
      for (const name of ['lanyard_tasks_admitted_total', 'lanyard_picks_total', 'lanyard_task_seconds_count'])
        expect(page.sum(name), name).to.equal(before.sum(name));
    }
  });
});

describe('metrics of a slave', () => {
  afterEach(stopAll);

  const joined = async (slave: Slave): Promise<number> => (await slave.metrics()).sum('lanyard_joined');

  it('say whether a master has it', async () => {
    const master = await startMaster();
    const slave = await startSlave(master.discoveryPort);
    await master.members(1);
    await eventually('it has read that it is in', async () => (await joined(slave)) === 1);
    master.kill('SIGKILL');
    await eventually('it is alone', async () => (await joined(slave)) === 0);
  });

  it('are there before any master is, for GET and HEAD only', async () => {
    const slave = await startSlave(await freeDiscoveryPort());
    expect(await joined(slave)).to.equal(0);
    const url = `http://127.0.0.1:${slave.metricsPort}`;
    expect((await request(`${url}/metrics`, { method: 'HEAD' })).status).to.equal(200);
    expect((await request(`${url}/metrics`, { method: 'POST' })).status).to.equal(405);
    const other = await request(url);
    expect([other.status, other.body]).to.deep.equal([404, 'nothing here; this serves metrics: GET /metrics\n']);
  });
});
