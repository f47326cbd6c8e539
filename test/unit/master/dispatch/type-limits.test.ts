// --limit: how many tasks of a type may be out at all slaves together. A type that is at its limit holds up nobody else.
import { expect } from 'chai';
import { DispatchDesk, idsOf, type DeskSlave } from '../../../support/dispatch-desk.ts';

const LIMITED = { type: 'countprimes' };

describe('a limit on a type', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk('round-robin', { typeLimits: new Map([['countprimes', 2]]) })));
  afterEach(() => desk.check());

  function out(): number {
    return [...desk.queue.limits()][0]!.out;
  }

  function gotAt(...slaves: DeskSlave[]): string[] {
    return slaves.flatMap(({ ids }) => ids).sort();
  }

  it('counts over all slaves', () => {
    const slaves = ['a', 'b', 'c'].map((name) => desk.join(name, { slots: 4 }));
    const tasks = desk.submitMany(5, LIMITED);
    expect(gotAt(...slaves)).to.deep.equal(idsOf(tasks.slice(0, 2)));
    expect([out(), desk.queue.length]).to.deep.equal([2, 3]);
  });

  it('lets others pass, in their order', () => {
    const slave = desk.join('a', { slots: 5 });
    const limited = desk.submitMany(3, LIMITED);
    const others = desk.submitMany(3);
    expect(slave.ids).to.deep.equal(idsOf([...limited.slice(0, 2), ...others]));
  });

  it('lets others pass also when what it holds is more urgent', () => {
    const slave = desk.join('a', { slots: 3 });
    const held = desk.submitMany(3, { ...LIMITED, priority: 'high' });
    const low = desk.submit({ priority: 'low' });
    expect(slave.ids).to.deep.equal(idsOf([...held.slice(0, 2), low]));
  });

  it('sets no member aside for what it holds', () => {
    const slave = desk.join('a', { slots: 5, maxLoad: 100 });
    desk.submitMany(2, { ...LIMITED, weight: 10 });
    desk.submit({ ...LIMITED, weight: 95 });
    const light = desk.submitMany(2);
    expect(slave.ids.slice(2)).to.deep.equal(idsOf(light));
  });

  it('lets the next in at once when one ends', () => {
    const slave = desk.join('a', { slots: 5 });
    const tasks = desk.submitMany(4, LIMITED);
    slave.finish(tasks[1]!);
    expect(slave.ids.at(-1)).to.equal(tasks[2]!.task.id);
    slave.finish(tasks[0]!, { outcome: 'failed', value: 'boom' });
    expect(slave.ids.at(-1)).to.equal(tasks[3]!.task.id);
    expect(out()).to.equal(2);
  });

  it('lets the next in at once at whatever slave has room, not only where one ended', () => {
    const [first, second] = [desk.join('a'), desk.join('b')];
    const tasks = desk.submitMany(3, LIMITED);
    const third = desk.join('c');
    desk.pool.setSlots(first.member, 'compute', 0);
    first.finish(tasks[0]!);
    expect([first.ids.length, second.ids.length, third.ids]).to.deep.equal([1, 1, idsOf([tasks[2]!])]);
  });

  it('counts a cancelled task until its slave confirms that it stopped', () => {
    const slave = desk.join('a', { slots: 5 });
    const tasks = desk.submitMany(3, LIMITED);
    desk.dispatcher.cancel(tasks[0]!.task, 'enough');
    desk.clock.advance(1000);
    expect([out(), slave.ids.length]).to.deep.equal([2, 2]);
    slave.finish(tasks[0]!, { outcome: 'cancelled', value: null });
    expect(slave.ids.at(-1)).to.equal(tasks[2]!.task.id);
  });

  it('does not count what was cancelled while it waited', () => {
    const slave = desk.join('a', { slots: 5 });
    const tasks = desk.submitMany(4, LIMITED);
    desk.dispatcher.cancel(tasks[2]!.task, 'enough');
    slave.finish(tasks[0]!);
    expect(slave.ids).to.deep.equal(idsOf([tasks[0]!, tasks[1]!, tasks[3]!]));
  });

  it('counts no longer what is lost, refused or given back', () => {
    const first = desk.join('a', { slots: 5 });
    const tasks = desk.submitMany(3, LIMITED);
    desk.pool.setSlots(first.member, 'compute', 1);
    first.refuse(tasks[0]!);
    expect([out(), desk.queue.first()?.id]).to.deep.equal([1, tasks[0]!.task.id]);
    first.vanish('died');
    expect(out()).to.equal(0);
    const second = desk.join('b', { slots: 5 });
    expect(second.ids, 'the other one rests').to.deep.equal(idsOf([tasks[0]!, tasks[2]!]));
  });

  it('does not count a task that rests before a retry', () => {
    const slave = desk.join('a', { slots: 5 });
    const [retried, , third] = desk.submitMany(3, { ...LIMITED, retries: 1 });
    slave.finish(retried!, { outcome: 'failed', value: 'boom' });
    expect([slave.ids.at(-1), out()]).to.deep.equal([third!.task.id, 2]);
    desk.rest();
    expect(slave.ids, 'held when it has rested').to.have.length(3);
    slave.finish(third!);
    expect(slave.got.at(-1)).to.include({ id: retried!.task.id, attempt: 2 });
  });

  it('keeps priorities and turns within the type', () => {
    const slave = desk.join('a', { slots: 5 });
    const [first] = desk.submitMany(2, LIMITED);
    const [normal, high] = [desk.submit(LIMITED), desk.submit({ ...LIMITED, priority: 'high' })];
    slave.finish(first!);
    slave.finish(high);
    expect(slave.ids.slice(2)).to.deep.equal(idsOf([high, normal]));
  });

  it('changes nothing in the order while it is not reached', () => {
    const tasks = [desk.submit(), desk.submit(LIMITED), desk.submit(), desk.submit(LIMITED)];
    const [high, low] = [desk.submit({ priority: 'high' }), desk.submit({ ...LIMITED, priority: 'low' })];
    const slave = desk.join('a', { slots: 5 });
    expect(slave.ids).to.deep.equal(idsOf([high, ...tasks]));
    slave.finish(tasks[1]!);
    expect(slave.ids.at(-1)).to.equal(low.task.id);
  });

  it('is each type’s own', () => {
    desk = new DispatchDesk('first-available', {
      typeLimits: new Map([
        ['countprimes', 1],
        ['fib', 2],
      ]),
    });
    const slave = desk.join('a', { slots: 9 });
    const primes = desk.submitMany(2, LIMITED);
    const fibs = desk.submitMany(3);
    const other = desk.submit({ type: 'reverse' });
    expect(slave.ids).to.deep.equal(idsOf([primes[0]!, ...fibs.slice(0, 2), other]));
  });

  it('of 0 holds the type back for good, and no other', () => {
    desk = new DispatchDesk('first-available', { typeLimits: new Map([['countprimes', 0]]) });
    const slave = desk.join('a', { slots: 9 });
    desk.submit({ ...LIMITED, totalMs: 100 });
    const other = desk.submit();
    desk.clock.advance(200);
    expect(slave.ids).to.deep.equal(idsOf([other]));
    expect(desk.submitted[0]!.answers.map(({ state }) => state)).to.deep.equal(['expired']);
  });

  it('counts held tasks as waiting: they fill the queue', () => {
    const typeLimits = new Map([['countprimes', 1]]);
    desk = new DispatchDesk('first-available', { typeLimits, queueLimit: 2 });
    desk.join('a', { slots: 9 });
    desk.submitMany(3, LIMITED);
    const refused = desk.submit(LIMITED);
    desk.submitted.pop();
    expect([desk.queue.length, desk.dispatcher.lives.find(refused.task.id)]).to.deep.equal([2, undefined]);
  });
});
