// A task that throws is tried again only as often as it asked for: after a rest, elsewhere if there is anywhere else.
import { expect } from 'chai';
import { DispatchDesk, idsOf, type DeskSlave, type DeskTask } from '../../../support/dispatch-desk.ts';

const THROWN = { outcome: 'failed', value: 'boom', stack: 'Error: boom\n    at fib' } as const;

describe('a task that throws', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  function attemptsAt(slave: DeskSlave): number[] {
    return slave.got.map(({ attempt }) => attempt);
  }

  function failureOf({ answers }: DeskTask): unknown {
    return answers.map(({ state, failure }) => [state, failure]);
  }

  it('fails at once with message and stack when it asked for no retries', () => {
    const slave = desk.join('a');
    const task = desk.submit();
    slave.finish(task, THROWN);
    const failure = { code: 'TASK_FAILED', message: 'fib: boom', details: { stack: THROWN.stack } };
    expect(failureOf(task)).to.deep.equal([['failed', failure]]);
    expect([desk.counters.retried, attemptsAt(slave)]).to.deep.equal([0, [1]]);
  });

  it('fails without details when the slave sent no stack', () => {
    const slave = desk.join('a', { slots: 2 });
    const [none, empty] = [desk.submit(), desk.submit()];
    slave.finish(none, { outcome: 'failed', value: 'boom' });
    slave.finish(empty, { outcome: 'failed', value: 'boom', stack: '' });
    const failure = { code: 'TASK_FAILED', message: 'fib: boom' };
    expect([none, empty].map(failureOf)).to.deep.equal([[['failed', failure]], [['failed', failure]]]);
  });

  it('waits again when it has a retry, and its client is told nothing', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 1 });
    slave.finish(task, THROWN);
    expect([task.task.state, task.answers, slave.member.leases]).to.deep.equal(['queued', [], 0]);
    expect(desk.queue.isResting(task.task)).to.be.true;
    desk.check();
  });

  it('rests before it is tried again, longer each time', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 3 });
    for (const [attempt, restMs] of [
      [2, 25],
      [3, 50],
      [4, 100],
    ] as const) {
      slave.finish(task, THROWN);
      desk.clock.advance(restMs - 1);
      expect(attemptsAt(slave), 'while it rests').to.have.length(attempt - 1);
      desk.clock.advance(26);
      expect(attemptsAt(slave)).to.have.length(attempt);
    }
  });

  it('rests with jitter', () => {
    desk = new DispatchDesk('first-available', { random: () => 0.999 });
    const slave = desk.join('a');
    slave.finish(desk.submit({ retries: 1 }), THROWN);
    desk.clock.advance(49);
    expect(slave.got).to.have.length(1);
    desk.clock.advance(26);
    expect(slave.got).to.have.length(2);
  });

  it('lets others go ahead while it rests, and stands before them after', () => {
    const slave = desk.join('a');
    const [thrown, next, last] = [desk.submit({ retries: 1 }), desk.submit(), desk.submit()];
    slave.finish(thrown, THROWN);
    desk.rest();
    slave.finish(next);
    expect(slave.ids).to.deep.equal(idsOf([thrown, next, thrown]));
    slave.finish(thrown);
    expect(slave.ids.at(-1)).to.equal(last.task.id);
  });

  it('is tried again at another slave when there is one', () => {
    const [first, second] = [desk.join('a'), desk.join('b')];
    const task = desk.submit({ retries: 1 });
    first.finish(task, THROWN);
    desk.rest();
    expect([attemptsAt(first), attemptsAt(second)]).to.deep.equal([[1], [2]]);
    second.finish(task, { value: 'right' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
    expect([desk.counters.retried, desk.counters.done, desk.counters.failed]).to.deep.equal([1, 1, 0]);
  });

  it('is tried again at the same slave when no other fits', () => {
    const first = desk.join('a', { maxLoad: 100 });
    desk.join('b', { maxLoad: 10 });
    desk.join('c', { slots: 0 });
    const task = desk.submit({ weight: 50, retries: 1 });
    first.finish(task, THROWN);
    desk.rest();
    expect(attemptsAt(first)).to.deep.equal([1, 2]);
  });

  it('avoids the slave of its last attempt only', () => {
    const [first, second] = [desk.join('a'), desk.join('b')];
    const task = desk.submit({ retries: 2 });
    first.finish(task, THROWN);
    desk.rest();
    second.finish(task, THROWN);
    desk.rest();
    expect([attemptsAt(first), attemptsAt(second)]).to.deep.equal([[1, 3], [2]]);
  });

  it('does not make others avoid that slave', () => {
    const first = desk.join('a');
    desk.join('b');
    first.finish(desk.submit({ retries: 1 }), THROWN);
    desk.submit();
    expect(first.ids).to.deep.equal(['m1-1', 'm1-2']);
  });

  it('fails with the last message and stack when its retries are used up', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 2 });
    for (const value of ['one', 'two', 'three']) {
      desk.rest();
      expect(task.answers).to.be.empty;
      slave.finish(task, { outcome: 'failed', value, stack: `at ${value}` });
    }
    const failure = { code: 'TASK_FAILED', message: 'fib: three', details: { stack: 'at three' } };
    expect(failureOf(task)).to.deep.equal([['failed', failure]]);
    expect([task.task.attempts, desk.counters.retried, desk.counters.failed]).to.deep.equal([3, 2, 1]);
  });

  it('does not use up retries by losses, nor deaths by throws', () => {
    const first = desk.join('a');
    const task = desk.submit({ retries: 1 });
    first.start(task);
    first.vanish('died');
    const second = desk.join('b');
    desk.rest();
    second.start(task);
    second.finish(task, THROWN);
    expect([task.task.deaths, task.task.state]).to.deep.equal([1, 'queued']);
    desk.rest();
    second.finish(task, THROWN);
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['failed']);
  });

  it('is not tried again when its result was too large: it would be the same', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 5 });
    slave.finish(task, { outcome: 'failed', value: 'too large', tooLarge: true });
    expect(failureOf(task)).to.deep.equal([['failed', { code: 'RESULT_TOO_LARGE', message: 'too large' }]]);
  });

  for (const outcome of ['cancelled', 'expired'] as const) {
    it(`is not tried again when the slave says ${outcome}`, () => {
      const slave = desk.join('a');
      const task = desk.submit({ retries: 5 });
      slave.finish(task, { outcome, value: null });
      expect(task.answers.map(({ state }) => state)).to.deep.equal([outcome]);
      expect(desk.counters.retried).to.equal(0);
    });
  }

  it('is not tried again when it was cancelled before it threw', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 5 });
    desk.dispatcher.cancel(task.task, 'enough');
    slave.finish(task, THROWN);
    desk.rest();
    expect([attemptsAt(slave), task.answers.length, desk.counters.retried]).to.deep.equal([[1], 1, 0]);
  });

  it('may be cancelled while it rests', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 5 });
    slave.finish(task, THROWN);
    expect(desk.dispatcher.cancel(task.task, 'enough')).to.be.true;
    desk.rest();
    expect([slave.got.length, desk.queue.length]).to.deep.equal([1, 0]);
  });

  it('expires while it rests when its time is over', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 5, totalMs: 10 });
    slave.finish(task, THROWN);
    desk.clock.advance(60);
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['expired']);
    expect(slave.got).to.have.length(1);
  });

  it('has its late second answer dropped and counted', () => {
    const slave = desk.join('a');
    const task = desk.submit({ retries: 1 });
    slave.finish(task, THROWN);
    slave.finish(task, { attempt: 1, value: 'late' });
    expect([desk.counters.lateResults, task.answers.length]).to.deep.equal([1, 0]);
  });
});
