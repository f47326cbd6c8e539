// What others want to know of tasks as it happens. Nothing is built for them while nobody listens.
import type { TaskEvent } from '../tasks/task-state.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';
import type { Attempt } from './attempts.ts';

/** `refused`: there was no room in the queue after all. */
export type ToldEvent = TaskEvent | 'queued' | 'started' | 'refused';

export interface TaskObserver {
  /** Whether anybody wants `onTask` and `onProgress`. */
  readonly listening: boolean;
  /** The task's state is the one after the event. */
  onTask(task: Task, event: ToldEvent): void;
  onProgress(attempt: Attempt): void;
  /** Always called, after the task's own `onEnd`. */
  onEnded(task: Task, answer: TaskAnswer): void;
}

export const NOBODY: TaskObserver = {
  listening: false,
  onTask: () => undefined,
  onProgress: () => undefined,
  onEnded: () => undefined,
};
