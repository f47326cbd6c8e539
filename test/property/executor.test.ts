// Thousands of tasks of every fate on a few threads: each has exactly one end, and afterwards the executor is as it was before the
// first. The random choices come from a seed.
import { expect } from 'chai';
import type { Clock, Timer } from '../../src/common/time/clock.ts';
import { systemClock } from '../../src/common/time/clock.ts';
import type { SlaveTask } from '../../src/slave/executor/slave-task.ts';
import { ExecutorProbe } from '../support/executor-probe.ts';
import { integer, seeded } from '../support/seed.ts';
import { eventually } from '../support/wait.ts';
import { readyThreads, threads } from '../support/worker-threads.ts';

const TASKS = 4000;
const CONCURRENCY = 3;
const IN_HAND_MAX = 60;
const ENDLESS = 'for (;;);';
const KILL_INTERVAL_MS = 300;

/** The system's clock, which knows how many of its timers are armed. */
class CountingClock implements Clock {
  armed = 0;
  nowMs(): number {
    return systemClock.nowMs();
  }
  after(delayMs: number, fire: () => void): Timer {
    return systemClock.after(delayMs, fire);
  }
  every(periodMs: number, fire: () => void): Timer {
    const timer = systemClock.every(periodMs, fire);
    this.armed++;
    let isArmed = true;
    return {
      cancel: () => {
        if (isArmed) this.armed--;
        isArmed = false;
        timer.cancel();
      },
    };
  }
}

describe('an executor', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  it('holds nothing after thousands of tasks that were done, failed, cancelled, expired, given back or lost their thread', async function () {
    this.timeout(180_000);
    const clock = new CountingClock();
    probe = new ExecutorProbe({ concurrency: CONCURRENCY, clock, taskMemoryBytes: 256 * 1024 ** 2 });
    const given = new Set<SlaveTask>();
    let peak = 0;
    let killedAt = 0;
    const killThread = (which: number): void => {
      if (performance.now() - killedAt < KILL_INTERVAL_MS) return;
      killedAt = performance.now();
      // Threads that die before they are ready are another matter: three of them in a row, and the executor gives up.
      void [...readyThreads][which]?.terminate();
    };
    await seeded(async (random) => {
      const tasks: SlaveTask[] = [];
      const open = (): SlaveTask[] =>
        tasks.slice(-2 * IN_HAND_MAX).filter((task) => !probe.ended.has(task) && !given.has(task));
      const limits = (): object => ({ deadlineMs: clock.nowMs() + integer(random, 100, 60_000) });
      const fates: (() => void)[] = [
        ...new Array<() => void>(70).fill(() => tasks.push(probe.script('return 1', random() < 0.5 ? limits() : {}))),
        ...new Array<() => void>(10).fill(() => tasks.push(probe.script('throw new Error("no")', limits()))),
        () => tasks.push(probe.script('process.exit(4)', limits())),
        () => tasks.push(probe.script(ENDLESS, { runLimitMs: integer(random, 1, 30) })),
        () => tasks.push(probe.script(ENDLESS, { deadlineMs: clock.nowMs() + integer(random, 1, 100) })),
        () => tasks.push(probe.script('return new Promise((resolve) => setTimeout(resolve, 12, 1))')),
        () => tasks.push(probe.script('setTimeout(() => { throw new Error("late") }, 5); return 1')),
        () => tasks.push(probe.script('queueMicrotask(() => { throw new Error("late") }); return 1')),
        () => tasks.push(probe.script('void Promise.reject(new Error("late")); return 1')),
        () => tasks.push(probe.script('setTimeout(() => process.exit(5), 5); return 1')),
        () => tasks.push(probe.script('const end = Date.now() + 12; while (Date.now() < end); return 1')),
        ...new Array<() => void>(8).fill(() =>
          open()
            .slice(-3)
            .forEach((task) => probe.executor.cancel(task)),
        ),
        ...new Array<() => void>(8).fill(() => {
          for (const task of open().slice(-3)) if (probe.executor.withdraw(task)) given.add(task);
        }),
        () => killThread(integer(random, 0, CONCURRENCY - 1)),
      ];
      while (tasks.length < TASKS) {
        for (let i = integer(random, 1, 20); i > 0; i--) fates[integer(random, 0, fates.length - 1)]!();
        peak = Math.max(peak, threads.size);
        await new Promise((resolve) => setImmediate(resolve));
        if (open().length > IN_HAND_MAX) await eventually('room for more', () => open().length < IN_HAND_MAX, 20_000);
      }
      await eventually(
        'all have ended',
        () => tasks.every((task) => probe.ended.has(task) !== given.has(task)),
        60_000,
      );
      for (const [task, { times, value }] of probe.ended) {
        expect([task.key, times]).to.deep.equal([task.key, 1]);
        // What tasks leave behind is nobody's fault but theirs, and they have ended.
        expect(String(value)).not.to.match(/late|exit\(5\)/);
      }
      const outcomes = new Map<string, number>();
      for (const { outcome } of probe.ended.values()) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      for (const outcome of ['done', 'failed', 'cancelled', 'expired'])
        expect(outcomes.get(outcome), outcome).to.be.above(9);
      expect(given.size, 'given back').to.be.above(9);
      const { executor } = probe;
      await eventually(
        'no timer is armed, nothing is left in a thread',
        () => clock.armed === 0 && executor.inside === 0,
        20_000,
      );
      expect([executor.waiting, executor.limited, probe.fatal]).to.deep.equal([0, 0, undefined]);
      expect([executor.threads <= CONCURRENCY, peak <= CONCURRENCY]).to.deep.equal([true, true]);
      // Every cell is free again: a full board of quick tasks fits, several times.
      const last = Array.from({ length: 3000 }, () => probe.script('return 2'));
      for (const task of last) expect((await probe.end(task, 20_000)).value).to.equal(2);
    });
    await probe.close();
    expect([clock.armed, probe.threads]).to.deep.equal([0, 0]);
  });
});
