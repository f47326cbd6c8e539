// A lost task is run again: back at the head in the old order, as often as it takes, unless it may be what kills the slaves.
import { expect } from 'chai';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

describe('lost tasks', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  it('run elsewhere, in their old order and before all that waited', () => {
    const first = desk.join('a', { slots: 3 });
    const lost = desk.submitMany(3);
    const waiting = desk.submitMany(2);
    const second = desk.join('b', { slots: 0 });
    first.vanish('died');
    expect(desk.queue.inOrder().map(({ id }) => id)).to.deep.equal(idsOf([...lost, ...waiting]));
    desk.rest();
    desk.pool.setSlots(second.member, 'compute', 9);
    expect(second.ids).to.deep.equal(idsOf([...lost, ...waiting]));
    expect(second.got.map(({ attempt }) => attempt)).to.deep.equal([2, 2, 2, 1, 1]);
    expect(desk.counters.lost).to.equal(3);
  });

  it('run elsewhere in their old order when there is room at once', () => {
    const first = desk.join('a', { slots: 4 });
    const second = desk.join('b', { slots: 4 });
    const lost = desk.submitMany(4);
    first.vanish('silent');
    expect(second.got, 'while they rest').to.be.empty;
    desk.rest();
    expect(second.ids).to.deep.equal(idsOf(lost));
  });

  it('of several slaves come back into one order', () => {
    desk = new DispatchDesk('round-robin');
    const slaves = ['a', 'b', 'c'].map((name) => desk.join(name, { slots: 3 }));
    const lost = desk.submitMany(9);
    for (const slave of slaves.reverse()) slave.vanish('died');
    desk.join('none', { slots: 0 });
    desk.rest();
    expect(desk.join('d', { slots: 9 }).ids).to.deep.equal(idsOf(lost));
  });

  it('are not sent again to the slave that is gone', () => {
    const first = desk.join('a', { slots: 3 });
    const tasks = desk.submitMany(2);
    first.vanish('returned');
    desk.clock.advance(1000);
    expect(first.got).to.have.length(2);
    expect(tasks.map(({ task }) => task.state)).to.deep.equal(['queued', 'queued']);
  });

  it('end with the first answer of the live attempt; the lost one’s comes too late and is counted', () => {
    const first = desk.join('a');
    const task = desk.submit();
    first.vanish('silent');
    const second = desk.join('b');
    desk.rest();
    first.finish(task, { attempt: 1, value: 'late' });
    expect(task.answers).to.be.empty;
    expect(desk.counters.lateResults).to.equal(1);
    second.finish(task, { value: 'right' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
    first.finish(task, { attempt: 1, value: 'later still' });
    expect(task.answers).to.have.length(1);
    expect(desk.counters.lateResults).to.equal(2);
  });

  it('fail when three slaves died while running them', () => {
    const task = desk.submit();
    for (const name of ['a', 'b', 'c']) {
      const slave = desk.join(name);
      desk.rest();
      slave.start(task);
      expect(task.answers).to.be.empty;
      slave.vanish('died');
    }
    const [answer] = task.answers;
    expect(answer?.state).to.equal('failed');
    expect(answer?.failure?.code).to.equal('LOST_TOO_OFTEN');
    expect(answer?.failure?.message).to.match(/^3 slaves died/);
    expect(desk.join('d').got).to.be.empty;
  });

  it('do not hold up the others of the same slave when they fail', () => {
    const [killer, other] = [desk.submit(), desk.submit()];
    for (const name of ['a', 'b', 'c']) {
      const slave = desk.join(name, { slots: 2 });
      desk.rest();
      slave.start(killer);
      slave.vanish('died');
    }
    const last = desk.join('d', { slots: 2 });
    desk.rest();
    expect(last.ids).to.deep.equal(idsOf([other]));
    last.finish(other);
    expect([killer.task.state, other.task.state]).to.deep.equal(['failed', 'done']);
  });

  it('are forgiven deaths before they had started', () => {
    const task = desk.submit();
    for (let i = 0; i < 10; i++) {
      const slave = desk.join(`s${i}`);
      desk.rest();
      expect(slave.got, 'attempts').to.have.length(1);
      slave.vanish('died');
    }
    expect([task.task.deaths, task.task.state]).to.deep.equal([0, 'queued']);
  });

  it('are forgiven any number of silences, started or not', () => {
    const task = desk.submit();
    for (let i = 0; i < 10; i++) {
      const slave = desk.join(`s${i}`);
      desk.rest();
      slave.start(task);
      slave.vanish('silent');
    }
    expect([task.task.deaths, task.task.state, task.task.attempts]).to.deep.equal([0, 'queued', 10]);
  });

  it('are no death when the slave leaves in good order', () => {
    const task = desk.submit();
    for (let i = 0; i < 5; i++) {
      const slave = desk.join(`s${i}`);
      slave.start(task);
      slave.vanish('returned');
    }
    expect([task.task.deaths, task.task.state]).to.deep.equal([0, 'queued']);
  });

  it('still keep to their deadline', () => {
    const task = desk.submit({ totalMs: 1000 });
    desk.join('a').vanish('died');
    desk.clock.advance(1050);
    expect(task.answers[0]?.failure?.code).to.equal('DEADLINE_PASSED');
    expect(desk.queue.length).to.equal(0);
  });

  it('are not run again when their client had gone before', () => {
    const first = desk.join('a');
    const task = desk.submit();
    first.start(task);
    desk.dispatcher.cancel(task.task, 'gone');
    first.vanish('died');
    expect(desk.join('b').got).to.be.empty;
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['cancelled']);
  });

  it('leave a started mark behind with their attempt only', () => {
    const task = desk.submit();
    const first = desk.join('a');
    first.start(task);
    first.vanish('silent');
    const second = desk.join('b');
    desk.rest();
    second.vanish('died');
    expect(task.task.attempts).to.equal(2);
    expect(task.task.deaths).to.equal(0);
  });
});
