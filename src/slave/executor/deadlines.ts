// When the time of a task in hand is over: its total deadline from its arrival, its run limit from its start. One coarse wheel for
// all of them, which ticks only while a limited task is in hand.
import type { Clock } from '../../common/time/clock.ts';
import { DeadlineWheel } from '../../common/time/deadline-wheel.ts';
import type { SlaveTask } from './slave-task.ts';
import { Ticker } from './ticker.ts';

/** A task may outlive its limit by this much. */
export const DEADLINE_TICK_MS = 50;

export class Deadlines {
  readonly #wheel: DeadlineWheel<SlaveTask>;
  readonly #ticker: Ticker;

  constructor(clock: Clock, onExpired: (task: SlaveTask) => void) {
    this.#wheel = new DeadlineWheel(DEADLINE_TICK_MS, clock.nowMs());
    this.#ticker = new Ticker(clock, DEADLINE_TICK_MS, () => {
      this.#wheel.advance(clock.nowMs(), onExpired);
      return this.#wheel.size > 0;
    });
  }

  /** Tasks whose time is limited. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Watches over a task: as one that waits, or, since `runsSinceMs`, as one that runs. Called again whenever that changes. */
  watch(task: SlaveTask): void {
    const { deadlineMs, runLimitMs, runsSinceMs } = task;
    const endMs = runsSinceMs === undefined ? deadlineMs : Math.min(deadlineMs, runsSinceMs + runLimitMs);
    this.#wheel.remove(task);
    if (endMs === Infinity) return;
    this.#wheel.add(task, endMs);
    this.#ticker.wake();
  }

  forget(task: SlaveTask): void {
    this.#wheel.remove(task);
  }

  close(): void {
    this.#ticker.stop();
  }
}
