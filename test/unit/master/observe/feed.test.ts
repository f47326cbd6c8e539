// What those who watch are told, from a real pool and a real dispatcher.
import { expect } from 'chai';
import type { History, TaskRow } from '../../../../src/common/feed/feed.ts';
import { ALGORITHMS } from '../../../../src/master/balancing/registry.ts';
import { NOBODY } from '../../../../src/master/dispatch/task-observer.ts';
import { Feed } from '../../../../src/master/observe/feed.ts';
import { ENDED_MAX } from '../../../../src/master/observe/recent-tasks.ts';
import { QUEUED_MAX, RUNNING_MAX } from '../../../../src/master/observe/task-rows.ts';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

const EPOCH_MS = Date.UTC(2026, 0, 1);

describe('the feed', () => {
  let desk: DispatchDesk;
  let feed: Feed;
  let isOpen: boolean;
  let asked: number;
  let kept: Set<string>;

  beforeEach(() => {
    const observer = { ...NOBODY, onEnded: (...end: Parameters<Feed['onEnded']>) => feed.onEnded(...end) };
    desk = new DispatchDesk('first-available', { observer, queueLimit: 1000, typeLimits: new Map([['burn', 1]]) });
    const { pool, clock, counters, dispatcher } = desk;
    isOpen = true;
    asked = 0;
    kept = new Set(['m1-x']);
    const about = { cluster: 'hall', masterId: 'm1', masterName: 'pc (m1)', version: '1.2.3' };
    const join = (port: number): { network: string; address: string; loopback: boolean; command: string }[] => {
      asked++;
      return [{ network: 'lo', address: '127.0.0.1', loopback: true, command: `at ${port}` }];
    };
    const time = { nowMs: () => clock.nowMs(), of: (ms: number) => EPOCH_MS + ms };
    clock.advance(1000.4);
    feed = new Feed({ pool, clock, time, counters, about, join });
    feed.watch({ dispatcher, isOpen: () => isOpen, isKept: (id) => kept.has(id) });
  });

  const rows = (kind: 'running' | 'queued' | 'ended'): readonly TaskRow[] => feed.snapshot().tasks[kind];
  const ids = (kind: 'running' | 'queued' | 'ended'): string[] => rows(kind).map(({ id }) => id);

  it('says what the cluster is, and asks for networks now and then only', () => {
    const { join, algorithms, ...rest } = feed.about(4242);
    const names = { cluster: 'hall', masterId: 'm1', masterName: 'pc (m1)', version: '1.2.3' };
    expect(rest).to.deep.equal({ ...names, startedAt: EPOCH_MS + 1000 });
    expect(algorithms).to.deep.equal(ALGORITHMS.map(({ name, picks }) => ({ name, picks })));
    expect(join).to.deep.include({ network: 'lo', address: '127.0.0.1', loopback: true, command: 'at 4242' });
    for (let i = 0; i < 1000; i++) feed.about(4242);
    expect(asked).to.equal(1);
    expect(feed.about(80).join[0]!.command).to.equal('at 80');
    desk.clock.advance(5000);
    feed.about(80);
    expect(asked).to.equal(3);
  });

  it('has no number that JSON cannot say, whatever a slave reports', () => {
    const { member } = desk.join('a');
    desk.pool.report(member, { cpuLoad: 1e306, memoryRatio: 1, foreignWeight: 1e300, running: 0 });
    const [row] = (JSON.parse(JSON.stringify(feed.snapshot())) as ReturnType<Feed['snapshot']>).slaves;
    expect(Object.entries(row!).filter(([, value]) => value === null)).to.deep.equal([]);
    expect(row).to.include({ cpu: 1e306, load: Number.MAX_VALUE });
  });

  it('shows slaves in join order with short numbers, and their changes in the log', () => {
    const { member } = desk.join('b', { slots: 3 });
    desk.join('a');
    desk.pool.report(member, { cpuLoad: 1 / 3, memoryRatio: 2 / 3, foreignWeight: 10, running: 2 });
    desk.submit({ weight: 5 });
    const { slaves } = feed.snapshot();
    const shown = { cpu: 0.333, memory: 0.667, weight: 15, load: 5, maxLoad: 1e9, slots: 3, leases: 1, running: 2 };
    expect(slaves[0]).to.deep.equal({ id: 'b', name: 'b', address: member.profile.address, state: 'ready', ...shown });
    expect(slaves.map(({ name }) => name)).to.deep.equal(['b', 'a']);
    desk.pool.transition(member, 'drain-asked');
    expect(feed.snapshot().slaves[0]!.state).to.equal('draining');
    desk.pool.transition(member, 'leaving');
    expect(feed.snapshot().slaves[0]!.state, 'it cannot be resumed').to.equal('leaving');
    desk.pool.transition(member, 'silent');
    expect(feed.snapshot().slaves[0]!.state).to.equal('suspect');
    const { log } = feed.snapshot();
    expect(log.slice(0, 3)).to.deep.equal([
      { n: 1, at: EPOCH_MS + 1000, ...slaveEntry('b', 'joining', 'ready', 'joined') },
      { n: 2, at: EPOCH_MS + 1000, ...slaveEntry('a', 'joining', 'ready', 'joined') },
      { n: 3, at: EPOCH_MS + 1000, ...slaveEntry('b', 'ready', 'draining', 'drain-asked') },
    ]);
  });

  function slaveEntry(name: string, from: string, to: string, reason: string): object {
    return { what: 'slave', name, address: desk.pool.member(name)!.profile.address, from, to, reason };
  }

  it('logs a switch of the algorithm, and none that changes nothing', () => {
    feed.onAlgorithm('round-robin', 'round-robin');
    feed.onAlgorithm('round-robin', 'least-load');
    expect(feed.snapshot().log).to.deep.equal([
      { n: 1, at: EPOCH_MS + 1000, what: 'algorithm', from: 'round-robin', to: 'least-load' },
    ]);
    feed.onAlgorithm('round-robin', 'least-load', 'web');
    expect(feed.snapshot().log.at(-1)).to.deep.include({ to: 'least-load', group: 'web' });
    for (let i = 0; i < 29; i++) feed.onAlgorithm('a', 'b');
    expect(feed.snapshot().log.map(({ n }) => n)).to.deep.equal(Array.from({ length: 20 }, (_none, i) => i + 12));
  });

  it('shows a task through its life', () => {
    const task = desk.submit({ id: 'm1-x', type: 'fib', patienceMs: Infinity });
    const nothing = { attempts: 0, startedAt: null, endedAt: null, runMs: null, progress: 0, message: '', error: null };
    const row = { id: 'm1-x', type: 'fib', slave: null, queuedAt: EPOCH_MS + 1000, ...nothing, kept: true };
    expect(rows('queued')).to.deep.equal([{ ...row, state: 'queued' }]);
    desk.clock.advance(10);
    const slave = desk.join('a');
    const sent = { ...row, state: 'running', slave: 'a', attempts: 1 };
    expect([rows('queued'), rows('running')]).to.deep.equal([[], [sent]]);
    slave.start(task);
    desk.dispatcher.progress(slave.member, 'm1-x', 1, 1 / 3, 'm'.repeat(300));
    const started = { ...sent, startedAt: EPOCH_MS + 1010, progress: 0.333, message: 'm'.repeat(200) };
    expect(rows('running')).to.deep.equal([started]);
    desk.clock.advance(5);
    slave.finish(task, { runMs: 1.23456 });
    const ended = { state: 'done', endedAt: EPOCH_MS + 1015, runMs: 1.235, progress: 1, message: '' };
    expect([rows('running'), rows('ended')]).to.deep.equal([[], [{ ...started, ...ended }]]);
  });

  it('tells tasks that are forgotten with their answer from those that are kept', () => {
    const [asked, submitted] = [desk.submit({ patienceMs: 5000 }), desk.submit({ patienceMs: Infinity })];
    kept.add(submitted.task.id);
    const keptOf = (kind: 'queued' | 'running' | 'ended'): [string, boolean][] =>
      rows(kind).map((row) => [row.id, row.kept]);
    const told = [
      [asked.task.id, false],
      [submitted.task.id, true],
    ];
    expect(keptOf('queued')).to.deep.equal(told);
    const slave = desk.join('a', { slots: 10 });
    expect(keptOf('running')).to.deep.equal(told);
    slave.finish(asked);
    slave.finish(submitted);
    expect(keptOf('ended')).to.deep.equal(told.reverse());
    kept.clear();
    const noneKept = told.map(([id]) => [id, false]);
    expect(keptOf('ended'), 'when results are no longer kept').to.deep.equal(noneKept);
  });

  it('says why a task failed, was cancelled or expired, in at most 200 characters', () => {
    const slave = desk.join('a', { slots: 10 });
    const [failed, cancelled, expired] = [desk.submit(), desk.submit(), desk.submit({ totalMs: 100 })];
    slave.finish(failed, { outcome: 'failed', value: 'it threw', runMs: 3 });
    desk.dispatcher.cancel(cancelled.task, `${'x'.repeat(198)}\u{1f600}${'y'.repeat(1000)}`);
    desk.clock.advance(1000);
    expect(expired.task.state).to.equal('expired');
    const [third, second, first] = rows('ended');
    expect(first).to.include({ state: 'failed', runMs: 3, progress: 0 });
    expect(first!.error).to.contain('it threw');
    expect(second).to.include({ state: 'cancelled', runMs: null, error: `${'x'.repeat(198)}…` });
    expect(third!.error).to.match(/^the deadline passed after/);
  });

  it('keeps the latest ends, the latest first, and nothing of what went in or came out', () => {
    const slave = desk.join('a', { slots: 100 });
    const tasks = desk.submitMany(ENDED_MAX + 5, { params: { secret: 'in' } });
    for (const task of tasks) slave.finish(task, { value: 'out' });
    expect(ids('ended')).to.deep.equal(idsOf(tasks).reverse().slice(0, ENDED_MAX));
    expect(JSON.stringify(feed.snapshot())).not.to.match(/secret|"out"/);
  });

  it('shows those that run longest, then those that have not begun', () => {
    const slave = desk.join('a', { slots: 100 });
    const tasks = desk.submitMany(RUNNING_MAX + 5);
    const [one, two, three] = [tasks[7]!, tasks[3]!, tasks[24]!];
    for (const task of [three, one, two]) {
      slave.start(task);
      desk.clock.advance(1);
    }
    expect(ids('running').slice(0, 4)).to.deep.equal(idsOf([three, one, two, tasks[0]!]));
    expect(ids('running')).to.have.length(RUNNING_MAX);
  });

  it('shows those that are next, more urgent ones first, also those whose type is held by a limit', () => {
    desk.submitMany(QUEUED_MAX, { priority: 'low' });
    const normal = desk.submitMany(3);
    const burns = desk.submitMany(2, { type: 'burn' });
    const high = desk.submit({ priority: 'high' });
    const services = desk.submit({ group: 'web', priority: 'high' });
    expect(ids('queued').slice(0, 7)).to.deep.equal(idsOf([high, services, ...normal, ...burns]));
    expect(ids('queued')).to.have.length(QUEUED_MAX);
    expect(feed.snapshot()).to.include({ queued: QUEUED_MAX + 7, inFlight: 0 });
  });

  it('counts tasks by their end, what waits, what is out, and the last second', () => {
    expect(feed.snapshot().sample).to.equal(null);
    const slave = desk.join('a', { slots: 2 });
    const [one, two] = desk.submitMany(4);
    desk.clock.advance(40);
    slave.finish(one!);
    slave.finish(two!, { outcome: 'failed', value: 'no' });
    desk.dispatcher.cancel(desk.submitted[3]!.task, 'enough');
    desk.clock.advance(1000);
    const { queued, inFlight, totals, sample } = feed.snapshot();
    expect([queued, inFlight], 'the slave has not stopped the cancelled one yet').to.deep.equal([0, 2]);
    expect(totals).to.deep.equal({ done: 1, failed: 1, cancelled: 1, expired: 0 });
    expect(sample).to.include({ done: 1, failed: 1, cancelled: 1, queued: 0, inFlight: 2, at: EPOCH_MS + 2000 });
    expect(sample!.p99Ms! / 40, 'a cancelled one is not timed').to.be.within(0.99, 1.01);
  });

  it('says who it is, when, and whether it is shutting down', () => {
    const now = { at: EPOCH_MS + 1000, masterId: 'm1', algorithm: 'first-available' };
    expect(feed.snapshot()).to.include({ ...now, draining: false });
    isOpen = false;
    expect(feed.snapshot().draining).to.equal(true);
  });

  it('gives all who ask for the history the same bytes until something is new', () => {
    desk.clock.advance(3000);
    const bytes = feed.history();
    expect(feed.history()).to.equal(bytes);
    desk.join('a');
    const { samples, log } = JSON.parse(feed.history().toString()) as History;
    expect([samples.length, log.length], 'a change is there at once').to.deep.equal([3, 1]);
    expect(feed.history()).to.equal(feed.history());
    desk.clock.advance(1000);
    expect((JSON.parse(feed.history().toString()) as History).samples).to.have.length(4);
  });
});
