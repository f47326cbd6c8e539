// Tasks for tests that need only some of their fields.
import type { TaskLimits } from '../../src/master/tasks/task-limits.ts';
import { Task, type TaskOrder } from '../../src/master/tasks/task.ts';

/** Limits stand flat beside the rest; those that are left out are none, and patience is that of a client who waits. */
export type PartialOrder = Partial<Omit<TaskOrder, 'limits'> & TaskLimits>;

let made = 0;

/** A task of weight 1 in group `compute`, of normal priority, queued at 0, unless `order` says otherwise. */
export function newTask(order: PartialOrder = {}): Task {
  const { totalMs, waitMs, runMs, patienceMs = 2000, retries = 0, ...given } = order;
  const limits = {
    totalMs: totalMs ?? Infinity,
    waitMs: waitMs ?? Infinity,
    runMs: runMs ?? Infinity,
    patienceMs,
    retries,
  };
  const id = `t${++made}`;
  const rest = { priority: 'normal' as const, queuedAtMs: 0, onEnd: () => undefined };
  return new Task({ id, type: 'fib', group: 'compute', params: {}, weight: 1, ...rest, limits, ...given });
}
