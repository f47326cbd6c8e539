// Reading POST /tasks: one task or a list of them, and the header that makes it safe to send again.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import type { Submission, TaskRequest } from '../door.ts';
import { addressOf } from './guard.ts';
import { badParameter, refuse, shown } from './problem.ts';
import { readTaskObject } from './task-request.ts';

/** How many tasks one request may bring. */
export const TASKS_MAX = 10_000;
export const IDEMPOTENCY_KEY_CHARS_MAX = 256;

const EXPECTED = `a task such as {"type": "fib", "params": {"n": 80}}, or an array of 1 to ${TASKS_MAX.toString()} of them`;

export interface Submitted extends Submission {
  /** It was not in an array: answered alone. */
  readonly isSingle: boolean;
}

/** Reads the whole request; refuses it when there is no list to be read, or a single task that cannot be. */
export function readSubmission(request: IncomingMessage, body: unknown): Submitted {
  if (typeof body !== 'object' || body === null) {
    refuse(badParameter(`expected JSON (content-type: application/json): ${EXPECTED}; got ${shown(body)}`));
  }
  const idempotencyKey = keyOf(request.headers['idempotency-key']);
  const fingerprint = idempotencyKey === undefined ? '' : fingerprintOf(body);
  const isSingle = !Array.isArray(body);
  return {
    tasks: isSingle ? [single(body)] : list(body),
    submitter: addressOf(request),
    idempotencyKey,
    fingerprint,
    isSingle,
  };
}

function single(body: object): TaskRequest {
  const task = readTaskObject(body);
  return 'code' in task ? refuse(task) : task;
}

function list(body: readonly unknown[]): readonly (TaskRequest | Failure)[] {
  if (body.length === 0) refuse(badParameter(`the array is empty; expected ${EXPECTED}`));
  if (body.length > TASKS_MAX) {
    const message = `${body.length.toString()} tasks in one request; at most ${TASKS_MAX.toString()} are taken: send several requests`;
    refuse({ code: 'BODY_TOO_LARGE', message, details: { tasks: body.length, tasksMax: TASKS_MAX } });
  }
  return body.map(readTaskObject);
}

function keyOf(given: string | string[] | undefined): string | undefined {
  if (given === undefined) return undefined;
  const isKey = typeof given === 'string' && given.length <= IDEMPOTENCY_KEY_CHARS_MAX && /^[\x21-\x7e]+$/.test(given);
  if (isKey) return given;
  const allowed = `1 to ${IDEMPOTENCY_KEY_CHARS_MAX.toString()} visible ASCII characters without spaces, given once`;
  return refuse(badParameter(`Idempotency-Key must be ${allowed}; got ${shown(given)}`));
}

function fingerprintOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url');
}
