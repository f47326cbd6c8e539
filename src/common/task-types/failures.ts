// What is said of a task that cannot be run, or gave no result, in the same words whichever way it came.
import type { Failure } from '../errors.ts';
import { printable } from '../text/printable.ts';

const NAME_CHARS_MAX = 60;

/** Nobody knows a task type of this name. `known`: those there are. */
export function unknownTaskType(name: string, known: Iterable<string>): Failure {
  const message = `unknown task type ${printable(name, NAME_CHARS_MAX) || '(none)'}: expected one of ${[...known].join(', ')}`;
  return { code: 'UNKNOWN_TASK_TYPE', message };
}

/** The task threw: `value` is the message, `stack` where. */
export function taskFailed(type: string, value: unknown, stack?: string): Failure {
  const message = `${type}: ${typeof value === 'string' ? value : 'the task failed'}`;
  const details = stack === undefined || stack === '' ? {} : { details: { stack } };
  return { code: 'TASK_FAILED', message, ...details };
}

/** A value that is nested too deeply to be written down. */
export const RESULT_NOT_SHOWN: Failure = { code: 'TASK_FAILED', message: 'the result cannot be shown as text' };
