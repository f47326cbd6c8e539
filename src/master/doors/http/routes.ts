// Every route of the HTTP door but the pages: one family of endpoints per file, put together here.
import type { FastifyInstance } from 'fastify';
import { addAutoscale } from './autoscale-endpoints.ts';
import { addBackends } from './backend-endpoints.ts';
import { addCluster } from './cluster-endpoints.ts';
import { endpoints } from './endpoint.ts';
import { addEvents } from './event-endpoint.ts';
import { addFeed } from './feed-endpoints.ts';
import { sendProblem } from './problem.ts';
import { addPrometheus } from './prometheus-endpoints.ts';
import type { RouteParts } from './route-parts.ts';
import { addServices } from './service-endpoints.ts';
import { addSlaves } from './slave-endpoints.ts';
import { answerTask } from './task-endpoint.ts';
import { addTasks } from './tasks-endpoints.ts';
import { RUN_TASK } from './tasks-openapi.ts';

export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  addTask(app, parts);
  addTasks(app, parts);
  addSlaves(app, parts);
  addBackends(app, parts);
  addAutoscale(app, parts);
  addServices(app, parts);
  addEvents(app, parts);
  addFeed(app, parts);
  addCluster(app, parts);
  addPrometheus(app, parts);
}

function addTask(app: FastifyInstance, { cluster, log }: RouteParts): void {
  const { tasks } = cluster;
  endpoints(app, '/task', {
    GET: {
      ...RUN_TASK,
      handle(request, reply) {
        reply.hijack();
        try {
          answerTask(tasks, request.raw, reply.raw);
        } catch (error) {
          log.error({ err: error, url: request.url }, 'request failed');
          sendProblem(reply.raw, { code: 'INTERNAL', message: 'the master failed to answer; its log says why' });
        }
      },
    },
  });
}
