// For those who watch the cluster, the dashboard and `lab top`: what it is, and the last 15 minutes. How it is now: event-endpoint.ts.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { About } from '../../../common/feed/feed.ts';
import { endpoints } from './endpoint.ts';
import type { RouteParts } from './route-parts.ts';

export function addFeed(app: FastifyInstance, { cluster, guard }: RouteParts): void {
  const about = ({ raw }: FastifyRequest): About => {
    const refusal = guard.refuseChange(raw);
    const may = { mayChange: refusal === undefined, whyNot: refusal?.message ?? null };
    return { ...cluster.feed.about(raw.socket.localPort ?? 0), ...may };
  };
  endpoints(app, '/about', {
    GET: {
      summary: 'The cluster, its master, how further machines join, and whether you may change it',
      description:
        '{cluster, masterId, masterName, version, startedAt, algorithms: [{name, picks}], join: [{network, address, loopback, command}], ' +
        'mayChange, whyNot}. Times are milliseconds since 1970.',
      handle: about,
    },
  });
  endpoints(app, '/history', {
    GET: {
      summary: 'The last 15 minutes, second by second, and what changed in them',
      description:
        '{samples: [{at, done, failed, cancelled, expired, p50Ms, p95Ms, p99Ms, queued, inFlight}], log: [{n, at, what, …}]}, oldest first. ' +
        'At most 900 samples, one a second, and the latest 200 entries of the log.',
      handle: (_request, reply) =>
        reply.header('content-type', 'application/json; charset=utf-8').send(cluster.feed.history()),
    },
  });
}
