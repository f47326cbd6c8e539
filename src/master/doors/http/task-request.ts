// Reading one task from a URL or from JSON. The door's own options are checked here, the task's parameters at admission.
import { DURATION_EXPECTED, parseDuration } from '../../../common/config/duration.ts';
import type { Failure } from '../../../common/errors.ts';
import { DEFAULT_PRIORITY, PRIORITIES, type Priority } from '../../../common/task-types/priority.ts';
import type { TaskRequest } from '../door.ts';
import { badParameter, shown } from './problem.ts';

/** From admission to answer, when a request of GET /task does not say. */
export const TIMEOUT_DEFAULT_MS = 60_000;
export const RETRIES_MAX = 100;
/** Longer than this no timer can wait: almost 25 days. */
const LIMIT_MS_MAX = 2 ** 31 - 1;

const NONE: readonly string[] = [];

/** Reads the URL of GET /task; every name that is not reserved is a parameter of the task. */
export function readTaskQuery(url: string): TaskRequest | Failure {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const values = new Map<string, string[]>();
  for (const [name, value] of given) {
    const others = values.get(name);
    if (others === undefined) values.set(name, [value]);
    else others.push(value);
  }
  const types = take(values, 'type');
  if (types.length === 0) return badParameter('type is missing: give one, such as /task?type=fib&n=80');
  if (types.length > 1) return badParameter(`type was given ${types.length.toString()} times, expected once`);
  const timeoutMs = limitFrom(values, 'timeout', TIMEOUT_DEFAULT_MS);
  if (typeof timeoutMs === 'object') return timeoutMs;
  const waitTimeoutMs = limitFrom(values, 'waitTimeout', Infinity);
  if (typeof waitTimeoutMs === 'object') return waitTimeoutMs;
  const runTimeoutMs = limitFrom(values, 'runTimeout', Infinity);
  if (typeof runTimeoutMs === 'object') return runTimeoutMs;
  const priority = priorityFrom(take(values, 'priority'));
  if (typeof priority === 'object') return priority;
  const retries = retriesFrom(take(values, 'retries'));
  if (typeof retries === 'object') return retries;
  const type = types[0] ?? '';
  return { type, given: { form: 'query', values }, priority, timeoutMs, waitTimeoutMs, runTimeoutMs, retries };
}

function take(values: Map<string, string[]>, name: string): readonly string[] {
  const found = values.get(name);
  if (found === undefined) return NONE;
  values.delete(name);
  return found;
}

function limitFrom(values: Map<string, string[]>, name: string, otherwise: number): number | Failure {
  const given = take(values, name);
  if (given === NONE) return otherwise;
  const ms = given.length > 1 ? undefined : parseDuration(given[0] ?? '');
  if (ms !== undefined && ms > 0) return ms;
  return badParameter(
    `${name} must be ${DURATION_EXPECTED}, more than 0, given once; got ${shown(given.join(' and '))}`,
  );
}

function priorityFrom(given: readonly string[]): Priority | Failure {
  if (given === NONE) return DEFAULT_PRIORITY;
  const [text] = given;
  if (given.length === 1 && isPriority(text)) return text;
  return badParameter(
    `priority must be one of ${PRIORITIES.join(', ')}, given once; got ${shown(given.join(' and '))}`,
  );
}

function retriesFrom(given: readonly string[]): number | Failure {
  if (given === NONE) return 0;
  const count = given.length === 1 && /^\d{1,9}$/.test(given[0] ?? '') ? Number(given[0]) : undefined;
  return count !== undefined && count <= RETRIES_MAX ? count : badRetries(given.join(' and '));
}

const MEMBERS = ['type', 'params', 'priority', 'timeoutMs', 'waitTimeoutMs', 'runTimeoutMs', 'retries'];

/**
 * Reads one task of POST /tasks, of which json-bounds.ts has seen that it is neither deep nor large. Members that a task does not have
 * are refused: a typing error is not to be overlooked.
 */
export function readTaskObject(value: unknown): TaskRequest | Failure {
  if (!isObject(value)) {
    return badParameter(`a task must be an object such as {"type": "fib", "params": {"n": 80}}; got ${shown(value)}`);
  }
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    const known = MEMBERS.join(', ');
    return badParameter(`unknown member ${shown(unknown)}: a task has ${known}; what the type takes goes into params`);
  }
  const { type, params = {}, priority = DEFAULT_PRIORITY, retries = 0 } = value;
  if (typeof type !== 'string' || type === '') {
    return badParameter(`type must be the name of a task type (GET /task-types); got ${shown(type)}`);
  }
  if (!isObject(params)) return badParameter(`params must be an object such as {"n": 80}; got ${shown(params)}`);
  if (!isPriority(priority)) {
    return badParameter(`priority must be one of ${PRIORITIES.join(', ')}; got ${shown(priority)}`);
  }
  if (!isRetries(retries)) return badRetries(retries);
  const wrong = ['timeoutMs', 'waitTimeoutMs', 'runTimeoutMs'].find((name) => !isLimit(value[name]));
  if (wrong !== undefined) {
    const allowed = `a number of milliseconds, more than 0 and at most ${LIMIT_MS_MAX.toString()}`;
    return badParameter(`${wrong} must be ${allowed}; leave it out for no limit; got ${shown(value[wrong])}`);
  }
  const { timeoutMs = Infinity, waitTimeoutMs = Infinity, runTimeoutMs = Infinity } = value as Record<string, number>;
  return { type, given: { form: 'json', values: params }, priority, timeoutMs, waitTimeoutMs, runTimeoutMs, retries };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPriority(value: unknown): value is Priority {
  return (PRIORITIES as readonly unknown[]).includes(value);
}

function isRetries(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= RETRIES_MAX;
}

function isLimit(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value > 0 && value <= LIMIT_MS_MAX);
}

function badRetries(given: unknown): Failure {
  return badParameter(`retries must be a whole number from 0 to ${RETRIES_MAX.toString()}; got ${shown(given)}`);
}
