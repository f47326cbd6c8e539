// GET /events: changes of members and tasks as server-sent events, as browsers' EventSource reads them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endpoints } from './endpoint.ts';
import { EVENT_KINDS, LISTENERS_MAX, STREAM_KINDS, type EventStream, type StreamKind } from './event-stream.ts';
import { refuse } from './problem.ts';
import { oneOf, queryOf } from './query.ts';
import type { RouteParts } from './route-parts.ts';

export function addEvents(app: FastifyInstance, { events }: RouteParts): void {
  endpoints(app, '/events', {
    GET: {
      summary: 'Changes of slaves, tasks and replicas as server-sent events',
      description:
        'Events slave, task, progress and autoscale, and lost {count} when the client read too slowly. A comment comes every 15 s. Nothing is ' +
        'sent again: after a new connection, look at /slaves and /tasks. With kinds=snapshot: the cluster as it is now, at once and then ' +
        'at most four times a second, less often when there are many slaves or nothing changes; a slow client gets fewer.',
      isSafe: false,
      query: {
        kinds: {
          type: 'string',
          description:
            'Only these, with commas: slave, task, progress, autoscale, snapshot; all but the last when left out',
        },
      },
      answers: {
        200: { description: 'Events until one side closes', content: { 'text/event-stream': { type: 'string' } } },
      },
      errors: ['BAD_PARAMETER', 'TOO_MANY_LISTENERS'],
      handle: (request, reply) => listen(request, reply, events),
    },
  });
}

function listen(request: FastifyRequest, reply: FastifyReply, events: EventStream): void {
  const { kinds } = queryOf(request, ['kinds']);
  const wanted = kinds === undefined ? EVENT_KINDS : kinds.split(',').map((kind) => oneOf('kinds', kind, STREAM_KINDS));
  if (events.isFull) {
    const message = `${LISTENERS_MAX.toString()} clients listen already; close one, or try again later`;
    refuse({ code: 'TOO_MANY_LISTENERS', message });
  }
  reply.hijack();
  // Not for another request: when the door closes, the connection ends with the stream.
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' };
  reply.raw.writeHead(200, headers);
  reply.raw.flushHeaders();
  events.add(request.raw, reply.raw, new Set<StreamKind>(wanted));
}
