// Every route of the HTTP door but the page: who is asked, what is answered. Schemas describe, they do not validate: parameters of
// tasks are checked at admission, where every door finds the same sentences.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { LanyardError, type Failure } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { Cluster } from '../door.ts';
import type { Guard } from './guard.ts';
import { sendProblem } from './problem.ts';
import { answerTask } from './task-endpoint.ts';

export interface RouteParts {
  readonly cluster: Cluster;
  readonly guard: Guard;
  readonly log: Log;
  /** The page for Prometheus, and its content type. */
  readonly metrics: () => Promise<{ readonly page: string; readonly contentType: string }>;
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

interface Endpoint {
  readonly summary: string;
  /** GET has no effect, so HEAD is answered too. */
  readonly isSafe?: boolean;
  readonly parameters?: readonly string[];
  readonly body?: object;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { cluster, guard, log } = parts;
  endpoints(app, '/task', {
    GET: {
      summary: 'Run one task and answer with its result',
      isSafe: false,
      parameters: ['type', 'timeout'],
      handle(request, reply) {
        reply.hijack();
        try {
          answerTask(cluster, request.raw, reply.raw);
        } catch (error) {
          log.error({ err: error, url: request.url }, 'request failed');
          sendProblem(reply.raw, { code: 'INTERNAL', message: 'the master failed to answer; its log says why' });
        }
      },
    },
  });
  endpoints(app, '/task-types', {
    GET: { summary: 'Task types with parameters and weights', handle: () => cluster.taskTypes() },
  });
  endpoints(app, '/slaves', { GET: { summary: 'All members of the pool', handle: () => cluster.slaves() } });
  endpoints(app, '/slaves/:id', {
    GET: { summary: 'One member', handle: (request) => cluster.slave(idOf(request)) ?? noSlave(request) },
  });
  endpoints(app, '/slaves/:id/tasks', {
    GET: {
      summary: 'Tasks in flight at one member',
      handle: (request) => cluster.slaveTasks(idOf(request)) ?? noSlave(request),
    },
  });
  endpoints(app, '/algorithm', {
    GET: { summary: 'The balancing algorithm and those available', handle: () => cluster.algorithm() },
    PUT: {
      summary: 'Change the balancing algorithm',
      body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      handle: (request) => changeAlgorithm(request, cluster, guard),
    },
  });
  addHealth(app, parts);
}

function addHealth(app: FastifyInstance, { cluster, metrics }: RouteParts): void {
  endpoints(app, '/ok', { GET: { summary: 'Is the master there?', handle: () => 'ok' } });
  endpoints(app, '/health/live', { GET: { summary: 'Is the process alive?', handle: () => 'ok' } });
  endpoints(app, '/health/ready', {
    GET: {
      summary: 'Would a task be run now?',
      handle() {
        if (!cluster.takesWork()) throw new LanyardError('DRAINING', 'the master is shutting down');
        if (!cluster.hasReadySlave()) throw new LanyardError('NO_SLAVE', 'no slave is ready; start one with ./slave');
        return 'ok';
      },
    },
  });
  endpoints(app, '/metrics', {
    GET: {
      summary: 'Metrics for Prometheus',
      async handle(_request, reply) {
        const { page, contentType } = await metrics();
        return reply.type(contentType).send(page);
      },
    },
  });
}

/** Registers the methods of one path; all others answer 405 and say which are allowed. */
export function endpoints(app: FastifyInstance, url: string, byMethod: Readonly<Record<string, Endpoint>>): void {
  for (const [method, { summary, parameters = [], body, handle, isSafe = true }] of Object.entries(byMethod)) {
    const properties = Object.fromEntries(parameters.map((name) => [name, { type: 'string' }]));
    const querystring = parameters.length === 0 ? undefined : { type: 'object', properties };
    app.route({
      method,
      url,
      exposeHeadRoute: method === 'GET' && isSafe,
      schema: { summary, ...(querystring && { querystring }), ...(body && { body }) },
      handler: handle,
    });
  }
  const possible = Object.keys(byMethod);
  if (byMethod['GET'] !== undefined && byMethod['GET'].isSafe !== false) possible.push('HEAD');
  const allowed = possible.join(', ');
  app.route({
    method: METHODS.filter((method) => !possible.includes(method)),
    url,
    schema: { hide: true },
    handler(request, reply) {
      void reply.header('allow', allowed);
      throw new LanyardError('METHOD_NOT_ALLOWED', `${request.method} ${url} is not possible; allowed: ${allowed}`);
    },
  });
}

function changeAlgorithm({ raw, body }: FastifyRequest, cluster: Cluster, guard: Guard): unknown {
  throwIf(guard.refuseChange(raw));
  const name = (body as { name?: unknown } | null | undefined)?.name;
  if (typeof name !== 'string') {
    throw new LanyardError('BAD_PARAMETER', 'expected a JSON body such as {"name": "least-load"}');
  }
  const result = cluster.setAlgorithm(name);
  if ('code' in result) throw new LanyardError(result.code, result.message);
  return result;
}

function throwIf(failure: Failure | undefined): void {
  if (failure !== undefined) throw new LanyardError(failure.code, failure.message);
}

function idOf({ params }: FastifyRequest): string {
  return (params as { id: string }).id;
}

function noSlave(request: FastifyRequest): never {
  throw new LanyardError('NOT_FOUND', `no slave has the id ${idOf(request).slice(0, 60)}; GET /slaves lists them`);
}
