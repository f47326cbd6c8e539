// Members of the pool: /slaves shows them, /slaves/{id}/drain and /resume take one out and back in.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Failure } from '../../../common/errors.ts';
import type { SlaveView } from '../door.ts';
import { endpoints, type Endpoint, type Parameters } from './endpoint.ts';
import { refuse, refuseIf } from './problem.ts';
import { idOf } from './query.ts';
import type { RouteParts } from './route-parts.ts';

const path: Parameters = { id: { type: 'string', description: 'Id or name of the slave' } };

export function addSlaves(app: FastifyInstance, { cluster, guard }: RouteParts): void {
  endpoints(app, '/slaves', { GET: { summary: 'All members of the pool', handle: () => cluster.slaves() } });
  endpoints(app, '/slaves/:id', {
    GET: {
      summary: 'One member',
      path,
      errors: ['NOT_FOUND'],
      handle: (request) => cluster.slave(idOf(request)) ?? noSlave(request),
    },
  });
  endpoints(app, '/slaves/:id/tasks', {
    GET: {
      summary: 'Tasks in flight at one member',
      path,
      errors: ['NOT_FOUND'],
      handle: (request) => cluster.slaveTasks(idOf(request)) ?? noSlave(request),
    },
  });
  const change = (summary: string, ask: (id: string) => SlaveView | Failure | undefined): Endpoint => ({
    summary,
    path,
    answers: { 200: { description: 'The member as it is now' } },
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle(request) {
      refuseIf(guard.refuseChange(request.raw));
      const result = ask(idOf(request)) ?? noSlave(request);
      return 'code' in result ? refuse(result) : result;
    },
  });
  endpoints(app, '/slaves/:id/drain', {
    POST: change('No new work for this member; what runs there ends', (id) => cluster.drainSlave(id)),
  });
  endpoints(app, '/slaves/:id/resume', {
    POST: change('Work again for a member that was drained', (id) => cluster.resumeSlave(id)),
  });
}

function noSlave(request: FastifyRequest): never {
  const message = `no slave has the id ${idOf(request).slice(0, 60)}; GET /slaves lists them`;
  return refuse({ code: 'NOT_FOUND', message });
}
