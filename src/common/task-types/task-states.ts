// The states of a task, as everybody outside the master sees them too. Which can follow which: src/master/tasks/task-state.ts.

export type TaskState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';

/** States that a task never leaves. */
export type EndState = Exclude<TaskState, 'queued' | 'running'>;

/** Whether a task in this state stays in it. Any text, since pages read states that the master of another version names. */
export function hasEnded(state: string): boolean {
  return state !== 'queued' && state !== 'running';
}
