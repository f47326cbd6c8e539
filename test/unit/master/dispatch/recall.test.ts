// Slots that shrink and slaves that drain: what has not started is asked back, the newest first.
import { expect } from 'chai';
import { DispatchDesk, idsOf, type DeskSlave } from '../../../support/dispatch-desk.ts';

describe('recall of excess tasks', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  function shrink(slave: DeskSlave, slots: number): void {
    desk.pool.setSlots(slave.member, 'compute', slots);
    desk.dispatcher.recallExcess(slave.member);
  }

  it('asks back the newest that have not started, as many as exceed the slots', () => {
    const slave = desk.join('a', { slots: 5 });
    const tasks = desk.submitMany(5);
    slave.start(tasks[0]!);
    shrink(slave, 3);
    expect(slave.recalled).to.deep.equal([
      ['m1-5', 1],
      ['m1-4', 1],
    ]);
  });

  it('asks nothing back while the leases fit the slots', () => {
    const slave = desk.join('a', { slots: 5 });
    desk.submitMany(3);
    shrink(slave, 3);
    expect(slave.recalled).to.be.empty;
  });

  it('never asks back what has started', () => {
    const slave = desk.join('a', { slots: 4 });
    const tasks = desk.submitMany(4);
    for (const task of tasks.slice(1)) slave.start(task);
    shrink(slave, 1);
    expect(slave.recalled).to.deep.equal([['m1-1', 1]]);
  });

  it('asks for each once, however often it looks', () => {
    const slave = desk.join('a', { slots: 4 });
    desk.submitMany(4);
    for (let i = 0; i < 3; i++) shrink(slave, 3);
    expect(slave.recalled).to.deep.equal([['m1-4', 1]]);
    shrink(slave, 2);
    expect(slave.recalled).to.deep.equal([
      ['m1-4', 1],
      ['m1-3', 1],
    ]);
  });

  it('puts what comes back at its old turn and sends it elsewhere, as no refusal', () => {
    const slave = desk.join('a', { slots: 4 });
    const tasks = desk.submitMany(6);
    shrink(slave, 2);
    slave.refuse(tasks[3]!);
    slave.refuse(tasks[2]!);
    expect(desk.queue.inOrder().map(({ id }) => id)).to.deep.equal(idsOf(tasks.slice(2)));
    expect([desk.counters.recalled, desk.counters.refused]).to.deep.equal([2, 0]);
    expect(desk.join('b', { slots: 9 }).ids).to.deep.equal(idsOf(tasks.slice(2)));
  });

  it('does not keep the slave out for the weight that it gave back', () => {
    const slave = desk.join('a', { slots: 2 });
    const [, second] = desk.submitMany(2);
    shrink(slave, 1);
    slave.refuse(second!);
    desk.pool.setSlots(slave.member, 'compute', 2);
    expect(slave.got.map(({ id, attempt }) => [id, attempt])).to.deep.equal([
      ['m1-1', 1],
      ['m1-2', 1],
      ['m1-2', 2],
    ]);
  });

  it('takes the answer of a task that had begun after all', () => {
    const slave = desk.join('a', { slots: 2 });
    const [, second] = desk.submitMany(2);
    shrink(slave, 1);
    slave.start(second!);
    slave.finish(second!);
    expect(second!.answers.map(({ state }) => state)).to.deep.equal(['done']);
    expect(desk.counters.recalled).to.equal(0);
  });

  it('asks for others in place of those that had begun after all', () => {
    const slave = desk.join('a', { slots: 4 });
    const tasks = desk.submitMany(4);
    shrink(slave, 3);
    expect(slave.recalled).to.deep.equal([['m1-4', 1]]);
    slave.start(tasks[3]!);
    shrink(slave, 3);
    expect(slave.recalled.slice(1)).to.deep.equal([['m1-3', 1]]);
  });

  it('asks back everything that has not started from a slave that drains', () => {
    const slave = desk.join('a', { slots: 3 });
    const [first] = desk.submitMany(3);
    slave.start(first!);
    desk.pool.transition(slave.member, 'drain-asked');
    desk.dispatcher.recallExcess(slave.member);
    expect(slave.recalled).to.deep.equal([
      ['m1-3', 1],
      ['m1-2', 1],
    ]);
  });

  it('counts each group of a slave by itself', () => {
    const offers = [
      { name: 'compute', slots: 3 },
      { name: 'extra', slots: 3 },
    ];
    const slave = desk.join('a', { offers });
    desk.submitMany(3);
    desk.submitMany(3, { group: 'extra' });
    shrink(slave, 1);
    expect(slave.recalled.map(([id]) => id)).to.deep.equal(['m1-3', 'm1-2']);
    desk.pool.setSlots(slave.member, 'extra', 1);
    desk.dispatcher.recallExcess(slave.member);
    expect(slave.recalled.slice(2).map(([id]) => id)).to.deep.equal(['m1-6', 'm1-5']);
  });
});
