// Tasks for tests that need only some of their fields.
import { Task, type TaskOrder } from '../../src/master/tasks/task.ts';

let made = 0;

/** A task of weight 1 in group `compute`, queued at 0, with no deadline, unless `order` says otherwise. */
export function newTask(order: Partial<TaskOrder> = {}): Task {
  const id = `t${++made}`;
  const type = 'fib';
  const limits = { queuedAtMs: 0, deadlineMs: Infinity };
  return new Task({ id, type, group: 'compute', params: {}, weight: 1, ...limits, onEnd: () => undefined, ...order });
}
