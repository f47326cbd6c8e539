// Submitted tasks: POST /tasks takes them in, GET /tasks lists them, GET and DELETE /tasks/{id} show and cancel one.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from '../../../common/errors.ts';
import type { Accepted, Cluster, TaskDesk, TaskView } from '../door.ts';
import { endpoints } from './endpoint.ts';
import { addressOf } from './guard.ts';
import { Places } from './places.ts';
import { problemOf, refuse, refuseIf } from './problem.ts';
import { durationOf, idOf, integerOf, oneOf, queryOf } from './query.ts';
import { NDJSON, streamResults, STREAMS_MAX } from './result-stream.ts';
import type { RouteParts } from './route-parts.ts';
import { readSubmission, type Submitted } from './submission.ts';
import { hrefOf, summaryOf, taskJson } from './task-json.ts';
import { DELETE_TASK, GET_TASK, GET_TASKS, POST_TASKS, TASK_STATES } from './tasks-openapi.ts';

/** The longest `wait`. */
const WAIT_MAX_MS = 300_000;
const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;
const JSON_TYPE = 'application/json; charset=utf-8';

export function addTasks(app: FastifyInstance, parts: RouteParts): void {
  const { cluster } = parts;
  const streams = new Places(STREAMS_MAX);
  endpoints(app, '/tasks', {
    GET: { ...GET_TASKS, handle: (request) => listTasks(request, cluster) },
    POST: { ...POST_TASKS, handle: (request, reply) => submit(request, reply, parts, streams) },
  });
  endpoints(app, '/tasks/:id', {
    GET: { ...GET_TASK, handle: (request, reply) => showTask(request, reply, parts) },
    DELETE: { ...DELETE_TASK, handle: (request, reply) => cancelTask(request, reply, parts) },
  });
}

async function submit(
  request: FastifyRequest,
  reply: FastifyReply,
  { cluster, clock }: RouteParts,
  streams: Places,
): Promise<FastifyReply> {
  const desk = cluster.tasks;
  const submission = readSubmission(request.raw, request.body);
  if (!cluster.takesWork()) refuse({ code: 'DRAINING', message: 'the master is shutting down and takes no new tasks' });
  if (request.headers.accept?.includes(NDJSON) !== true) {
    const accepted = await take(submission, desk);
    const headers = { ...replayHeader(accepted), ...locationHeader(submission, accepted) };
    return reply
      .code(202)
      .headers(headers)
      .send(placesOf(submission, accepted, desk));
  }
  const onClose = streams.take() ?? refuse(TOO_MANY_STREAMS);
  try {
    const accepted = await take(submission, desk);
    reply.hijack();
    const headers = replayHeader(accepted);
    const cancelsOnHangUp = submission.idempotencyKey === undefined;
    streamResults(request.raw, reply.raw, { desk, clock, tasks: accepted.tasks, headers, cancelsOnHangUp, onClose });
  } catch (error) {
    onClose();
    throw error;
  }
  return reply;
}

const TOO_MANY_STREAMS: Failure = {
  code: 'TOO_MANY_LISTENERS',
  message: `${STREAMS_MAX.toString()} clients read results as they come already; try again later, or ask for application/json`,
};

/** Refused as a whole are a single task, and an array of which the queue had room for nothing: it may be sent again as it is. */
async function take(submission: Submitted, desk: TaskDesk): Promise<Accepted> {
  const accepted = await desk.accept(submission);
  if (!accepted.ok) return refuse(accepted.failure);
  const { tasks } = accepted;
  const [first] = tasks;
  const isWhole = submission.isSingle || tasks.every((task) => 'code' in task && task.code === 'QUEUE_FULL');
  if (isWhole && first !== undefined && 'code' in first) refuse(first);
  return accepted;
}

function replayHeader({ replayed }: Accepted): Record<string, string> {
  return replayed ? { 'idempotency-replayed': 'true' } : {};
}

function locationHeader({ isSingle }: Submitted, { tasks: [first] }: Accepted): Record<string, string> {
  return isSingle && first !== undefined && 'id' in first ? { location: hrefOf(first.id) } : {};
}

function placesOf({ isSingle }: Submitted, { tasks }: Accepted, { durable }: TaskDesk): object {
  const places = tasks.map(placeOf);
  return isSingle ? { ...places[0], durable } : { tasks: places, durable };
}

function placeOf(task: Accepted['tasks'][number]): object {
  return 'code' in task ? { error: problemOf(task) } : { id: task.id, href: hrefOf(task.id) };
}

function listTasks(request: FastifyRequest, { tasks }: Cluster): unknown {
  const { state, type, limit, cursor } = queryOf(request, ['state', 'type', 'limit', 'cursor']);
  const page = tasks.tasks({
    state: state === undefined ? undefined : oneOf('state', state, TASK_STATES),
    type,
    limit: limit === undefined ? PAGE_DEFAULT : integerOf('limit', limit, 1, PAGE_MAX),
    cursor,
  });
  if ('code' in page) return refuse(page);
  return { tasks: page.tasks.map(summaryOf), next: page.next ?? null };
}

async function showTask(request: FastifyRequest, reply: FastifyReply, { waits }: RouteParts): Promise<unknown> {
  const id = idOf(request);
  const { wait } = queryOf(request, ['wait']);
  const waitMs = wait === undefined ? 0 : durationOf('wait', wait, WAIT_MAX_MS);
  const task = await waits.task(id, waitMs, request.raw.socket);
  return sendTask(reply, task ?? refuse(noTask(id)));
}

function cancelTask(request: FastifyRequest, reply: FastifyReply, { cluster, guard }: RouteParts): unknown {
  const desk = cluster.tasks;
  const id = idOf(request);
  queryOf(request, []);
  const before = desk.task(id) ?? refuse(noTask(id));
  refuseIf(guard.refuseCancel(request.raw, desk.submitterOf(id)));
  let after = before;
  const stop = desk.whenEnded(id, (view) => (after = view));
  const failure = desk.cancel(id, reasonOf(request));
  stop?.();
  if (failure !== undefined) refuse({ ...failure, details: { state: after.state, ...failure.details } });
  // A task of GET /task is forgotten by now; what was heard of its end is all there is.
  return sendTask(reply, desk.task(id) ?? after);
}

/** What those read who see the task later. */
function reasonOf({ raw }: FastifyRequest): string {
  const address = addressOf(raw);
  return address === '' ? 'cancelled by a client' : `cancelled by a client at ${address}`;
}

function sendTask(reply: FastifyReply, task: TaskView): FastifyReply {
  return reply.type(JSON_TYPE).send(taskJson(task));
}

function noTask(id: string): Failure {
  const kept = 'results are kept for --keep-results, and a task of GET /task is forgotten once it is answered';
  return { code: 'NOT_FOUND', message: `no task has the id ${id.slice(0, 60)}: ${kept}` };
}
