// The life cycle of a task: one union of states, and the one function that says which can follow which. An attempt is at most
// one of the task's runs; the task is `running` while exactly one attempt is live.

import type { TaskState } from '../../common/task-types/task-states.ts';

export type TaskEvent =
  /** An attempt was sent to a member. */
  | 'dispatched'
  /** A member came back that still holds the last attempt: it is live again. */
  | 'adopted'
  /** The attempt came to nothing (lost, refused, recalled, or it threw and may be tried again): back into the queue. */
  | 'returned'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'expired';

/** The state after `event`, or undefined when the event means nothing in this state (a late answer, a second cancel). */
export function nextTaskState(state: TaskState, event: TaskEvent): TaskState | undefined {
  if (state !== 'queued' && state !== 'running') return undefined;
  switch (event) {
    case 'dispatched':
    case 'adopted':
      return state === 'queued' ? 'running' : undefined;
    case 'returned':
      return state === 'running' ? 'queued' : undefined;
    case 'succeeded':
      return state === 'running' ? 'done' : undefined;
    case 'failed':
    case 'cancelled':
    case 'expired':
      return event;
  }
}
