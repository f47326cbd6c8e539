// How a task looks in JSON: at its end, in a list, on its own, and as a line of a stream.
import type { Failure } from '../../../common/errors.ts';
import { RESULT_NOT_SHOWN } from '../../../common/task-types/failures.ts';
import { resultAsJson } from '../../../common/task-types/results.ts';
import type { TaskReport, TaskSummary, TaskView } from '../door.ts';
import { problemOf } from './problem.ts';

export function hrefOf(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

/** What GET /task answers with `Accept: application/json`. Throws for a value that a slave nested too deeply to write down. */
export function reportJson({ id, type, params, state, value, slave, attempts, queuedMs, runMs }: TaskReport): string {
  const times = { queuedMs: rounded(queuedMs), runMs: rounded(runMs) };
  return JSON.stringify({ id, type, params, state, result: resultAsJson(value), slave, attempts, ...times });
}

/** An entry of GET /tasks. */
export function summaryOf(task: TaskSummary): Readonly<Record<string, unknown>> {
  const { id, type, state, priority, weight, slave = null, attempts, progress, message } = task;
  const { queuedAt, startedAt = null, endedAt = null, queuedMs, runMs } = task;
  return {
    ...{ id, type, state, priority, weight, slave, attempts, progress, message },
    ...{ queuedAt, startedAt, endedAt, queuedMs: rounded(queuedMs), runMs: rounded(runMs), href: hrefOf(id) },
  };
}

/** What GET /tasks/{id} answers. */
export function taskJson(task: TaskView): string {
  const { id, type, ...rest } = summaryOf(task);
  return withResult(task, (outcome) => ({ id, type, params: task.params, ...rest, ...outcome }));
}

/** One line of a batch: where the task stood in the request, and how it ended. */
export function lineOf(index: number, task: TaskView): string {
  const { id, type, state, slave = null, attempts, queuedMs, runMs } = task;
  const facts = { slave, attempts, queuedMs: rounded(queuedMs), runMs: rounded(runMs) };
  return `${withResult(task, (outcome) => ({ index, id, type, state, ...outcome, ...facts }))}\n`;
}

/** The line of a task that was not taken in, or whose result is no longer kept. */
export function errorLine(index: number, failure: Failure, id?: string): string {
  return `${JSON.stringify({ index, id, error: problemOf(failure) })}\n`;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown } | Record<string, never>;

function withResult({ state, value, failure }: TaskView, json: (outcome: Outcome) => unknown): string {
  if (failure !== undefined) return JSON.stringify(json({ error: problemOf(failure) }));
  if (state !== 'done') return JSON.stringify(json({}));
  try {
    return JSON.stringify(json({ result: resultAsJson(value) }));
  } catch {
    // Nested too deeply to write down.
    return JSON.stringify(json({ error: problemOf(RESULT_NOT_SHOWN) }));
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
