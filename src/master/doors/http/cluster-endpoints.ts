// The cluster as a whole: task types, the algorithm, whether it is well, metrics, invariants.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Failure } from '../../../common/errors.ts';
import type { AlgorithmView, Cluster } from '../door.ts';
import { endpoints } from './endpoint.ts';
import type { Guard } from './guard.ts';
import { badParameter, refuse, refuseIf } from './problem.ts';
import type { RouteParts } from './route-parts.ts';

const TEXT = { 'text/plain': { type: 'string' } };
const ALGORITHM_CHANGE = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: ['string', 'null'] }, group: { type: 'string' } },
};
const ALGORITHM_EXPECTED =
  'expected a JSON body such as {"name": "least-load"}, {"name": "least-load", "group": "web"} for one group, or ' +
  '{"name": null, "group": "web"}, and it follows the cluster\'s again';

export function addCluster(app: FastifyInstance, parts: RouteParts): void {
  const { cluster, guard } = parts;
  endpoints(app, '/task-types', {
    GET: { summary: 'Task types with parameters and weights', handle: () => cluster.taskTypes() },
  });
  endpoints(app, '/algorithm', {
    GET: {
      summary: 'The balancing algorithm, those available, and those of single groups',
      handle: () => cluster.algorithm(),
    },
    PUT: {
      summary: 'Change the balancing algorithm',
      description:
        'With `group`, such as the name of a service, of that group alone, whether it exists yet or not; `name: null` then takes it back.',
      body: ALGORITHM_CHANGE,
      errors: ['BAD_PARAMETER', 'UNKNOWN_ALGORITHM', 'BODY_TOO_LARGE', 'CONFLICT'],
      handle: (request) => changeAlgorithm(request, cluster, guard),
    },
  });
  endpoints(app, '/debug/invariants', {
    GET: {
      summary: 'Checks what must always hold of tasks, leases and members',
      description:
        "From the master's own machine only, unless it was started with --http-open: it looks at everything.",
      answers: {
        200: { description: '{ok: true, violations: [], checked}' },
        500: { description: '{ok: false, violations, checked}: a defect of the master' },
      },
      handle(request, reply) {
        refuseIf(guard.refuseChange(request.raw, 'invariants are checked from'));
        const view = cluster.invariants();
        return reply.code(view.ok ? 200 : 500).send(view);
      },
    },
  });
  addHealth(app, parts);
}

function addHealth(app: FastifyInstance, { cluster, metrics }: RouteParts): void {
  endpoints(app, '/ok', {
    GET: {
      summary: 'Is the master there?',
      answers: { 200: { description: 'ok', content: TEXT } },
      handle: () => 'ok',
    },
  });
  endpoints(app, '/health/live', {
    GET: {
      summary: 'Is the process alive?',
      answers: { 200: { description: 'ok', content: TEXT } },
      handle: () => 'ok',
    },
  });
  endpoints(app, '/health/ready', {
    GET: {
      summary: 'Would a task be run now?',
      answers: { 200: { description: 'ok', content: TEXT } },
      errors: ['DRAINING', 'NO_SLAVE'],
      handle() {
        if (!cluster.takesWork()) refuse({ code: 'DRAINING', message: 'the master is shutting down' });
        if (!cluster.hasReadySlave())
          refuse({ code: 'NO_SLAVE', message: 'no slave is ready; start one with ./slave, or resume one that drains' });
        return 'ok';
      },
    },
  });
  endpoints(app, '/metrics', {
    GET: {
      summary: 'Metrics for Prometheus',
      answers: { 200: { description: 'In the text format of Prometheus', content: TEXT } },
      async handle(_request, reply) {
        const { body, contentType } = await metrics();
        return reply.type(contentType).send(body);
      },
    },
  });
}

function changeAlgorithm({ raw, body }: FastifyRequest, cluster: Cluster, guard: Guard): unknown {
  refuseIf(guard.refuseChange(raw));
  const { name, group } = (body ?? {}) as { readonly name?: unknown; readonly group?: unknown };
  const result = algorithmChange(cluster, name, group) ?? refuse(badParameter(ALGORITHM_EXPECTED));
  return 'code' in result ? refuse(result) : result;
}

/** Undefined when it cannot be read. */
function algorithmChange(cluster: Cluster, name: unknown, group: unknown): AlgorithmView | Failure | undefined {
  if (typeof name !== 'string' && name !== null) return undefined;
  if (typeof group === 'string') return cluster.setGroupAlgorithm(group, name);
  return group === undefined && name !== null ? cluster.setAlgorithm(name) : undefined;
}
