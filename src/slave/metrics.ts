// GET /metrics of a slave, for Prometheus. The numbers are kept elsewhere and read when they are asked for.
import { createServer, type Server } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { bindError } from '../common/net/bind-errors.ts';
import type { TaskCounters } from './task-counters.ts';

export interface MetricSources {
  readonly counters: TaskCounters;
  readonly currentLoad: () => number;
  readonly maxLoad: number;
  readonly running: () => number;
}

/** All metrics of a slave. */
export function slaveMetrics({ counters, currentLoad, maxLoad, running }: MetricSources): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'lanyard_tasks_requested_total',
    help: 'Tasks that this slave accepted.',
    registers,
    collect() {
      this.reset();
      this.inc(counters.requested);
    },
  });
  new Counter({
    name: 'lanyard_tasks_refused_total',
    help: 'Tasks that did not fit and were sent back.',
    registers,
    collect() {
      this.reset();
      this.inc(counters.refused);
    },
  });
  new Counter({
    name: 'lanyard_tasks_completed_total',
    help: 'Tasks that ended here, by type and outcome.',
    labelNames: ['type', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [type, counts] of counters.completed) {
        for (const [outcome, count] of Object.entries(counts)) this.inc({ type, outcome }, count);
      }
    },
  });
  gauge('lanyard_current_load', 'Weight in hand times CPU load.', registers, currentLoad);
  gauge('lanyard_max_load', 'Greatest load that this slave takes.', registers, () => maxLoad);
  gauge('lanyard_tasks_running', 'Tasks in hand that have started.', registers, running);
  return registry;
}

function gauge(name: string, help: string, registers: Registry[], read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

/** Serves `registry` at GET /metrics; returns the port. */
export function serveMetrics(registry: Registry, host: string, port: number): Promise<number> {
  const server: Server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('this is a Lanyard slave: GET /metrics\n');
      return;
    }
    registry.metrics().then(
      (page) => response.writeHead(200, { 'content-type': registry.contentType }).end(page),
      () => response.writeHead(500).end(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(bindError({ what: 'metrics', protocol: 'TCP', host, port, option: '--metrics-port' }, cause));
    });
    server.listen({ host, port }, () => {
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
