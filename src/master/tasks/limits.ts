// What falls due for a task, and when. One entry in the deadline wheel per task stands for the nearest of its limits.
import type { Task } from './task.ts';

export type Due =
  /** The total limit: it expires. */
  | 'total'
  /** Its attempt has run too long: it expires. */
  | 'run'
  /** No attempt of it started in time: it expires. */
  | 'wait'
  /** No member could ever take it, and it has waited for one long enough: it fails. */
  | 'stranded'
  /** It has rested after a loss: it may be sent again. */
  | 'rested';

/** When this task must be looked at next, on the clock of its other times; Infinity for never. */
export function dueMsOf(task: Task): number {
  if (task.state === 'running') return Math.min(deadlineMs(task), runDeadlineMs(task), waitDeadlineMs(task));
  let dueMs = Math.min(deadlineMs(task), task.strandedAtMs);
  dueMs = Math.min(dueMs, waitDeadlineMs(task));
  return task.restUntilMs > 0 ? Math.min(dueMs, task.restUntilMs) : dueMs;
}

/** What is due now; undefined when nothing is. */
export function whatIsDue(task: Task, nowMs: number): Due | undefined {
  if (deadlineMs(task) <= nowMs) return 'total';
  if (task.state !== 'queued' && task.state !== 'running') return undefined;
  if (waitDeadlineMs(task) <= nowMs) return 'wait';
  if (task.state === 'running') return runDeadlineMs(task) <= nowMs ? 'run' : undefined;
  if (task.strandedAtMs <= nowMs) return 'stranded';
  return task.restUntilMs > 0 && task.restUntilMs <= nowMs ? 'rested' : undefined;
}

/** When it expires, whatever its state. */
export function deadlineMs({ queuedAtMs, limits }: Task): number {
  return queuedAtMs + limits.totalMs;
}

/** Binds until an attempt has started for the first time. */
function waitDeadlineMs({ queuedAtMs, limits, hasStarted }: Task): number {
  return hasStarted ? Infinity : queuedAtMs + limits.waitMs;
}

/** The run clock starts with the slave's word that it began. */
function runDeadlineMs({ startedAtMs, limits }: Task): number {
  return startedAtMs === 0 ? Infinity : startedAtMs + limits.runMs;
}
