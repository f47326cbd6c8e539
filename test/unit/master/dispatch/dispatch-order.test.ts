// Strict first in, first out in front of a group, whatever comes back.
import { expect } from 'chai';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

describe('dispatch order', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('sends tasks in the order of their arrival', () => {
    const slave = desk.join('a', { slots: 2 });
    const tasks = desk.submitMany(6);
    expect(slave.ids).to.deep.equal(idsOf(tasks.slice(0, 2)));
    for (const task of tasks) slave.finish(task);
    expect(slave.ids).to.deep.equal(idsOf(tasks));
  });

  it('sends what waited in the order of its arrival when the first slave joins', () => {
    const tasks = desk.submitMany(5);
    expect(desk.join('a', { slots: 5 }).ids).to.deep.equal(idsOf(tasks));
  });

  it('lets no task pass a head that does not fit yet, however light it is', () => {
    const slave = desk.join('a', { slots: 5, maxLoad: 100 });
    const running = desk.submit({ weight: 60 });
    const head = desk.submit({ weight: 50 });
    const light = desk.submit({ weight: 1 });
    expect(slave.ids).to.deep.equal(idsOf([running]));
    desk.clock.advance(1000);
    expect(slave.ids).to.deep.equal(idsOf([running]));
    slave.finish(running);
    expect(slave.ids).to.deep.equal(idsOf([running, head, light]));
  });

  it('sends the next at once when the head is cancelled', () => {
    const slave = desk.join('a', { slots: 5, maxLoad: 100 });
    desk.submit({ weight: 60 });
    const head = desk.submit({ weight: 50 });
    const light = desk.submit({ weight: 1 });
    expect(desk.dispatcher.cancel(head.task, 'gone')).to.be.true;
    expect(slave.ids).to.include(light.task.id);
  });

  it('keeps one queue per group: a blocked group holds up no other', () => {
    desk.join('a', { slots: 0 });
    const extra = desk.join('b', { offers: [{ name: 'extra', slots: 1 }] });
    const blocked = desk.submit();
    const free = desk.submit({ group: 'extra' });
    expect(extra.ids).to.deep.equal(idsOf([free]));
    expect(desk.queue.first()).to.equal(blocked.task);
    expect([...desk.dispatcher.lives.queues()].map(([group, { length }]) => [group, length])).to.deep.equal([
      ['compute', 1],
      ['extra', 0],
    ]);
  });

  it('puts a refused task back at its turn, before those that came later', () => {
    const slave = desk.join('a', { slots: 2 });
    const [first, second, third] = [desk.submit(), desk.submit(), desk.submit()];
    slave.refuse(first);
    expect(desk.queue.inOrder().map(({ id }) => id)).to.deep.equal(idsOf([first, third]));
    slave.finish(second);
    expect(slave.ids.slice(2)).to.deep.equal(idsOf([first, third]));
  });

  it('tries a refused task elsewhere at once', () => {
    const [first, second] = [desk.join('a'), desk.join('b')];
    const task = desk.submit();
    first.refuse(task);
    expect(second.got.map(({ id, attempt }) => [id, attempt])).to.deep.equal([[task.task.id, 2]]);
    expect(task.task.slave).to.equal('b');
    expect(desk.counters.refused).to.equal(1);
  });

  it('tries a refused task at the same slave after its next report', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    slave.refuse(task);
    desk.clock.advance(500);
    expect(slave.got).to.have.length(1);
    desk.pool.report(slave.member, { cpuLoad: 1, memoryRatio: 0, foreignWeight: 0, running: 0 });
    expect(slave.got.map(({ attempt }) => attempt)).to.deep.equal([1, 2]);
  });

  it('counts no refusal as a death, however many there are', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    for (let i = 0; i < 10; i++) {
      slave.refuse(task);
      desk.pool.report(slave.member, { cpuLoad: 1, memoryRatio: 0, foreignWeight: 0, running: 0 });
    }
    expect([task.task.attempts, task.task.deaths, task.task.state]).to.deep.equal([11, 0, 'running']);
  });

  it('sends id, attempt, type, parameters, weight and the time that is left', () => {
    const slave = desk.join('a');
    desk.submit({ params: { n: 5 }, weight: 5, totalMs: 1000, runMs: 70 });
    desk.submit();
    expect(slave.got).to.deep.equal([
      { id: 'm1-1', attempt: 1, type: 'fib', params: { n: 5 }, weight: 5, remainingMs: 1000, runLimitMs: 70 },
    ]);
    desk.clock.advance(300);
    slave.finish(desk.submitted[0]!);
    expect(slave.got[1]).to.deep.include({ id: 'm1-2', remainingMs: Infinity, runLimitMs: Infinity });
  });

  it('tells a task when it was sent and to whom', () => {
    const { task } = desk.submit();
    desk.clock.advance(70);
    desk.join('a');
    const { state, slave, attempts, dispatchedAtMs } = task;
    expect({ state, slave, attempts, dispatchedAtMs }).to.deep.equal({
      ...{ state: 'running', slave: 'a', attempts: 1, dispatchedAtMs: 70 },
    });
  });

  it('goes on by the new algorithm after a switch, with the old leases open', () => {
    const [first, second] = [desk.join('a', { slots: 10 }), desk.join('b', { slots: 10 })];
    const before = desk.submitMany(3);
    desk.pool.setAlgorithm(new DispatchDesk('round-robin').pool.algorithm);
    const after = desk.submitMany(4);
    expect(first.ids).to.deep.equal(idsOf([...before, after[1]!, after[3]!]));
    expect(second.ids).to.deep.equal(idsOf([after[0]!, after[2]!]));
    for (const task of [...before, after[1]!, after[3]!]) first.finish(task);
    for (const task of [after[0]!, after[2]!]) second.finish(task);
    expect(desk.submitted.map(({ task }) => task.state)).to.deep.equal(Array.from({ length: 7 }, () => 'done'));
    expect([first.member.weight, second.member.weight]).to.deep.equal([0, 0]);
  });
});
