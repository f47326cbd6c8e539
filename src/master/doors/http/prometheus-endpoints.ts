// For Prometheus: which slaves there are to scrape, in the form of its http_sd_configs.
import type { FastifyInstance } from 'fastify';
import { HOST_EXPECTED, hostsOf, TARGETS_CONTENT_TYPE } from '../../../common/prometheus/targets.ts';
import { endpoints, type Parameters } from './endpoint.ts';
import { badParameter, refuse, shown } from './problem.ts';
import { valuesOf } from './query.ts';
import type { RouteParts } from './route-parts.ts';

const query: Parameters = {
  host: { type: 'string', description: 'Only slaves at this IP address; may be repeated' },
};

export function addPrometheus(app: FastifyInstance, { cluster }: RouteParts): void {
  endpoints(app, '/prometheus/targets', {
    GET: {
      summary: 'Slaves for Prometheus to scrape',
      description:
        'In the form of http_sd_configs: [{targets: ["address:port"], labels: {cluster, slave, label_<key>}}]',
      query,
      errors: ['BAD_PARAMETER'],
      handle(request, reply) {
        const asked = hostsOf(valuesOf(request, 'host'));
        if ('wrong' in asked) return refuse(badParameter(`${HOST_EXPECTED} ${shown(asked.wrong)}`));
        // As bytes: behind the type of a text fastify writes a charset.
        const body = Buffer.from(JSON.stringify(cluster.targets(asked.hosts)));
        return reply.header('content-type', TARGETS_CONTENT_TYPE).send(body);
      },
    },
  });
}
