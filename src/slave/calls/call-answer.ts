// From a task's ending to what its caller is told: the result as `TaskResponse` carries it, or why there is none. Pure.
import type { Failure } from '../../common/errors.ts';
import { RESULT_NOT_SHOWN, taskFailed } from '../../common/task-types/failures.ts';
import { resultAsText } from '../../common/task-types/results.ts';
import type { Ending } from '../executor/slave-task.ts';

/** gRPC clients take messages of up to 4 MiB unless told otherwise; the other fields of an answer need far less than 4 KiB. */
export const RESULT_BYTES_MAX = 4 * 1024 * 1024 - 4096;

/** As in `proto/lanyard.proto`: `text` or `data`. */
export interface CallValue {
  readonly text?: string;
  readonly data?: Uint8Array;
}

export interface CallResult extends CallValue {
  /** Name of the slave. */
  readonly slave: string;
  readonly runMs: number;
}

/** `tookMs`: since the call was taken. */
export function answerOf(type: string, { outcome, value }: Ending, tookMs: number): CallValue | Failure {
  switch (outcome) {
    case 'done':
      return valueOf(value);
    case 'failed':
      return taskFailed(type, value);
    case 'cancelled':
      return { code: 'CANCELLED', message: `the call was cancelled, and its ${type} task with it` };
    case 'expired': {
      const message = `the deadline passed after ${Math.round(tookMs).toString()} ms; give the call more time`;
      return { code: 'DEADLINE_PASSED', message };
    }
  }
}

function valueOf(value: unknown): CallValue | Failure {
  if (value instanceof Uint8Array) return tooLarge(value.length) ?? { data: value };
  const text = textOf(value);
  if (text === undefined) return RESULT_NOT_SHOWN;
  return tooLarge(Buffer.byteLength(text)) ?? { text };
}

/** Undefined for a value that is nested too deeply to be written down. */
function textOf(value: unknown): string | undefined {
  try {
    return resultAsText(value);
  } catch {
    return undefined;
  }
}

function tooLarge(bytes: number): Failure | undefined {
  if (bytes <= RESULT_BYTES_MAX) return undefined;
  const message = `the result takes ${bytes.toString()} bytes; one message carries ${RESULT_BYTES_MAX.toString()} at most`;
  return { code: 'RESULT_TOO_LARGE', message };
}
