// /about, /history and snapshots of a real cluster: a slave joins, a task runs and says how far it is, one fails, the algorithm is switched.
import { expect } from 'chai';
import type { About, History, Snapshot, TaskRow } from '../../src/common/feed/feed.ts';
import { startCluster, startSlave, stopAll, type Master } from '../support/cluster.ts';
import { getJson, putJson } from '../support/http.ts';
import { listenTo, submit } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

describe('whoever watches the cluster', () => {
  let master: Master;
  let snapshots: () => Snapshot[];
  const latest = (): Snapshot => snapshots().at(-1)!;

  before(async () => {
    ({ master } = await startCluster({ slaves: [[]] }));
    const { events } = await listenTo(master, '?kinds=snapshot');
    snapshots = () => events().map(({ data }) => data as unknown as Snapshot);
    await eventually('the first snapshot', () => snapshots().length > 0);
  });
  after(stopAll);

  /** The row of a task as soon as it is as it should be. */
  function row(kind: keyof Snapshot['tasks'], id: string, matches: (row: TaskRow) => boolean): Promise<TaskRow> {
    const find = (): TaskRow | undefined => latest().tasks[kind].find((task) => task.id === id && matches(task));
    return eventually(`${kind} ${id}`, find, 10_000);
  }

  it('is told what it is and how to join', async () => {
    const about = await getJson<About>(`${master.url}/about`);
    expect(about).to.include({ cluster: 'lanyard', masterId: latest().masterId, mayChange: true, whyNot: null });
    expect(about.masterName).to.contain(about.masterId);
    expect(about.algorithms.map(({ name }) => name)).to.include('least-load');
    expect(Math.abs(Date.now() - about.startedAt)).to.be.below(60_000);
    const [join] = about.join;
    expect(join).to.include({ address: '127.0.0.1', loopback: true });
    expect(join!.command).to.contain(master.url).and.to.contain(`--discovery-port ${master.discoveryPort}`);
  });

  it('sees a slave join and leave', async () => {
    const slave = await startSlave(master.discoveryPort, { args: ['--name', 'new'] });
    await eventually(
      'it is there',
      () => latest().slaves.find(({ name }) => name === 'new')?.state === 'ready',
      10_000,
    );
    expect(latest().slaves.map(({ name }) => name)).to.deep.equal(['s1', 'new']);
    slave.kill('SIGKILL');
    await eventually('it is gone', () => latest().slaves.length === 1, 10_000);
    const changes = latest().log.flatMap((entry) => (entry.what === 'slave' && entry.name === 'new' ? [entry] : []));
    expect(changes[0]).to.include({ from: 'joining', to: 'ready' });
    expect(changes.at(-1)).to.include({ to: 'gone' });
  });

  it('sees a task run, say how far it is, and end', async () => {
    const id = await submit(master, { type: 'burn', params: { ms: 700 } });
    const running = await row('running', id, ({ progress }) => progress > 0);
    expect(running).to.include({
      type: 'burn',
      state: 'running',
      slave: 's1',
      attempts: 1,
      endedAt: null,
      error: null,
    });
    const ended = await row('ended', id, () => true);
    expect(ended).to.include({ state: 'done', progress: 1, error: null });
    expect(ended.runMs! / 700).to.be.within(0.5, 20);
    expect([running.queuedAt, running.startedAt]).to.deep.equal([ended.queuedAt, ended.startedAt]);
    expect(ended.endedAt! - ended.startedAt!).to.be.within(ended.runMs! - 50, ended.runMs! + 5000);
  });

  it('reads why a task came to nothing', async () => {
    const id = await submit(master, { type: 'burn', params: { ms: 60_000 }, runTimeoutMs: 100 });
    const ended = await row('ended', id, () => true);
    expect(ended).to.include({ state: 'expired', slave: 's1', runMs: null });
    expect(ended.error).to.match(/run|limit/i);
  });

  it('sees tasks wait while there is no room', async () => {
    const ids = [];
    for (let i = 0; i < 45; i++) ids.push(await submit(master, { type: 'burn', params: { ms: 60_000 } }));
    await eventually('some wait', () => latest().tasks.queued.length === 10, 10_000);
    const now = latest();
    expect(now.queued).to.be.at.least(10);
    expect(now.tasks.queued[0]!.id, 'next first').to.equal(ids[45 - now.queued]);
    await Promise.all(ids.map((id) => master.get(`/tasks/${id}`, { method: 'DELETE' })));
    await eventually('none waits', () => latest().queued === 0 && latest().totals.cancelled === 45, 10_000);
  });

  it('sees the algorithm switched, in the snapshot and in the log', async () => {
    await putJson(`${master.url}/algorithm`, { name: 'least-load' });
    await eventually('it is switched', () => latest().algorithm === 'least-load');
    expect(latest().log.at(-1)).to.include({ what: 'algorithm', from: 'round-robin', to: 'least-load' });
  });

  it('can look back', async () => {
    const { done, cancelled, expired } = latest().totals;
    expect(cancelled).to.be.above(0);
    const { samples, log } = await eventually('the second in which all has ended is over', async () => {
      const history = await getJson<History>(`${master.url}/history`);
      const sum = (key: 'done' | 'cancelled' | 'expired'): number =>
        history.samples.reduce((total, sample) => total + sample[key], 0);
      return sum('done') === done && sum('cancelled') === cancelled && sum('expired') === expired && history;
    });
    expect(samples.some(({ p50Ms }) => p50Ms !== null && p50Ms > 300)).to.equal(true);
    expect(log.map(({ n }) => n)).to.deep.equal(log.map((_entry, i) => i + 1));
    expect(log.at(-1)).to.include({ what: 'algorithm' });
    for (const [i, { at }] of samples.entries()) if (i > 0) expect(at).to.be.greaterThan(samples[i - 1]!.at);
  });

  it('hears that the master shuts down', async () => {
    const id = await submit(master, { type: 'burn', params: { ms: 700 } });
    const answer = master.get(`/tasks/${id}?wait=20s`);
    await eventually('it runs', () => latest().inFlight === 1, 10_000);
    master.kill('SIGTERM');
    await eventually('it is told', () => latest().draining, 10_000);
    expect((await answer).status).to.equal(200);
    expect((await master.exited).code).to.equal(0);
  });
});
