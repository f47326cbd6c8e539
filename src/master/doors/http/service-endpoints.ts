// Services to which requests are forwarded: /services lists them. The requests themselves are the forward door's.
import type { FastifyInstance } from 'fastify';
import { endpoints } from './endpoint.ts';
import type { RouteParts } from './route-parts.ts';

const text = { type: 'string' } as const;
const integer = { type: 'integer' } as const;

const MEMBER = {
  type: 'object',
  properties: {
    ...{ id: text, name: { ...text, description: 'In X-Served-By of its answers' }, address: text },
    kind: { ...text, enum: ['slave', 'server'] },
    state: {
      ...text,
      enum: ['ready', 'down', 'ejected', 'suspect', 'draining'],
      description: 'down: by its health check; ejected: five requests in a row failed there',
    },
    load: { type: ['number', 'null'], description: 'As the algorithms see it; null when its metric cannot be read' },
    why: { type: ['string', 'null'], description: 'Why it is down, or why its load is not known' },
    inFlight: { ...integer, description: 'Requests under way' },
    slots: { ...integer, description: 'How many it takes at once' },
    picks: { ...integer, description: 'How often it was chosen under the present algorithm' },
    backInMs: { type: ['integer', 'null'], description: 'When an ejected one gets requests again' },
  },
};

const SERVICES = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      ...{ name: text, algorithm: text },
      waiting: { ...integer, description: 'Requests that wait for a free member' },
      autoscaled: { type: 'boolean', description: 'The master starts members of it when they are wanted' },
      members: { type: 'array', items: MEMBER },
    },
  },
};

export function addServices(app: FastifyInstance, { cluster }: RouteParts): void {
  endpoints(app, '/services', {
    GET: {
      summary: 'Services to which requests are forwarded, and their members',
      answers: { 200: { description: 'In the order in which they came', content: { 'application/json': SERVICES } } },
      handle: () => cluster.services(),
    },
  });
}
