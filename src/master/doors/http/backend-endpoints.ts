// Registered backends, which are no slaves: /backends shows them. They come and go by gRPC.
import type { FastifyInstance } from 'fastify';
import { endpoints } from './endpoint.ts';
import type { RouteParts } from './route-parts.ts';

const number = { type: 'number' } as const;
const text = { type: 'string' } as const;

const BACKENDS = {
  type: 'array',
  items: {
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
  },
};

export function addBackends(app: FastifyInstance, { cluster }: RouteParts): void {
  endpoints(app, '/backends', {
    GET: {
      summary: 'Backends that registered over gRPC',
      answers: {
        200: {
          description: 'Those that are no slaves, in the order in which they registered',
          content: { 'application/json': BACKENDS },
        },
      },
      handle: () => cluster.backends(),
    },
  });
}
