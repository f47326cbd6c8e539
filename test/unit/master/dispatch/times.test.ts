// How long tasks took: what is counted, once, and from when to when.
import { expect } from 'chai';
import type { TimeHistogram } from '../../../../src/common/prometheus/histogram.ts';
import { DispatchDesk } from '../../../support/dispatch-desk.ts';

describe('times of tasks', () => {
  let desk: DispatchDesk;

  beforeEach(() => {
    desk = new DispatchDesk();
  });
  afterEach(() => desk.check());

  const shown = ({ count, sum }: TimeHistogram): readonly [number, number] => [count, Number(sum.toFixed(6))];
  const wait = (): readonly [number, number] => shown(desk.counters.queueWait);
  const dispatch = (): readonly [number, number] => shown(desk.counters.dispatch);
  const tasks = (): Record<string, readonly [number, number]> =>
    Object.fromEntries(Array.from(desk.counters.taskTime, ([type, time]) => [type, shown(time)]));

  it('are nothing before anything happened, and the wait of a task that waits is not known yet', () => {
    desk.submit();
    desk.clock.advance(1000);
    expect([wait(), dispatch(), tasks()]).to.deep.equal([[0, 0], [0, 0], {}]);
  });

  it('are the wait until the first dispatch, the way there and back, and all of it by type', () => {
    const [first, second] = [desk.submit({ type: 'fib' }), desk.submit({ type: 'burn' })];
    desk.clock.advance(500);
    const slave = desk.join('a');
    expect(wait()).to.deep.equal([1, 0.5]);
    desk.clock.advance(30);
    slave.finish(first, { runMs: 20 });
    expect([wait(), dispatch()]).to.deep.equal([
      [2, 1.03],
      [1, 0.01],
    ]);
    desk.clock.advance(70);
    slave.finish(second, { outcome: 'failed', value: 'it threw', runMs: 69 });
    expect([wait(), dispatch()]).to.deep.equal([
      [2, 1.03],
      [2, 0.011],
    ]);
    expect(tasks()).to.deep.equal({ fib: [1, 0.53], burn: [1, 0.6] });
  });

  it('count the wait once, up to the first dispatch, however often a task is sent', () => {
    const task = desk.submit({ totalMs: 60_000 });
    desk.clock.advance(200);
    const a = desk.join('a');
    a.refuse(task);
    const b = desk.join('b');
    desk.clock.advance(1000);
    expect([task.task.attempts, task.task.slave]).to.deep.equal([2, 'b']);
    expect(wait()).to.deep.equal([1, 0.2]);
    b.vanish('silent');
    desk.pool.report(a.member, { cpuLoad: 1, memoryRatio: 0, foreignWeight: 0, running: 0 });
    desk.rest();
    expect([task.task.attempts, task.task.slave]).to.deep.equal([3, 'a']);
    expect(wait()).to.deep.equal([1, 0.2]);
  });

  it('of the way there and back are those of the attempt that answered, not of one that threw or was lost before it', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 1 });
    desk.clock.advance(400);
    slave.finish(task, { outcome: 'failed', value: 'it threw', runMs: 1 });
    expect([dispatch(), tasks()]).to.deep.equal([[0, 0], {}]);
    desk.rest();
    const againMs = task.task.dispatchedAtMs;
    desk.clock.advance(400);
    const waitedMs = desk.clock.nowMs() - againMs;
    slave.finish(task, { runMs: 300 });
    expect(task.task.attempts).to.equal(2);
    expect(dispatch()).to.deep.equal([1, Number(((waitedMs - 300) / 1000).toFixed(6))]);
    expect(tasks()).to.deep.equal({ fib: [1, desk.clock.nowMs() / 1000] });
  });

  it('are never negative, though the slave measures with another clock', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    desk.clock.advance(10);
    slave.finish(task, { runMs: 10.5 });
    expect(dispatch()).to.deep.equal([1, 0]);
  });

  it('leave out tasks that were cancelled or whose time was over, waiting or running', () => {
    const slave = desk.join('a');
    const [running, expiring] = [desk.submit(), desk.submit({ totalMs: 100 })];
    desk.dispatcher.cancel(running.task, 'gone');
    desk.clock.advance(200);
    expect(expiring.task.state).to.equal('expired');
    slave.finish(running, { outcome: 'cancelled', value: null });
    const told = desk.submit();
    desk.clock.advance(5);
    slave.finish(told, { outcome: 'expired', value: null, runMs: 5 });
    expect([told.task.state, dispatch(), tasks()]).to.deep.equal(['expired', [0, 0], {}]);
    expect(wait()[0]).to.equal(2);
  });

  it('of a task that failed without an answer count from admission to end only', () => {
    const task = desk.submit({ patienceMs: 2000 });
    desk.clock.advance(10_000);
    expect(task.task.state).to.equal('failed');
    expect([wait(), dispatch()]).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
    expect(tasks()['fib']?.[0]).to.equal(1);
    expect(tasks()['fib']?.[1]).to.be.within(2, 2.2);
  });

  it('leave out a task for which there was no room', () => {
    desk = new DispatchDesk('first-available', { queueLimit: 0 });
    desk.submit();
    expect([desk.counters.admitted, wait(), tasks()]).to.deep.equal([0, [0, 0], {}]);
    desk.submitted.length = 0;
  });

  it('of an attempt that was adopted count from when it was sent, and its wait is not counted again', () => {
    const a = desk.join('a');
    const task = desk.submit();
    a.start(task);
    desk.clock.advance(100);
    a.vanish('silent');
    const back = desk.pool.join({ ...a.member.profile, name: 'back' }, [], desk.clock.nowMs());
    desk.pool.setOffers(back, [{ name: 'compute', slots: 0 }]);
    desk.dispatcher.reconcile(back, [[task.task.id, 1, true]]);
    expect(desk.counters.adopted).to.equal(1);
    desk.clock.advance(100);
    const end = { id: task.task.id, attempt: 1, outcome: 'done', value: 1, runMs: 150, tooLarge: false } as const;
    desk.dispatcher.result(back, end);
    expect([wait(), dispatch()]).to.deep.equal([
      [1, 0],
      [1, 0.05],
    ]);
  });
});
