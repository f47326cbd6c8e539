// GET /task: run one task and answer with its bare result. The hot path: works on node's own request and response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DURATION_EXPECTED, parseDuration } from '../../../common/config/duration.ts';
import type { Failure } from '../../../common/errors.ts';
import { resultAsJson, resultAsText } from '../../../common/task-types/results.ts';
import type { Admitted, Cluster, Refused, TaskReport, TaskRequest } from '../door.ts';
import { sendProblem } from './problem.ts';

/** From admission to answer, when the request does not say. */
export const TIMEOUT_DEFAULT_MS = 60_000;

type Connection = IncomingMessage['socket'];

/** What each connection waits for. Requests may be pipelined, and only the first one's response hears of a hang-up. */
const waitingOn = new WeakMap<Connection, Set<Admitted>>();

/** Runs the task that `request` asks for and writes the whole response, now or later. */
export function answerTask(cluster: Cluster, request: IncomingMessage, response: ServerResponse): void {
  const wanted = readTaskRequest(request.url ?? '');
  if ('code' in wanted) {
    sendProblem(response, wanted);
    return;
  }
  const asJson = request.headers.accept?.includes('application/json') === true;
  const waiting = waitingOf(request.socket);
  const admitted = cluster.submit(wanted, (report) => {
    if (admitted?.ok === true) waiting.delete(admitted);
    sendReport(response, report, asJson);
  }) as Admitted | Refused | undefined;
  if (admitted?.ok === false) sendProblem(response, admitted.failure);
  else if (admitted !== undefined && !response.writableEnded) waiting.add(admitted);
}

/** The tasks that this connection waits for: all are cancelled when it closes. */
function waitingOf(socket: Connection): Set<Admitted> {
  let waiting = waitingOn.get(socket);
  if (waiting === undefined) {
    const tasks = (waiting = new Set<Admitted>());
    waitingOn.set(socket, tasks);
    socket.once('close', () => {
      for (const task of tasks) task.cancel('the client went away');
    });
  }
  return waiting;
}

/** Reads the URL; everything but `type` and `timeout` is a parameter of the task. */
export function readTaskRequest(url: string): TaskRequest | Failure {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const query = new Map<string, string[]>();
  for (const [name, value] of given) {
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  const types = take(query, 'type');
  if (types.length === 0) return bad('type is missing: give one, such as /task?type=fib&n=80');
  if (types.length > 1) return bad(`type was given ${types.length.toString()} times, expected once`);
  const [timeout, ...more] = take(query, 'timeout');
  const timeoutMs = timeout === undefined ? TIMEOUT_DEFAULT_MS : parseDuration(timeout);
  if (timeoutMs === undefined || timeoutMs === 0 || more.length > 0) {
    return bad(
      `timeout must be ${DURATION_EXPECTED}, more than 0, given once; got ${[timeout, ...more].join(' and ').slice(0, 60)}`,
    );
  }
  return { type: types[0] ?? '', query, timeoutMs };
}

function take(query: Map<string, string[]>, name: string): string[] {
  const values = query.get(name) ?? [];
  query.delete(name);
  return values;
}

function bad(message: string): Failure {
  return { code: 'BAD_PARAMETER', message };
}

function sendReport(response: ServerResponse, report: TaskReport, asJson: boolean): void {
  if (response.destroyed) return;
  const { id, failure, slave } = report;
  if (failure !== undefined) {
    sendProblem(response, failure, { 'x-task-id': id, ...(slave === undefined ? {} : { 'x-slave': slave }) });
    return;
  }
  const body = bodyOf(report, asJson);
  if (body === undefined) {
    sendProblem(response, { code: 'TASK_FAILED', message: 'the result cannot be shown as text' }, { 'x-task-id': id });
    return;
  }
  response.writeHead(200, {
    'content-type': asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-task-id': id,
    'x-slave': slave ?? '',
  });
  response.end(body);
}

/** Undefined for a value that a slave nested too deeply to write down. */
function bodyOf(report: TaskReport, asJson: boolean): string | undefined {
  try {
    return asJson ? JSON.stringify(reportAsJson(report)) : resultAsText(report.value);
  } catch {
    return undefined;
  }
}

function reportAsJson({ id, type, params, state, value, slave, attempts, queuedMs, runMs }: TaskReport): unknown {
  const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
  const times = { queuedMs: rounded(queuedMs), runMs: rounded(runMs) };
  return { id, type, params, state, result: resultAsJson(value), slave, attempts, ...times };
}
