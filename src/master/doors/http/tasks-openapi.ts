// How the endpoints of tasks describe themselves in /openapi.json: all but what they do.
import { PRIORITIES } from '../../../common/task-types/priority.ts';
import type { TaskState } from '../../../common/task-types/task-states.ts';
import type { Endpoint, Parameters } from './endpoint.ts';
import { NESTING_MAX, TASK_BYTES_MAX, TASK_VALUES_MAX, VALUES_MAX } from './json-bounds.ts';
import { IDEMPOTENCY_KEY_CHARS_MAX, TASKS_MAX } from './submission.ts';
import { RETRIES_MAX } from './task-request.ts';

type Description = Omit<Endpoint, 'handle'>;

export const TASK_STATES: readonly TaskState[] = ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'];

/** Of one POST with up to `TASKS_MAX` tasks. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

const retries = {
  type: 'integer',
  description: 'How often the task is tried again when it throws',
  default: 0,
  minimum: 0,
  maximum: RETRIES_MAX,
} as const;

const priority = {
  type: 'string',
  description: 'Which tasks go first while tasks wait',
  enum: PRIORITIES,
  default: 'normal',
} as const;

export const RUN_TASK: Description = {
  summary: 'Run one task and answer with its result',
  description:
    'Every name that is not listed here is a parameter of the task (GET /task-types). The task is cancelled when the client hangs up.',
  isSafe: false,
  query: {
    type: { type: 'string', description: 'Name of the task type', required: true },
    timeout: { type: 'string', description: 'From admission to answer, such as 500ms, 30s, 2m', default: '60s' },
    waitTimeout: { type: 'string', description: 'How long it may wait for a slave; no limit when left out' },
    runTimeout: { type: 'string', description: 'How long one attempt may run; no limit when left out' },
    priority,
    retries,
  },
  headers: { accept: { type: 'string', description: 'application/json: the result with all facts of the task' } },
  answers: {
    200: {
      description: 'The bare result, or an object with it; headers X-Task-Id and X-Slave',
      content: { 'text/plain': { type: 'string' }, 'application/json': { type: 'object' } },
    },
  },
  errors: [
    ...(['BAD_PARAMETER', 'UNKNOWN_TASK_TYPE', 'TOO_HEAVY', 'QUEUE_FULL', 'TASK_FAILED', 'RESULT_TOO_LARGE'] as const),
    ...(['LOST_TOO_OFTEN', 'NO_SLAVE', 'DRAINING', 'DEADLINE_PASSED', 'RUN_LIMIT_PASSED', 'CANCELLED'] as const),
  ],
};

const limitMs = (description: string): object => ({
  type: 'number',
  description: `${description}, more than 0; no limit when left out`,
  minimum: 0,
  maximum: 2 ** 31 - 1,
});

const TASK_BODY = {
  type: 'object',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', description: 'Name of the task type' },
    params: { type: 'object', description: 'Parameters of the task (GET /task-types)', additionalProperties: true },
    priority,
    timeoutMs: limitMs('Milliseconds from admission to the end'),
    waitTimeoutMs: limitMs('Milliseconds that it may wait for a slave'),
    runTimeoutMs: limitMs('Milliseconds that one attempt may run'),
    retries,
  },
};

export const POST_TASKS: Description = {
  summary: 'Take tasks in; their results are kept for a while',
  description:
    'One task or an array. In an array a task that cannot be taken costs only itself. With Accept: application/x-ndjson the answer ' +
    'is one line per task as it ends; hanging up cancels the rest, unless there is an Idempotency-Key. ' +
    `One task may have ${TASK_BYTES_MAX.toString()} bytes, ${TASK_VALUES_MAX.toString()} values at all levels and ` +
    `${NESTING_MAX.toString()} levels; all of a request ${VALUES_MAX.toString()} values.`,
  headers: {
    accept: { type: 'string', description: 'application/x-ndjson: the results as they come, one line each' },
    'idempotency-key': {
      type: 'string',
      description: `1 to ${IDEMPOTENCY_KEY_CHARS_MAX.toString()} visible characters: the same request sent again is answered with the same tasks`,
    },
  },
  body: { oneOf: [TASK_BODY, { type: 'array', minItems: 1, maxItems: TASKS_MAX, items: TASK_BODY }] },
  bodyBytesMax: BODY_BYTES_MAX,
  answers: {
    200: {
      description: 'One line per task in the order in which they end; header X-Task-Count',
      content: { 'application/x-ndjson': { type: 'string' } },
    },
    202: {
      description: '{id, href, durable}, or {tasks: [{id, href} or {error}], durable} for an array',
      content: { 'application/json': { type: 'object' } },
    },
  },
  errors: [
    ...(['BAD_PARAMETER', 'UNKNOWN_TASK_TYPE', 'BODY_TOO_LARGE', 'TOO_HEAVY', 'KEY_REUSED'] as const),
    ...(['QUEUE_FULL', 'NO_SLAVE', 'DRAINING', 'TOO_MANY_LISTENERS'] as const),
  ],
};

export const GET_TASKS: Description = {
  summary: 'Tasks that have not ended and those whose results are kept, newest first',
  query: {
    state: { type: 'string', description: 'Only tasks in this state', enum: TASK_STATES },
    type: { type: 'string', description: 'Only tasks of this type' },
    limit: { type: 'integer', description: 'How many at most', default: 100, minimum: 1, maximum: 1000 },
    cursor: { type: 'string', description: '`next` of the page before' },
  },
  answers: {
    200: {
      description: '{tasks, next}; `next` is null at the end. A page may be short and still have a `next`',
      content: { 'application/json': { type: 'object' } },
    },
  },
  errors: ['BAD_PARAMETER'],
};

const path: Parameters = { id: { type: 'string', description: 'Id of the task' } };

export const GET_TASK: Description = {
  summary: 'One task: its state, and its result or error when it has ended',
  path,
  query: { wait: { type: 'string', description: 'Answer when it has ended, or after this time, at most 5m' } },
  errors: ['BAD_PARAMETER', 'NOT_FOUND', 'TOO_MANY_LISTENERS'],
};

export const DELETE_TASK: Description = {
  summary: 'Cancel a task',
  description: "From the address that submitted it, or from the master's own machine.",
  path,
  answers: { 200: { description: 'The task, cancelled' } },
  errors: ['NOT_FOUND', 'CONFLICT'],
};
