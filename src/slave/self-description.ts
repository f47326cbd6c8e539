// What a slave says of itself: its capabilities at the join, its load at every poll.
import { cpus, hostname } from 'node:os';
import type { LoadReport, SlaveCapabilities } from '../common/protocol/messages.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../common/task-types/registry.ts';
import type { HostSampler } from './load/host-sampler.ts';
import type { SlaveOptions } from './options.ts';
import type { Serving } from './serving.ts';
import type { Work } from './work.ts';

export interface Self {
  readonly instanceId: string;
  readonly options: SlaveOptions;
  /** TCP ports for the master, in the order of ROLES. */
  readonly ports: readonly number[];
  /** 0 when metrics are off. */
  readonly metricsPort: number;
  readonly work: Work;
  readonly serving: Serving;
  readonly host: HostSampler;
  readonly readCpu: () => number;
}

export function describeCapabilities(self: Self, holds: SlaveCapabilities['holds']): SlaveCapabilities {
  const { instanceId, options, metricsPort, work, serving } = self;
  const { concurrency, maxLoad, labels } = options;
  return {
    instanceId,
    name: ownName(self),
    cores: cpus().length,
    concurrency,
    maxLoad,
    groups: [{ name: COMPUTE_GROUP, slots: work.intake.slots, taskTypes: BUILT_IN_TASK_TYPES.map(specOf) }],
    labels: Object.fromEntries(labels),
    metricsPort,
    holds,
    draining: work.intake.draining,
    grpcPort: work.grpcPort,
    forwardPort: serving.forwardPort,
    services: serving.offers,
  };
}

export function describeLoad({ work, host, readCpu }: Self): LoadReport {
  return {
    cpu: readCpu(),
    memoryRatio: Math.min(1, host.memoryRatio),
    foreignWeight: work.weight.calls.weight,
    foreignStarts: work.counters.calls,
    slots: [[COMPUTE_GROUP, work.intake.slots]],
    running: work.running,
  };
}

/** For the log: where all that it has opened is. */
export function describeStart(self: Self): Readonly<Record<string, unknown>> {
  const { instanceId: id, options, ports, metricsPort, work, serving } = self;
  const { concurrency, maxLoad } = options;
  const { forwardPort, offers: services } = serving;
  const shown = (port: number): number | 'off' => (port === 0 ? 'off' : port);
  return {
    ...{ ports, metricsPort: shown(metricsPort), grpcPort: shown(work.grpcPort) },
    ...(services.length > 0 && { forwardPort, services }),
    ...{ concurrency, maxLoad, id },
  };
}

/** What this slave calls itself; its master may call it otherwise, when another one has that name. */
export function ownName({ options, ports }: Pick<Self, 'options' | 'ports'>): string {
  return options.name ?? `${plain(hostname())}-${(ports[0] ?? 0).toString()}`;
}

/** Host names may hold anything; names of slaves are letters, digits, dots, dashes and underscores. */
function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64) || 'slave';
}
