// Clients that wait for a task to end (GET /tasks/{id}?wait=30s): until it has, the time is over, they hang up or the door closes.
import type { IncomingMessage } from 'node:http';
import { hasEnded } from '../../../common/task-types/task-states.ts';
import type { Clock } from '../../../common/time/clock.ts';
import type { TaskDesk, TaskView } from '../door.ts';
import { holdWhileOpen } from './hang-up.ts';
import { refuse } from './problem.ts';

/** How many may wait at once, over all connections. */
const WAITS_MAX = 10_000;

export class TaskWaits {
  readonly #desk: TaskDesk;
  readonly #clock: Clock;
  /** What ends each wait early. */
  readonly #endings = new Set<() => void>();

  constructor(desk: TaskDesk, clock: Clock) {
    this.#desk = desk;
    this.#clock = clock;
  }

  /** The task when it has ended; after `waitMs` as it is then. Undefined when there is no such task. */
  async task(id: string, waitMs: number, connection: IncomingMessage['socket']): Promise<TaskView | undefined> {
    const task = this.#desk.task(id);
    if (waitMs === 0 || task === undefined || hasEnded(task.state)) return task;
    if (this.#endings.size >= WAITS_MAX) {
      const message = `${WAITS_MAX.toString()} requests wait for tasks already; ask without wait, or again later`;
      refuse({ code: 'TOO_MANY_LISTENERS', message });
    }
    return (await this.#ended(id, waitMs, connection)) ?? this.#desk.task(id);
  }

  /** Ends all waits. */
  close(): void {
    for (const end of [...this.#endings]) end();
  }

  #ended(id: string, waitMs: number, connection: IncomingMessage['socket']): Promise<TaskView | undefined> {
    return new Promise((resolve) => {
      const cleanUps: (() => void)[] = [];
      const settle = (view?: TaskView): void => {
        this.#endings.delete(settle);
        for (const cleanUp of cleanUps.splice(0)) cleanUp();
        resolve(view);
      };
      this.#endings.add(settle);
      const stop = this.#desk.whenEnded(id, settle);
      if (stop === undefined) {
        settle();
        return;
      }
      if (!this.#endings.has(settle)) return; // it had ended
      const timer = this.#clock.after(waitMs, settle);
      cleanUps.push(stop, () => timer.cancel());
      cleanUps.push(holdWhileOpen(connection, { cancel: () => settle() }));
    });
  }
}
