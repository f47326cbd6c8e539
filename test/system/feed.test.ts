// /about, /history and snapshots of a real cluster: a slave joins, a task runs and says how far it is, one fails, the algorithm is switched.
import { expect } from 'chai';
import type { About, History, Snapshot, TaskRow } from '../../src/common/feed/feed.ts';
import { startCluster, startSlave, stopAll, type Master } from '../support/cluster.ts';
import { getJson, putJson } from '../support/http.ts';
import { listenTo, submit } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

/** Snapshots from now on, each as it was told. */
async function watch(master: Master): Promise<() => Snapshot[]> {
  const { events } = await listenTo(master, '?kinds=snapshot');
  const snapshots = (): Snapshot[] => events().map(({ data }) => data as unknown as Snapshot);
  await eventually('the first snapshot', () => snapshots().length > 0);
  return snapshots;
}

describe('whoever watches the cluster', () => {
  let master: Master;
  let snapshots: () => Snapshot[];
  const latest = (): Snapshot => snapshots().at(-1)!;

  before(async () => {
    ({ master } = await startCluster({ slaves: [[]] }));
    snapshots = await watch(master);
  });
  after(stopAll);

  interface Seen {
    readonly row: TaskRow;
    /** When the snapshot with this row was made. */
    readonly at: number;
  }

  /** The row of a task as soon as it is as it should be. */
  function see(kind: keyof Snapshot['tasks'], id: string, matches: (row: TaskRow) => boolean): Promise<Seen> {
    const find = (): Seen | undefined => {
      const { at, tasks } = latest();
      const row = tasks[kind].find((task) => task.id === id && matches(task));
      return row && { row, at };
    };
    return eventually(`${kind} ${id}`, find, 10_000);
  }

  /** A task that outlasts every wait of a test, and soon says how far it is. */
  const submitLong = (): Promise<string> => submit(master, { type: 'burn', params: { ms: 60_000 } });
  const cancel = (id: string): Promise<unknown> => master.get(`/tasks/${id}`, { method: 'DELETE' });

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

  it('sees a task run and say how far it is, until it is cancelled', async () => {
    const id = await submitLong();
    try {
      const { row: running, at: seenAt } = await see('running', id, ({ progress }) => progress > 0);
      const nothing = { endedAt: null, runMs: null, error: null };
      expect(running).to.include({ type: 'burn', state: 'running', slave: 's1', attempts: 1, ...nothing });
      expect(running.startedAt).to.be.within(running.queuedAt, seenAt);
      await cancel(id);
      const { row: ended, at: endSeenAt } = await see('ended', id, () => true);
      expect(ended).to.include({ state: 'cancelled', slave: 's1', runMs: null });
      expect([ended.queuedAt, ended.startedAt]).to.deep.equal([running.queuedAt, running.startedAt]);
      expect(ended.endedAt).to.be.within(seenAt, endSeenAt);
    } finally {
      await cancel(id);
    }
  });

  it('sees a task end', async () => {
    // It sleeps: computing would take a busy machine longer.
    const id = await submit(master, { type: 'reverse', params: { text: 'ab', workMs: 700 } });
    const { row: ended } = await see('ended', id, () => true);
    expect(ended).to.include({ state: 'done', slave: 's1', attempts: 1, progress: 1, error: null, kept: true });
    expect(ended.startedAt).to.be.within(ended.queuedAt, ended.endedAt!);
    // It ran between the two times, each of which may be rounded by half a millisecond.
    expect(ended.runMs).to.be.within(350, ended.endedAt! - ended.queuedAt + 1);
  });

  it('reads why a task came to nothing', async () => {
    const id = await submit(master, { type: 'burn', params: { ms: 60_000 }, runTimeoutMs: 100 });
    const { row: ended } = await see('ended', id, () => true);
    expect(ended).to.include({ state: 'expired', slave: 's1' });
    // The slave says how long it ran when it is the first to end it; the master may be quicker.
    if (ended.runMs !== null) expect(ended.runMs).to.be.above(50);
    expect(ended.error).to.match(/run|limit/i);
  });

  it('sees tasks wait while there is no room', async () => {
    const before = latest().totals.cancelled;
    const ids: string[] = [];
    try {
      for (let i = 0; i < 45; i++) ids.push(await submitLong());
      // One snapshot in which all are: one that was made before the last was taken in counts fewer.
      const now = await eventually(
        'all are there and some wait',
        () => {
          const snapshot = latest();
          const { queued, inFlight, tasks } = snapshot;
          return queued + inFlight === ids.length && tasks.queued.length === 10 && snapshot;
        },
        10_000,
      );
      expect(now.queued).to.be.at.least(10);
      expect(now.tasks.queued[0]!.id, 'next first').to.equal(ids[45 - now.queued]);
    } finally {
      await Promise.all(ids.map(cancel));
    }
    await eventually('none waits', () => latest().queued === 0 && latest().totals.cancelled === before + 45, 10_000);
  });

  it('sees the algorithm switched, in the snapshot and in the log', async () => {
    await putJson(`${master.url}/algorithm`, { name: 'least-load' });
    await eventually('it is switched', () => latest().algorithm === 'least-load');
    const [entry, ...more] = latest().log.filter(({ what }) => what === 'algorithm');
    expect(entry).to.include({ from: 'round-robin', to: 'least-load' });
    expect(more).to.deep.equal([]);
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
    expect(log.map(({ what }) => what)).to.include('algorithm');
    for (const [i, { at }] of samples.entries()) if (i > 0) expect(at).to.be.greaterThan(samples[i - 1]!.at);
  });

  it('hears that the master shuts down', async () => {
    const id = await submitLong();
    const answer = master.get(`/tasks/${id}?wait=20s`);
    await see('running', id, ({ startedAt }) => startedAt !== null);
    master.kill('SIGTERM');
    await eventually('it is told', () => latest().draining, 10_000);
    await cancel(id);
    const { status, body } = await answer;
    expect([status, (JSON.parse(body) as { state: string }).state]).to.deep.equal([200, 'cancelled']);
    expect((await master.exited).code).to.equal(0);
  });
});

describe('whoever watches a cluster that keeps no results', () => {
  after(stopAll);

  it('is told that an ended task cannot be asked for', async () => {
    const { master } = await startCluster({ master: ['--keep-results', '0'], slaves: [[]] });
    const snapshots = await watch(master);
    const id = await submit(master, { type: 'fib', params: { n: 80 } });
    const isKept = (): boolean | undefined =>
      snapshots()
        .at(-1)!
        .tasks.ended.find((task) => task.id === id)?.kept;
    await eventually('it has ended and is not kept', () => isKept() === false, 10_000);
    expect((await master.get(`/tasks/${id}`)).status).to.equal(404);
  });
});
