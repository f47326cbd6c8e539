// Answers from slaves: the first of the live attempt wins, everything else is counted and dropped.
import { NOT_QUEUED } from '../../../../src/master/tasks/task.ts';
import { expect } from 'chai';
import { NOT_IN_WHEEL } from '../../../../src/common/time/deadline-wheel.ts';
import { DispatchDesk, type DeskSlave, type DeskTask } from '../../../support/dispatch-desk.ts';

describe('answers of slaves', () => {
  let desk: DispatchDesk;
  let slave: DeskSlave;
  let task: DeskTask;

  beforeEach(() => {
    desk = new DispatchDesk();
    slave = desk.join('a');
    task = desk.submit();
  });
  afterEach(() => desk.check());

  it('reach whoever waits, with the value as it came', () => {
    for (const value of [0, '', null, 2n ** 100n, Uint8Array.of(1), { a: [1] }]) {
      const asked = desk.submit();
      slave.finish(desk.submitted.at(-2)!, { value });
      expect(desk.submitted.at(-2)!.answers).to.deep.equal([{ state: 'done', value }]);
      expect(asked.answers).to.be.empty;
    }
  });

  it('free the slot and carry the run time', () => {
    slave.finish(task, { runMs: 12.5 });
    expect(task.task.runMs).to.equal(12.5);
    expect([slave.member.leases, slave.member.weight, desk.dispatcher.attempts.size]).to.deep.equal([0, 0, 0]);
  });

  it('leave nothing of the request behind on the task, nor of the task in queue and wheel', () => {
    const timed = desk.submit({ totalMs: 60_000 });
    slave.finish(task);
    expect(timed.task.wheelTick).to.not.equal(NOT_IN_WHEEL);
    slave.finish(timed);
    for (const { task: ended } of [task, timed]) {
      const { params, onEnd, avoid, wheelTick, wheelPrevious, wheelNext, queueSlot } = ended;
      expect({ params, onEnd, avoid, wheelTick, queueSlot }).to.deep.equal({
        params: undefined,
        onEnd: undefined,
        avoid: undefined,
        wheelTick: NOT_IN_WHEEL,
        queueSlot: NOT_QUEUED,
      });
      for (const link of [wheelPrevious, wheelNext]) expect(link).to.be.undefined;
    }
  });

  it('may come before the submit has returned, and leave nothing behind then either', () => {
    const quick = desk.join('quick');
    quick.dispatch = ({ id, attempt }) => {
      const end = { outcome: 'done', value: 'at once', runMs: 0, tooLarge: false } as const;
      desk.dispatcher.result(quick.member, { id, attempt, ...end });
    };
    const answered = desk.submit({ totalMs: 60_000 });
    expect(answered.answers).to.deep.equal([{ state: 'done', value: 'at once' }]);
    expect(answered.task.wheelTick).to.equal(NOT_IN_WHEEL);
  });

  it('are counted and dropped when they come twice', () => {
    slave.finish(task, { value: 'first' });
    slave.finish(task, { value: 'second' });
    expect(task.answers).to.deep.equal([{ state: 'done', value: 'first' }]);
    expect([desk.counters.done, desk.counters.lateResults]).to.deep.equal([1, 1]);
  });

  it('are counted as foreign when the task is another master’s', () => {
    for (const id of ['m2-1', 'm1', 'm11-1', '']) {
      slave.finish(task, { id });
    }
    expect([desk.counters.foreignResults, desk.counters.lateResults]).to.deep.equal([4, 0]);
    expect(task.answers).to.be.empty;
  });

  it('are counted as late when this master knows no such task or attempt', () => {
    slave.finish(task, { id: 'm1-999' });
    slave.finish(task, { attempt: 2 });
    slave.finish(task, { attempt: 0 });
    expect([desk.counters.foreignResults, desk.counters.lateResults]).to.deep.equal([0, 3]);
    expect(task.answers).to.be.empty;
  });

  it('are dropped when another slave than the one that has the task sends them', () => {
    const other = desk.join('b');
    other.finish(task, { attempt: 1, value: 'forged' });
    expect(task.answers).to.be.empty;
    expect(desk.counters.lateResults).to.equal(1);
    expect(slave.member.leases).to.equal(1);
  });

  it('of a task that threw fail it with its message', () => {
    slave.finish(task, { outcome: 'failed', value: 'no such thing' });
    expect(task.answers).to.deep.equal([
      { state: 'failed', failure: { code: 'TASK_FAILED', message: 'fib: no such thing' } },
    ]);
    expect(desk.counters.failed).to.equal(1);
  });

  it('of a failure without words still say something', () => {
    slave.finish(task, { outcome: 'failed', value: null });
    expect(task.answers[0]?.failure?.message).to.equal('fib: the task failed');
  });

  it('too large for a frame fail the task with RESULT_TOO_LARGE', () => {
    slave.finish(task, { outcome: 'failed', value: 'larger than 1 MiB', tooLarge: true });
    expect(task.answers[0]?.failure).to.deep.equal({ code: 'RESULT_TOO_LARGE', message: 'larger than 1 MiB' });
  });

  it('that a slave gave up on its own fail the task as cancelled there', () => {
    slave.finish(task, { outcome: 'cancelled', value: null });
    expect(task.answers[0]?.failure?.code).to.equal('CANCELLED');
    expect(slave.member.leases).to.equal(0);
  });

  it('imply their acks: no start need have been heard of', () => {
    slave.finish(task);
    expect(task.task.state).to.equal('done');
  });

  it('settle the lease as they ended', () => {
    const outcomes = (['done', 'failed', 'cancelled'] as const).map((outcome, i) => {
      const [attempt] = desk.dispatcher.attempts.ofMember(slave.member);
      slave.finish(desk.submitted[i]!, { outcome });
      desk.submit();
      return attempt?.lease.outcome;
    });
    expect(outcomes).to.deep.equal(['ok', 'failed', 'cancelled']);
  });
});

describe('acks and progress of slaves', () => {
  it('are taken from the slave that has the attempt, and from no other', () => {
    const desk = new DispatchDesk();
    const [slave, other] = [desk.join('a'), desk.join('b')];
    const task = desk.submit();
    const [attempt] = desk.dispatcher.attempts.ofMember(slave.member);
    other.start(task);
    other.refuse(task);
    desk.dispatcher.acknowledge(slave.member, task.task.id, 2, 'started');
    expect([attempt?.started, slave.member.leases]).to.deep.equal([false, 1]);
    slave.start(task);
    expect(attempt?.started).to.be.true;
    desk.dispatcher.acknowledge(slave.member, task.task.id, 1, 'accepted');
    expect(attempt?.started).to.be.true;
  });

  it('show how far a task is, at most all of it', () => {
    const desk = new DispatchDesk();
    const slave = desk.join('a');
    const { task } = desk.submit();
    const [attempt] = desk.dispatcher.attempts.ofMember(slave.member);
    desk.dispatcher.progress(slave.member, task.id, 1, 0.25, 'a quarter');
    expect([attempt?.progressRatio, attempt?.progressText]).to.deep.equal([0.25, 'a quarter']);
    desk.dispatcher.progress(slave.member, task.id, 1, 7, 'beyond');
    expect(attempt?.progressRatio).to.equal(1);
    desk.dispatcher.progress(slave.member, task.id, 2, 0.5, 'another attempt');
    desk.dispatcher.progress(desk.join('b').member, task.id, 1, 0.5, 'another slave');
    expect(attempt?.progressText).to.equal('beyond');
  });
});
