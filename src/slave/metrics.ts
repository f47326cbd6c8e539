// GET /metrics of a slave, for Prometheus. The numbers are kept elsewhere and read when they are asked for. What each means:
// docs/operations.md.
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import { openSmallServer, type SmallServer } from '../common/http/small-server.ts';
import { labelled, MetricPage } from '../common/prometheus/metric-page.ts';
import type { HostSampler } from './load/host-sampler.ts';
import type { Tunnels } from './forwarding/tunnels.ts';
import type { TaskCounters } from './task-counters.ts';

export interface MetricSources {
  readonly counters: TaskCounters;
  readonly currentLoad: () => number;
  readonly maxLoad: number;
  /** Tasks in hand that have started, whoever gave them. */
  readonly running: () => number;
  /** Calls in hand that have not begun. */
  readonly callsWaiting: () => number;
  /** Worker threads at most. */
  readonly concurrency: number;
  readonly joined: () => boolean;
  readonly serving: {
    readonly healthy: () => Iterable<readonly [name: string, healthy: boolean]>;
    readonly tunnels: Pick<Tunnels, 'open' | 'counters'>;
  };
  readonly host: Pick<HostSampler, 'cpuRatio' | 'memoryBytes' | 'memoryUsedBytes'>;
}

/** All metrics of a slave. */
export function slaveMetrics(sources: MetricSources): MetricPage {
  const page = new MetricPage();
  addTasks(page, sources);
  addCalls(page, sources);
  addServices(page, sources);
  addLoad(page, sources);
  addHost(page, sources);
  page.gauge('lanyard_joined', '1 while a master has this slave, else 0.', () => Number(sources.joined()));
  page.aboutNode('slave', PACKAGE_VERSION);
  return page;
}

function addTasks(page: MetricPage, { counters, running }: MetricSources): void {
  page.counter(
    'lanyard_tasks_requested_total',
    'Tasks that this slave accepted, of the master and as calls.',
    () => counters.requested,
  );
  page.counter(
    'lanyard_tasks_refused_total',
    'Tasks of the master that did not fit and were sent back.',
    () => counters.refused,
  );
  page.counter('lanyard_tasks_completed_total', 'Tasks that ended here, by type and outcome.', () =>
    Array.from(counters.completed, ([type, outcomes]) =>
      labelled('outcome', outcomes).map(([labels, count]) => [{ type, ...labels }, count] as const),
    ).flat(),
  );
  page.histogram('lanyard_task_run_seconds', 'Run time of tasks that ended here done or failed, by type.', () =>
    Array.from(counters.runTime, ([type, time]) => [{ type }, time]),
  );
  page.gauge('lanyard_tasks_running', 'Tasks in hand that have started.', running);
}

function addCalls(page: MetricPage, { counters, callsWaiting }: MetricSources): void {
  page.counter('lanyard_calls_accepted_total', 'gRPC calls that this slave accepted.', () => counters.calls);
  page.counter('lanyard_calls_refused_total', 'gRPC calls that this slave did not take, by reason.', () =>
    Object.entries(counters.callsRefused).map(([code, count]) => [{ reason: code.toLowerCase() }, count] as const),
  );
  page.gauge('lanyard_calls_waiting', 'gRPC calls in hand that have not begun.', callsWaiting);
}

function addServices(page: MetricPage, { serving }: MetricSources): void {
  const { tunnels } = serving;
  page.gauge('lanyard_service_healthy', '1 while a service beside this slave is well, else 0.', () =>
    Array.from(serving.healthy(), ([service, healthy]) => [{ service }, Number(healthy)] as const),
  );
  page.gauge(
    'lanyard_tunnels_open',
    'Connections of the master to services, by way of this slave.',
    () => tunnels.open,
  );
  page.counter(
    'lanyard_tunnels_opened_total',
    'Connections that this slave has led to a service.',
    () => tunnels.counters.opened,
  );
  page.counter(
    'lanyard_tunnels_refused_total',
    'Connections that came to the forwarding port and led nowhere.',
    () => tunnels.counters.refused,
  );
}

function addLoad(page: MetricPage, { currentLoad, maxLoad, concurrency }: MetricSources): void {
  page.gauge('lanyard_current_load', 'Weight in hand times CPU load.', currentLoad);
  page.gauge('lanyard_max_load', 'Greatest load that this slave takes.', () => maxLoad);
  page.gauge('lanyard_concurrency', 'Worker threads at most.', () => concurrency);
}

function addHost(page: MetricPage, { host }: MetricSources): void {
  const cpuHelp = "Share of all cores' time that was in use in the last second.";
  page.gauge('lanyard_host_cpu_ratio', cpuHelp, () => host.cpuRatio);
  page.gauge('lanyard_host_memory_used_bytes', 'Memory of this machine in use.', () => host.memoryUsedBytes);
  page.gauge('lanyard_host_memory_bytes', 'Memory of this machine.', () => host.memoryBytes);
}

/** Serves the page at GET /metrics. */
export function serveMetrics(page: MetricPage, host: string, port: number): Promise<SmallServer> {
  const routes = new Map([['/metrics', () => page.read()]]);
  return openSmallServer({ host, port, what: 'metrics', option: '--metrics-port', routes });
}
