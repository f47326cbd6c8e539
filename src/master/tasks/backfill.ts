// Which task goes out next, and to whom. The head of the queue goes first. While it fits nowhere, one member is set aside for it,
// the one expected to fit it first, and others may pass it onto the other members only: they cannot delay it, and no other member
// idles while there is work for it. After EASY backfill (Lifka, "The ANL/IBM SP Scheduling System", 1995) without run-time
// estimates: instead of a time reserved in the future, a member reserved now. With an algorithm that waits for one member nobody
// passes.
import type { Group } from '../pool/group.ts';
import type { Lease } from '../pool/lease.ts';
import type { Pool } from '../pool/pool.ts';
import type { TaskQueue } from './task-queue.ts';
import type { Task } from './task.ts';

export interface Match {
  readonly task: Task;
  readonly lease: Lease;
}

/** The next task and the lease that was taken for it; undefined when nothing that may be sent fits where it may go. */
export function nextMatch(queue: TaskQueue, pool: Pool): Match | undefined {
  const group = pool.group(queue.group);
  group.returnAside();
  if (group.algorithm.waits) return inOrder(queue, pool, group);
  const head = queue.first();
  if (head === undefined) return undefined;
  const lease = pool.pick(queue.group, head.weight, head.avoid);
  if (lease !== undefined) return { task: head, lease };
  if (!group.hasRoom) return undefined;
  group.setAside(head.weight);
  return passing(queue, pool);
}

/** The first task that any member could take, once the member that it waits for can: none passes it. */
function inOrder(queue: TaskQueue, pool: Pool, group: Group): Match | undefined {
  const task = queue.first(group.greatestRoom);
  if (task === undefined) return undefined;
  const lease = pool.pick(group.name, task.weight);
  if (lease !== undefined) return { task, lease };
  group.keepWaitedFor(task.weight);
  return undefined;
}

/** The first task that fits any member which is not set aside. */
function passing(queue: TaskQueue, pool: Pool): Match | undefined {
  const task = queue.first(pool.group(queue.group).greatestRoom);
  if (task === undefined) return undefined;
  const lease = pool.pick(queue.group, task.weight, task.avoid);
  return lease && { task, lease };
}
