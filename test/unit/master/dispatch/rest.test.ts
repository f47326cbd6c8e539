// The rest after a loss, as tasks have it: how long, what goes ahead meanwhile, and that losses of one task are its own.
import { expect } from 'chai';
import { TICK_MS } from '../../../../src/master/dispatch/deadlines.ts';
import { REST_MS_MAX } from '../../../../src/master/tasks/retry.ts';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

describe('rest after a loss', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('lasts longer after each loss, up to a cap', () => {
    const task = desk.submit({ patienceMs: Infinity });
    desk.join('s0').vanish('silent');
    for (const restMs of [25, 50, 100, 200, 400, 800, 1000, 1000]) {
      const slave = desk.join(`s${restMs}-${task.task.losses}`);
      desk.clock.advance(restMs - 1);
      expect(slave.got, `before ${restMs} ms`).to.be.empty;
      desk.clock.advance(1 + TICK_MS);
      expect(slave.got, `after ${restMs} ms`).to.have.length(1);
      slave.vanish('silent');
    }
  });

  it('is spread by chance, so that what was lost together does not come back together', () => {
    const draws = [0, 0.5, 1];
    desk = new DispatchDesk('first-available', { random: () => draws.shift() ?? 0 });
    const first = desk.join('a', { slots: 3 });
    const tasks = desk.submitMany(3);
    first.vanish('died');
    expect(tasks.map(({ task }) => task.restUntilMs)).to.deep.equal([25, 37.5, 50]);
  });

  it('is none when the slave refused, gave back or left', () => {
    const [first, second] = [desk.join('a'), desk.join('b', { slots: 0 })];
    const task = desk.submit();
    desk.pool.setSlots(second.member, 'compute', 1);
    first.refuse(task);
    expect(second.ids).to.deep.equal(idsOf([task]));
    const third = desk.join('c');
    second.vanish('returned');
    expect([third.ids, task.task.attempts, task.task.losses]).to.deep.equal([idsOf([task]), 3, 0]);
  });

  it('is each task’s own', () => {
    const first = desk.join('a');
    const unlucky = desk.submit();
    first.vanish('silent');
    const second = desk.join('b', { slots: 2 });
    desk.rest();
    const fresh = desk.submit();
    second.vanish('silent');
    const third = desk.join('c', { slots: 2 });
    desk.clock.advance(25 + TICK_MS);
    expect(third.ids.slice(0, 1)).to.deep.equal(idsOf([fresh]));
    desk.clock.advance(50);
    expect(third.ids).to.deep.equal(idsOf([fresh, unlucky]));
  });

  it('keeps no slave idle: others go ahead', () => {
    const [first, second] = [desk.join('a'), desk.join('b', { slots: 0 })];
    const [lost, next] = [desk.submit(), desk.submit()];
    first.vanish('died');
    desk.pool.setSlots(second.member, 'compute', 1);
    expect(second.ids).to.deep.equal(idsOf([next]));
    expect(lost.task.state).to.equal('queued');
  });

  it('counts as waiting in the queue’s length, and lets no more in', () => {
    desk = new DispatchDesk('first-available', { queueLimit: 1 });
    const first = desk.join('a');
    desk.submit();
    first.vanish('died');
    expect(desk.queue.length).to.equal(1);
    const refused = desk.submit();
    desk.submitted.pop();
    expect(desk.dispatcher.lives.find(refused.task.id)).to.be.undefined;
  });

  it('does not set a member aside', () => {
    const [first, second] = [desk.join('a', { maxLoad: 100 }), desk.join('b', { slots: 3, maxLoad: 100 })];
    const heavy = desk.submit({ weight: 100 });
    first.vanish('died');
    desk.submitMany(2, { weight: 10 });
    expect(second.ids).to.deep.equal(['m1-2', 'm1-3']);
    expect(desk.queue.isResting(heavy.task)).to.be.true;
  });

  it('ends at once with the patience for a slave that could take it', () => {
    const first = desk.join('a');
    const task = desk.submit({ patienceMs: 100 });
    first.vanish('died');
    desk.clock.advance(100 + 2 * TICK_MS);
    expect(task.answers.map(({ failure }) => failure?.code)).to.deep.equal(['NO_SLAVE']);
  });

  it('is over at the latest after the longest step and two ticks', () => {
    desk = new DispatchDesk('first-available', { random: () => 1 });
    const task = desk.submit({ patienceMs: Infinity });
    for (let n = 0; n < 12; n++) {
      const slave = desk.join(`s${n}`);
      desk.clock.advance(REST_MS_MAX + 2 * TICK_MS);
      expect(slave.got).to.have.length(1);
      slave.vanish('silent');
    }
    expect(task.task.losses).to.equal(12);
  });
});
