// One coarse timer wheel for every limit of every task: each task stands in it once, for whatever falls due next.
import type { Clock } from '../../common/time/clock.ts';
import { DeadlineWheel } from '../../common/time/deadline-wheel.ts';
import { dueMsOf, whatIsDue, type Due } from '../tasks/limits.ts';
import type { Task } from '../tasks/task.ts';

/** How late a limit may be noticed. */
export const TICK_MS = 25;

export class Deadlines {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel<Task>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new DeadlineWheel(TICK_MS, clock.nowMs());
  }

  /** Tasks with a limit that can still fall due. */
  get size(): number {
    return this.#wheel.size;
  }

  /** To be called when a task came, or anything that its limits depend on has changed. */
  arm(task: Task): void {
    const dueMs = dueMsOf(task);
    if (dueMs === Infinity) this.#wheel.remove(task);
    else this.#wheel.move(task, dueMs);
  }

  /** To be called when a task has ended. */
  disarm(task: Task): void {
    this.#wheel.remove(task);
  }

  /** Calls `onDue` for every task of which something is due. */
  tick(onDue: (task: Task, due: Due) => void): void {
    const nowMs = this.#clock.nowMs();
    this.#wheel.advance(nowMs, (task) => {
      const due = whatIsDue(task, nowMs);
      if (due !== undefined) onDue(task, due);
    });
  }
}
