// A slave that was given up comes back and still holds work. What waits here is taken on again in the same attempt; what runs
// elsewhere by now, or was ended, is cancelled there.
import { expect } from 'chai';
import type { Held } from '../../../../src/common/protocol/messages.ts';
import { DispatchDesk, idsOf, type DeskSlave, type DeskSlaveOptions } from '../../../support/dispatch-desk.ts';

const LIMITED = { type: 'countprimes' };

describe('adoption', () => {
  let desk: DispatchDesk;

  beforeEach(() => {
    desk = new DispatchDesk('first-available', { typeLimits: new Map([['countprimes', 1]]) });
    desk.clock.advance(1000);
  });
  afterEach(() => desk.check());

  /** A slave that joins as it does after the grace time: nothing is sent to it before what it holds is settled. */
  function rejoin(name: string, holds: readonly Held[], options: DeskSlaveOptions = {}): DeskSlave {
    const { slots = 1, maxLoad = 1e9 } = options;
    const slave = desk.join(name, { slots: 0, maxLoad });
    desk.dispatcher.reconcile(slave.member, holds);
    desk.pool.setOffers(slave.member, [{ name: 'compute', slots }]);
    return slave;
  }

  /** Its grace time is over. */
  function giveUp(slave: DeskSlave): void {
    slave.vanish('silent');
  }

  it('makes a task that rests live again without a new attempt, and its result counts', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    expect(desk.queue.isResting(task.task)).to.be.true;
    const again = rejoin('a', [[task.task.id, 1, true]]);
    expect([task.task.state, task.task.attempts, again.got, again.cancelled]).to.deep.equal(['running', 1, [], []]);
    desk.check();
    desk.rest();
    expect(again.got, 'it does not go out a second time').to.be.empty;
    again.finish(task, { attempt: 1, value: 'right' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
    expect([desk.counters.adopted, desk.counters.lateResults, desk.queue.length]).to.deep.equal([1, 0, 0]);
  });

  it('makes a task live again that waits for room', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    desk.join('b', { slots: 0 });
    desk.rest();
    const again = rejoin('a', [[task.task.id, 1]]);
    expect([task.task.state, desk.queue.length, again.got]).to.deep.equal(['running', 0, []]);
    again.finish(task, { attempt: 1 });
    expect(task.answers).to.have.length(1);
  });

  it('opens exactly one lease with the task’s weight, however often the slave names the attempt', () => {
    const slave = desk.join('a');
    const task = desk.submit({ weight: 7 });
    giveUp(slave);
    const { id } = task.task;
    const again = rejoin('a', [
      [id, 1, true],
      [id, 1, true],
      [id, 1],
    ]);
    expect([again.member.leases, again.member.weight, desk.dispatcher.attempts.size]).to.deep.equal([1, 7, 1]);
    expect([again.cancelled, desk.counters.adopted]).to.deep.equal([[], 1]);
    again.finish(task, { attempt: 1 });
    expect([again.member.leases, again.member.weight]).to.deep.equal([0, 0]);
  });

  it('takes the slot: nothing else is sent there until it ends', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const waiting = desk.submit();
    const again = rejoin('a', [[task.task.id, 1, true]]);
    expect(again.ids).to.be.empty;
    again.finish(task, { attempt: 1 });
    expect(again.ids).to.deep.equal(idsOf([waiting]));
  });

  it('takes on more than the slave has slots for now', () => {
    const slave = desk.join('a', { slots: 3 });
    const tasks = desk.submitMany(3);
    giveUp(slave);
    const again = rejoin(
      'a',
      tasks.map(({ task }) => [task.id, 1, true] as const),
    );
    expect([again.member.leases, desk.counters.adopted]).to.deep.equal([3, 3]);
    for (const task of tasks) again.finish(task, { attempt: 1 });
    expect(tasks.map(({ task }) => task.state)).to.deep.equal(['done', 'done', 'done']);
  });

  it('counts against the limit on the type, also beyond it', () => {
    const slave = desk.join('a');
    const [task, other, third] = desk.submitMany(3, LIMITED);
    giveUp(slave);
    const second = desk.join('b', { slots: 2 });
    expect(second.ids).to.deep.equal(idsOf([other!]));
    const again = rejoin('a', [[task!.task.id, 1, true]]);
    expect(Array.from(desk.queue.limits(), ({ out }) => out)).to.deep.equal([2]);
    second.finish(other!);
    expect(second.ids, 'the adopted one still counts').to.have.length(1);
    again.finish(task!, { attempt: 1 });
    expect([...second.ids, ...again.ids]).to.include(third!.task.id);
  });

  it('has the old attempt ended when the task runs elsewhere by now', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const second = desk.join('b');
    desk.rest();
    expect(second.got.map(({ attempt }) => attempt)).to.deep.equal([2]);
    const again = rejoin('a', [[task.task.id, 1, true]]);
    expect([again.cancelled, again.member.leases]).to.deep.equal([[[task.task.id, 1]], 0]);
    again.finish(task, { attempt: 1, value: 'late' });
    expect([task.answers.length, desk.counters.lateResults]).to.deep.equal([0, 1]);
    second.finish(task, { value: 'right' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
  });

  for (const [what, attempt] of [
    ['an older', 1],
    ['a later', 3],
  ] as const) {
    it(`has ${what} attempt than the last ended, and leaves the task waiting`, () => {
      desk.join('x').vanish('died');
      const task = desk.submit();
      for (const name of ['a', 'b']) {
        const slave = desk.join(name);
        desk.rest();
        giveUp(slave);
      }
      expect([task.task.attempts, task.task.state]).to.deep.equal([2, 'queued']);
      const again = rejoin('c', [[task.task.id, attempt, true]], { slots: 0 });
      expect([again.cancelled, task.task.state]).to.deep.equal([[[task.task.id, attempt]], 'queued']);
      expect(desk.counters.adopted).to.equal(0);
    });
  }

  it('has an attempt ended whose task was cancelled, expired or answered meanwhile, or was never known', () => {
    const slave = desk.join('a', { slots: 2 });
    const [cancelled, expired] = [desk.submit(), desk.submit({ totalMs: 500 })];
    giveUp(slave);
    desk.dispatcher.cancel(cancelled.task, 'enough');
    desk.clock.advance(600);
    const holds = [...idsOf([cancelled, expired]), 'm1-zz', 'm0-1'].map((id) => [id, 1, true] as const);
    const again = rejoin('a', holds);
    expect(again.cancelled.map(([id]) => id)).to.deep.equal(holds.map(([id]) => id));
    expect([again.member.leases, desk.counters.adopted]).to.deep.equal([0, 0]);
  });

  it('takes on a held result that was not sent yet: it comes right after', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    slave.start(task);
    giveUp(slave);
    // Of what has ended a slave does not say that it started.
    const again = rejoin('a', [[task.task.id, 1]]);
    again.finish(task, { attempt: 1, value: 'held', runMs: 12 });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'held' }]);
    expect([task.task.runMs, again.member.leases, desk.dispatcher.attempts.size]).to.deep.equal([12, 0, 0]);
  });

  it('takes on a held refusal: the task waits again', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const again = rejoin('a', [[task.task.id, 1]]);
    desk.pool.setSlots(again.member, 'compute', 0);
    desk.dispatcher.acknowledge(again.member, task.task.id, 1, 'refused');
    expect([task.task.state, again.member.leases, desk.queue.length]).to.deep.equal(['queued', 0, 1]);
  });

  it('takes a task on at whichever slave holds it: the same process may come back under another name', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const again = rejoin('b', [[task.task.id, 1, true]]);
    expect(task.task.slave).to.equal('b');
    again.finish(task, { attempt: 1 });
    expect(task.answers).to.have.length(1);
  });

  it('goes no further than one of two slaves that claim the same attempt', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const [first, second] = ['a', 'b'].map((name) => rejoin(name, [[task.task.id, 1, true]]));
    expect([first!.cancelled, second!.cancelled]).to.deep.equal([[], [[task.task.id, 1]]]);
    second!.finish(task, { attempt: 1, value: 'wrong' });
    first!.finish(task, { attempt: 1, value: 'right' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
  });

  it('starts the run clock when the slave says that it has started, and not before', () => {
    const slave = desk.join('a', { slots: 2 });
    const [started, unstarted] = desk.submitMany(2, { runMs: 300 });
    slave.start(started!);
    desk.clock.advance(200);
    giveUp(slave);
    const again = rejoin('a', [
      [started!.task.id, 1, true],
      [unstarted!.task.id, 1, false],
    ]);
    desk.clock.advance(299);
    expect(started!.answers).to.be.empty;
    desk.clock.advance(51);
    expect(started!.answers.map(({ failure }) => failure?.code)).to.deep.equal(['RUN_LIMIT_PASSED']);
    desk.clock.advance(1000);
    expect(unstarted!.answers).to.be.empty;
    again.start(unstarted!);
    desk.clock.advance(350);
    expect(unstarted!.answers.map(({ failure }) => failure?.code)).to.deep.equal(['RUN_LIMIT_PASSED']);
  });

  it('holds a death against the task as if the slave had never been away', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    rejoin('a', [[task.task.id, 1, true]]).vanish('died');
    expect([task.task.deaths, task.task.state]).to.deep.equal([1, 'queued']);
  });

  it('is no adoption when the slave does not offer the group any more', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    giveUp(slave);
    const again = desk.join('a', { offers: [] });
    desk.dispatcher.reconcile(again.member, [[task.task.id, 1, true]]);
    expect([again.cancelled, task.task.state]).to.deep.equal([[[task.task.id, 1]], 'queued']);
  });
});
