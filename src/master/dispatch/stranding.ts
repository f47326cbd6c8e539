// Tasks that no member of their group could ever take, because there is none or all are too small. Whoever waits for the answer
// is told so after a little patience; what was submitted waits until its limits.
import type { Failure } from '../../common/errors.ts';
import type { Pool } from '../pool/pool.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';
import type { Task } from '../tasks/task.ts';

export class Stranding {
  readonly #pool: Pool;
  /** Greatest max load of each group when its queue was last looked through. */
  readonly #seen = new Map<string, number>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** To be called when a task begins to wait. */
  mark(task: Task, nowMs: number): void {
    if (!this.isStranded(task)) task.strandedAtMs = Infinity;
    else if (task.strandedAtMs === Infinity) task.strandedAtMs = nowMs + task.limits.patienceMs;
  }

  /** To be called now and then: marks all that wait when the greatest max load has changed. Returns those whose mark changed. */
  check(queue: TaskQueue, nowMs: number): readonly Task[] {
    const maxLoad = this.#pool.group(queue.group).greatestStayingMaxLoad();
    if (this.#seen.get(queue.group) === maxLoad) return [];
    this.#seen.set(queue.group, maxLoad);
    const changed: Task[] = [];
    for (const task of queue.tasks()) {
      const before = task.strandedAtMs;
      this.mark(task, nowMs);
      if (task.strandedAtMs !== before) changed.push(task);
    }
    return changed;
  }

  isStranded({ group, weight }: Task): boolean {
    return weight > this.#pool.group(group).greatestStayingMaxLoad();
  }

  /** Why a task that waits can run nowhere now; undefined when it runs, or waits for its turn. */
  reasonNow(task: Task): Failure | undefined {
    return task.state === 'queued' && this.isStranded(task) ? this.reason(task) : undefined;
  }

  reason(task: Task): Failure {
    const group = this.#pool.group(task.group);
    const maxLoad = group.greatestStayingMaxLoad();
    return maxLoad === 0 && group.greatestMaxLoad() > 0 ? ALL_DRAINING : reasonFor(task, maxLoad);
  }
}

const ALL_DRAINING: Failure = {
  code: 'NO_SLAVE',
  message: 'all slaves are draining; resume one with POST /slaves/{id}/resume, or start another',
};

export function reasonFor({ type, weight }: Pick<Task, 'type' | 'weight'>, maxLoad: number): Failure {
  if (maxLoad === 0) {
    return {
      code: 'NO_SLAVE',
      message: 'no slave is connected; start one with ./slave on any machine of this network',
    };
  }
  const message =
    `this ${type} task weighs ${weight.toString()}, more than the greatest max load of any slave that takes work, ${maxLoad.toString()}; ` +
    'make the task smaller or start a slave with a higher --max-load';
  return { code: 'TOO_HEAVY', message };
}
