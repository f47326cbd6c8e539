// After a connection broke and a new one stands: what the slave still holds goes on, what never reached it runs again.
import { expect } from 'chai';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

describe('reconciliation with a slave that is back', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('leaves alone what both sides know', () => {
    const slave = desk.join('a', { slots: 2 });
    const tasks = desk.submitMany(2);
    desk.dispatcher.reconcile(slave.member, [
      ['m1-1', 1],
      ['m1-2', 1],
    ]);
    expect([slave.got.length, slave.cancelled.length, desk.counters.lost]).to.deep.equal([2, 0, 0]);
    for (const task of tasks) slave.finish(task);
    expect(tasks.map(({ task }) => task.state)).to.deep.equal(['done', 'done']);
  });

  it('runs again what the slave does not hold, and counts no death for it', () => {
    const slave = desk.join('a', { slots: 2 });
    const [, second] = [desk.submit(), desk.submit()];
    slave.start(second);
    desk.dispatcher.reconcile(slave.member, [['m1-1', 1]]);
    expect(slave.got.slice(2).map(({ id, attempt }) => [id, attempt])).to.deep.equal([['m1-2', 2]]);
    expect([desk.counters.lost, second.task.deaths]).to.deep.equal([1, 0]);
  });

  it('runs again in the old order what the slave does not hold, also when others have room at once', () => {
    const slave = desk.join('a', { slots: 4 });
    const other = desk.join('b', { slots: 4 });
    const tasks = desk.submitMany(4);
    desk.pool.transition(slave.member, 'socket-closed');
    desk.dispatcher.reconcile(slave.member, []);
    expect(other.ids).to.deep.equal(idsOf(tasks));
  });

  it('takes a task held in another attempt as not held, and has the old attempt ended', () => {
    const slave = desk.join('a');
    desk.submit();
    desk.dispatcher.reconcile(slave.member, [['m1-1', 7]]);
    expect(slave.got.map(({ attempt }) => attempt)).to.deep.equal([1, 2]);
    expect(slave.cancelled).to.deep.equal([['m1-1', 7]]);
  });

  it('has ended what runs elsewhere by now', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    slave.vanish('silent');
    const other = desk.join('b');
    desk.rest();
    const again = desk.join('a');
    desk.dispatcher.reconcile(again.member, [['m1-1', 1]]);
    expect(again.cancelled).to.deep.equal([['m1-1', 1]]);
    other.finish(task);
    expect(task.answers).to.have.length(1);
  });

  it('has ended what was cancelled or expired while it was away, and keeps the lease until then', () => {
    const slave = desk.join('a', { slots: 2 });
    const [cancelled] = [desk.submit(), desk.submit({ totalMs: 100 })];
    desk.dispatcher.cancel(cancelled.task, 'gone');
    desk.clock.advance(150);
    slave.cancelled.length = 0;
    desk.dispatcher.reconcile(slave.member, [
      ['m1-1', 1],
      ['m1-2', 1],
    ]);
    expect(slave.cancelled).to.deep.equal([
      ['m1-1', 1],
      ['m1-2', 1],
    ]);
    expect(slave.member.leases).to.equal(2);
  });

  it('frees the lease of a cancelled task that the slave does not hold', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    desk.dispatcher.cancel(task.task, 'gone');
    desk.dispatcher.reconcile(slave.member, []);
    expect([slave.member.leases, slave.got.length]).to.deep.equal([0, 1]);
  });

  it('has ended what this master never knew', () => {
    const slave = desk.join('a');
    desk.dispatcher.reconcile(slave.member, [['m0-9', 1]]);
    expect(slave.cancelled).to.deep.equal([['m0-9', 1]]);
  });
});
