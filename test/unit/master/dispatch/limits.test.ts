// Waiting, running and total limits as they bind: each at its own time and not before, with its own code and sentence.
import { expect } from 'chai';
import { TICK_MS } from '../../../../src/master/dispatch/deadlines.ts';
import { DispatchDesk, type DeskTask } from '../../../support/dispatch-desk.ts';

/** The latest at which a limit may be noticed. */
const LATE_MS = 2 * TICK_MS;

describe('limits', () => {
  let desk: DispatchDesk;

  beforeEach(() => {
    desk = new DispatchDesk();
    desk.clock.advance(1000);
  });
  afterEach(() => desk.check());

  function codeOf({ answers }: DeskTask): string | undefined {
    return answers[0]?.failure?.code;
  }

  /** Nothing until just before `inMs` from now, then the end. */
  function expectEnd(task: DeskTask, inMs: number, code: string, message: RegExp): void {
    desk.clock.advance(inMs - 1);
    expect(task.answers, 'before its time').to.be.empty;
    desk.clock.advance(1 + LATE_MS);
    expect(task.answers.map(({ state }) => state)).to.deep.equal(['expired']);
    expect(codeOf(task)).to.equal(code);
    expect(task.answers[0]?.failure?.message).to.match(message);
  }

  describe('on waiting', () => {
    it('ends a task that no slave had room for', () => {
      desk.join('a', { slots: 0 });
      const task = desk.submit({ waitMs: 500 });
      expectEnd(task, 500, 'DEADLINE_PASSED', /no slave began it within 5\d\d ms/);
      expect(desk.queue.length).to.equal(0);
    });

    it('ends one that was sent ahead and does not start, and tells the slave', () => {
      const slave = desk.join('a');
      const task = desk.submit({ waitMs: 500 });
      expectEnd(task, 500, 'DEADLINE_PASSED', /no slave began it within 5\d\d ms/);
      expect(slave.cancelled).to.deep.equal([[task.task.id, 1]]);
    });

    it('does not bind once it has started, also when it waits again', () => {
      const [first, second] = [desk.join('a'), desk.join('b')];
      const [running, lost] = [desk.submit({ waitMs: 500 }), desk.submit({ waitMs: 500 })];
      first.start(running);
      second.start(lost);
      second.vanish('died');
      desk.clock.advance(5000);
      expect([running, lost].map(({ task, answers }) => [task.state, answers])).to.deep.equal([
        ['running', []],
        ['queued', []],
      ]);
    });

    it('does not keep a task from its slave before that', () => {
      const task = desk.submit({ waitMs: 500 });
      desk.clock.advance(499);
      const slave = desk.join('a');
      expect(slave.ids).to.deep.equal([task.task.id]);
    });
  });

  describe('on running', () => {
    it('counts from the slave’s word that it started, not from the dispatch', () => {
      const slave = desk.join('a');
      const task = desk.submit({ runMs: 300 });
      desk.clock.advance(10_000);
      expect(task.answers, 'not started').to.be.empty;
      slave.start(task);
      expectEnd(task, 300, 'RUN_LIMIT_PASSED', /^fib ran longer than its limit of 300 ms/);
      expect(slave.cancelled).to.deep.equal([[task.task.id, 1]]);
    });

    it('does not count twice when the slave says again that it started', () => {
      const slave = desk.join('a');
      const task = desk.submit({ runMs: 300 });
      slave.start(task);
      desk.clock.advance(200);
      slave.start(task);
      expectEnd(task, 100, 'RUN_LIMIT_PASSED', /300 ms/);
    });

    it('keeps the place until the slave confirms the end', () => {
      const slave = desk.join('a');
      const [task, next] = [desk.submit({ runMs: 300 }), desk.submit()];
      slave.start(task);
      desk.clock.advance(1000);
      expect([codeOf(task), slave.ids.length]).to.deep.equal(['RUN_LIMIT_PASSED', 1]);
      slave.finish(task, { outcome: 'cancelled', value: null });
      expect(slave.ids.at(-1)).to.equal(next.task.id);
    });

    it('counts anew for a second attempt', () => {
      const first = desk.join('a');
      const task = desk.submit({ runMs: 300, patienceMs: Infinity });
      first.start(task);
      desk.clock.advance(250);
      first.vanish('silent');
      desk.rest();
      const second = desk.join('b');
      desk.clock.advance(1000);
      expect(task.answers, 'the second has not started').to.be.empty;
      second.start(task);
      expectEnd(task, 300, 'RUN_LIMIT_PASSED', /300 ms/);
      expect(second.cancelled).to.deep.equal([[task.task.id, 2]]);
    });

    it('goes on counting over a broken connection', () => {
      const slave = desk.join('a');
      const task = desk.submit({ runMs: 300 });
      slave.start(task);
      desk.clock.advance(200);
      desk.pool.transition(slave.member, 'socket-closed');
      desk.dispatcher.reconcile(slave.member, [[task.task.id, 1, true]]);
      desk.pool.transition(slave.member, 'answered');
      expectEnd(task, 100, 'RUN_LIMIT_PASSED', /300 ms/);
    });

    it('begins to count when a slave that is back says that it has started meanwhile', () => {
      const slave = desk.join('a');
      const task = desk.submit({ runMs: 300 });
      desk.clock.advance(1000);
      desk.dispatcher.reconcile(slave.member, [[task.task.id, 1, true]]);
      expectEnd(task, 300, 'RUN_LIMIT_PASSED', /300 ms/);
    });

    it('does not count when a slave that is back has not started it', () => {
      const slave = desk.join('a');
      const task = desk.submit({ runMs: 300 });
      desk.dispatcher.reconcile(slave.member, [[task.task.id, 1, false]]);
      desk.clock.advance(5000);
      expect(task.answers).to.be.empty;
    });

    it('travels to the slave with the time left', () => {
      const slave = desk.join('a', { slots: 2 });
      desk.submit({ runMs: 300, totalMs: 700 });
      desk.submit();
      const sent = slave.got.map(({ remainingMs, runLimitMs }) => [remainingMs, runLimitMs]);
      expect(sent).to.deep.equal([
        [700, 300],
        [Infinity, Infinity],
      ]);
    });
  });

  describe('in total', () => {
    it('ends a task that waits, runs, or rests', () => {
      const slave = desk.join('a');
      const running = desk.submit({ totalMs: 500 });
      const waiting = desk.submit({ totalMs: 500 });
      slave.start(running);
      expectEnd(running, 500, 'DEADLINE_PASSED', /the deadline passed after 5\d\d ms/);
      expect([codeOf(waiting), slave.cancelled.length]).to.deep.equal(['DEADLINE_PASSED', 1]);
      slave.finish(running, { outcome: 'cancelled' });
      const resting = desk.submit({ totalMs: 10 });
      slave.vanish('died');
      expectEnd(resting, 10, 'DEADLINE_PASSED', /deadline/);
    });

    it('counts over all attempts, and bounds a run that may take longer', () => {
      const task = desk.submit({ totalMs: 5000, runMs: 60_000 });
      desk.join('a').vanish('silent');
      const second = desk.join('b');
      desk.rest();
      second.start(task);
      expectEnd(task, 6000 - desk.clock.nowMs(), 'DEADLINE_PASSED', /after 50[0-5]\d ms/);
    });
  });

  describe('that the slave noticed first', () => {
    /** Has a task expire at its slave before the master notices anything, having run for `runMs` by the slave's clock. */
    function expireAtSlave(order: Parameters<DispatchDesk['submit']>[0], runMs: number): DeskTask {
      const slave = desk.join('a');
      const task = desk.submit(order);
      slave.start(task);
      desk.clock.advance(Math.min(runMs, 299));
      expect(task.answers, 'before the slave says so').to.be.empty;
      slave.finish(task, { outcome: 'expired', value: null, runMs });
      expect(task.answers.map(({ state }) => state)).to.deep.equal(['expired']);
      return task;
    }

    it('ends the task with the code of the run limit when that was over', () => {
      expect(codeOf(expireAtSlave({ runMs: 300 }, 301))).to.equal('RUN_LIMIT_PASSED');
    });

    it('ends the task with the code of the deadline when that was over', () => {
      expect(codeOf(expireAtSlave({ totalMs: 300, runMs: 5000 }, 300))).to.equal('DEADLINE_PASSED');
    });

    it('ends the task with the code of the deadline when it has no run limit', () => {
      expect(codeOf(expireAtSlave({ totalMs: 1000 }, 1))).to.equal('DEADLINE_PASSED');
    });

    it('is taken for the deadline when the master knows of no limit', () => {
      expect(codeOf(expireAtSlave({}, 100))).to.equal('DEADLINE_PASSED');
    });

    it('is the run limit when that is nearer: the slave’s clock may run ahead a little', () => {
      expect(codeOf(expireAtSlave({ totalMs: 60_000, runMs: 300 }, 299.7))).to.equal('RUN_LIMIT_PASSED');
    });

    it('is the deadline when that is nearer', () => {
      expect(codeOf(expireAtSlave({ totalMs: 300, runMs: 400 }, 299.7))).to.equal('DEADLINE_PASSED');
    });

    it('frees the place', () => {
      const { task } = expireAtSlave({ runMs: 300 }, 301);
      expect([task.runMs, desk.dispatcher.attempts.size]).to.deep.equal([301, 0]);
    });
  });

  it('leave no entry in the wheel when all tasks have ended', () => {
    const slave = desk.join('a');
    const limits = { totalMs: 60_000, waitMs: 50_000, runMs: 40_000 };
    const tasks = desk.submitMany(5, limits);
    slave.start(tasks[0]!);
    expect(desk.dispatcher.lives.armed).to.equal(5);
    slave.finish(tasks[0]!);
    desk.dispatcher.abort({ code: 'DRAINING', message: 'over' });
    expect(desk.dispatcher.lives.armed).to.equal(0);
  });
});
