// Tasks that nobody waits for any more: cancelled by their client or past their deadline.
import { expect } from 'chai';
import { DispatchDesk, idsOf, type DeskSlave } from '../../../support/dispatch-desk.ts';

describe('cancelled task', () => {
  let desk: DispatchDesk;
  let slave: DeskSlave;

  beforeEach(() => {
    desk = new DispatchDesk();
    slave = desk.join('a');
  });
  afterEach(() => desk.check());

  it('leaves the queue at once when it waited', () => {
    const [running, waiting, last] = [desk.submit(), desk.submit(), desk.submit()];
    expect(desk.dispatcher.cancel(waiting.task, 'the client went away')).to.be.true;
    expect(waiting.answers).to.deep.equal([
      { state: 'cancelled', failure: { code: 'CANCELLED', message: 'the client went away' } },
    ]);
    expect(desk.queue.length).to.equal(1);
    slave.finish(running);
    expect(slave.ids).to.deep.equal(idsOf([running, last]));
    expect(slave.cancelled).to.be.empty;
  });

  it('keeps its lease while it runs, until the slave confirms the end', () => {
    const [running, next] = [desk.submit(), desk.submit()];
    slave.start(running);
    desk.dispatcher.cancel(running.task, 'gone');
    expect(running.answers).to.have.length(1);
    expect(slave.cancelled).to.deep.equal([[running.task.id, 1]]);
    expect([slave.member.leases, slave.member.weight]).to.deep.equal([1, 1]);
    desk.clock.advance(10_000);
    expect(slave.ids).to.deep.equal(idsOf([running]));
    slave.finish(running, { outcome: 'cancelled', value: null });
    expect(slave.ids).to.deep.equal(idsOf([running, next]));
    expect(running.answers).to.have.length(1);
  });

  it('may still be answered by the slave: that frees the lease and reaches nobody', () => {
    const running = desk.submit();
    desk.dispatcher.cancel(running.task, 'gone');
    slave.finish(running);
    expect(running.answers.map(({ state }) => state)).to.deep.equal(['cancelled']);
    expect([slave.member.leases, desk.counters.done, desk.counters.cancelled]).to.deep.equal([0, 0, 1]);
  });

  it('is not run again when the slave refuses it late', () => {
    const running = desk.submit();
    desk.dispatcher.cancel(running.task, 'gone');
    slave.refuse(running);
    desk.join('b');
    expect(slave.got).to.have.length(1);
    expect([slave.member.leases, running.answers.length]).to.deep.equal([0, 1]);
  });

  it('is cancelled once', () => {
    const task = desk.submit();
    expect(desk.dispatcher.cancel(task.task, 'gone')).to.be.true;
    expect(desk.dispatcher.cancel(task.task, 'gone')).to.be.false;
    expect(slave.cancelled).to.have.length(1);
  });

  it('is not cancelled once it is done', () => {
    const task = desk.submit();
    slave.finish(task);
    expect(desk.dispatcher.cancel(task.task, 'gone')).to.be.false;
    expect(slave.cancelled).to.be.empty;
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['done']);
  });
});

describe('deadline', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('ends a task that waits, at most a tick late', () => {
    const slave = desk.join('a');
    desk.submit();
    const waiting = desk.submit({ totalMs: 1000 });
    desk.clock.advance(999);
    expect(waiting.answers).to.be.empty;
    desk.clock.advance(51);
    const [answer] = waiting.answers;
    expect(answer?.state).to.equal('expired');
    expect(answer?.failure?.code).to.equal('DEADLINE_PASSED');
    expect(answer?.failure?.message).to.match(/after 10[0-5]\d ms/);
    expect(desk.queue.length).to.equal(0);
    expect(slave.cancelled).to.be.empty;
  });

  it('ends a task that runs, tells its slave, and keeps the lease until that confirms', () => {
    const slave = desk.join('a');
    const running = desk.submit({ totalMs: 1000 });
    desk.clock.advance(1050);
    expect(running.answers.map(({ state }) => state)).to.deep.equal(['expired']);
    expect(slave.cancelled).to.deep.equal([[running.task.id, 1]]);
    expect(slave.member.leases).to.equal(1);
    slave.finish(running, { outcome: 'cancelled', value: null });
    expect(slave.member.leases).to.equal(0);
  });

  it('lets the next in the queue go when it ends a head that fits nowhere now', () => {
    const slave = desk.join('a', { slots: 5, maxLoad: 100 });
    desk.submit({ weight: 60 });
    desk.submit({ weight: 60, totalMs: 500 });
    const light = desk.submit({ weight: 1 });
    desk.clock.advance(550);
    expect(slave.ids).to.include(light.task.id);
  });

  it('means nothing once the task has ended', () => {
    const slave = desk.join('a');
    const task = desk.submit({ totalMs: 1000 });
    slave.finish(task);
    desk.clock.advance(5000);
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['done']);
    expect(slave.cancelled).to.be.empty;
  });

  it('is none when the task has none', () => {
    desk.join('a');
    const task = desk.submit();
    desk.clock.advance(1e6);
    expect(task.answers).to.be.empty;
  });

  it('that is over already ends the task within two ticks', () => {
    desk.join('a', { slots: 0 });
    const task = desk.submit({ totalMs: -5 });
    desk.clock.advance(100);
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['expired']);
  });
});

describe('abort of everything', () => {
  const LEAVING = { code: 'DRAINING', message: 'the master is leaving' } as const;
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('tells every caller once, those that wait and those whose task runs, in any group', () => {
    const slave = desk.join('a', { slots: 2 });
    const tasks = [...desk.submitMany(5), desk.submit({ group: 'extra' })];
    desk.dispatcher.abort(LEAVING);
    for (const { answers } of tasks) expect(answers).to.deep.equal([{ state: 'failed', failure: LEAVING }]);
    expect(slave.cancelled.map(([id]) => id)).to.include.members(['m1-1', 'm1-2']);
    expect(desk.dispatcher.lives.size).to.equal(0);
    expect(Array.from(desk.dispatcher.lives.queues(), ([, { length }]) => length)).to.deep.equal([0, 0]);
  });

  it('sends nothing on that waited, though every head that goes lets the next one up', () => {
    const slave = desk.join('a', { slots: 9, maxLoad: 100 });
    desk.submit({ weight: 60 });
    desk.submit({ weight: 50 });
    desk.submitMany(3);
    desk.dispatcher.abort(LEAVING);
    expect(slave.ids).to.deep.equal(['m1-1']);
  });

  it('passes over what nobody waits for, and sends nothing of it either', () => {
    const leaving = new DispatchDesk();
    const slave = leaving.join('a');
    const [running, awaited, other] = leaving.submitMany(3);
    leaving.dispatcher.abort(LEAVING, (task) => task !== other!.task);
    expect([running, awaited, other].map((one) => one!.answers.length)).to.deep.equal([1, 1, 0]);
    slave.finish(running!, { outcome: 'cancelled' });
    leaving.clock.advance(1000);
    expect(slave.ids).to.deep.equal(idsOf([running!]));
  });

  it('leaves alone what has ended, and keeps its lease until the slave confirms', () => {
    const slave = desk.join('a', { slots: 2 });
    const [done, cancelled] = [desk.submit(), desk.submit()];
    slave.finish(done);
    desk.dispatcher.cancel(cancelled.task, 'gone');
    desk.dispatcher.abort(LEAVING);
    expect([done.task.state, cancelled.task.state, slave.member.leases]).to.deep.equal(['done', 'cancelled', 1]);
    expect(slave.cancelled).to.have.length(1);
  });
});
