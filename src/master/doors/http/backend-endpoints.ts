// Registered backends, which are no slaves: /backends shows them. They come and go by gRPC.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Cluster } from '../door.ts';
import { endpoints } from './endpoint.ts';
import { refuse } from './problem.ts';
import { integerOf, queryOf } from './query.ts';
import type { RouteParts } from './route-parts.ts';

const PAGE_MAX = 1000;

const number = { type: 'number' } as const;
const text = { type: 'string' } as const;

const BACKEND = {
  type: 'object',
  properties: {
    ...{ id: text, address: text, port: { type: 'integer' }, service: text },
    state: { type: 'string', enum: ['ready', 'suspect'] },
    load: { ...number, description: 'As the algorithms see it: what it reported, and 1 for each open lease' },
    reported: { ...number, description: 'As it last reported' },
    leases: { type: 'integer', description: 'Clients that were told to call it a moment ago' },
    picks: { type: 'integer', description: 'How often it was chosen since it registered' },
    joinedAt: { type: 'string', format: 'date-time' },
    lastReportAgoMs: number,
  },
};

const BACKENDS = {
  type: 'object',
  properties: { backends: { type: 'array', items: BACKEND }, next: { type: ['string', 'null'] } },
};

export function addBackends(app: FastifyInstance, { cluster }: RouteParts): void {
  endpoints(app, '/backends', {
    GET: {
      summary: 'Backends that registered over gRPC',
      query: {
        service: { type: 'string', description: 'Only backends of this service' },
        limit: { type: 'integer', description: 'How many at most', default: PAGE_MAX, minimum: 1, maximum: PAGE_MAX },
        cursor: { type: 'string', description: '`next` of the page before' },
      },
      answers: {
        200: {
          description: 'Those that are no slaves, in the order in which they registered; `next` is null at the end',
          content: { 'application/json': BACKENDS },
        },
      },
      errors: ['BAD_PARAMETER'],
      handle: (request) => listBackends(request, cluster),
    },
  });
}

function listBackends(request: FastifyRequest, cluster: Cluster): unknown {
  const { service, limit, cursor } = queryOf(request, ['service', 'limit', 'cursor']);
  const page = cluster.backends({
    service,
    limit: limit === undefined ? PAGE_MAX : integerOf('limit', limit, 1, PAGE_MAX),
    cursor,
  });
  if ('code' in page) return refuse(page);
  return { backends: page.backends, next: page.next ?? null };
}
