// Tasks at the head of a queue that no member of the group could ever take, because there is none or all are too small, wait a
// little for a first or a bigger one and then fail with the reason.
import type { Failure } from '../../common/errors.ts';
import type { Pool } from '../pool/pool.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';

/** How long a task waits for a member that could take it. */
export const STRANDED_MS_MAX = 2000;

export class StrandedHeads {
  readonly #pool: Pool;
  readonly #fail: (task: Task, failure: Failure) => void;
  /** Since when each group has had nobody for its head. */
  readonly #since = new Map<string, number>();

  constructor(pool: Pool, fail: (task: Task, failure: Failure) => void) {
    this.#pool = pool;
    this.#fail = fail;
  }

  check(name: string, queue: TaskQueue, nowMs: number): void {
    const maxLoad = this.#pool.group(name).greatestMaxLoad();
    if (queue.head === undefined || queue.head.weight <= maxLoad) {
      this.#since.delete(name);
      return;
    }
    const since = this.#since.get(name) ?? nowMs;
    this.#since.set(name, since);
    for (let task = queue.head as Task | undefined; task !== undefined; task = queue.head) {
      const waitedMs = nowMs - Math.max(since, task.queuedAtMs);
      if (task.weight <= maxLoad || waitedMs < STRANDED_MS_MAX) return;
      queue.remove(task);
      this.#fail(task, reasonFor(task, maxLoad));
    }
  }
}

export function reasonFor({ type, weight }: Pick<Task, 'type' | 'weight'>, maxLoad: number): Failure {
  if (maxLoad === 0) {
    return {
      code: 'NO_SLAVE',
      message: 'no slave is connected; start one with ./slave on any machine of this network',
    };
  }
  const message =
    `this ${type} task weighs ${weight.toString()}, more than the greatest max load of any slave, ${maxLoad.toString()}; ` +
    'make the task smaller or start a slave with a higher --max-load';
  return { code: 'TOO_HEAVY', message };
}
