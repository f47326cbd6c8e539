// What a slave says of itself: its capabilities at the join, its load at every poll.
import { cpus, hostname } from 'node:os';
import type { LoadReport, SlaveCapabilities } from '../common/protocol/messages.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../common/task-types/registry.ts';
import type { Intake } from './intake.ts';
import type { HostSampler } from './load/host-sampler.ts';
import type { SlaveOptions } from './options.ts';

export interface Self {
  readonly instanceId: string;
  readonly options: SlaveOptions;
  /** TCP ports for the master, in the order of ROLES. */
  readonly ports: readonly number[];
  /** 0 when metrics are off. */
  readonly metricsPort: number;
  readonly intake: Intake;
  readonly host: HostSampler;
  readonly readCpu: () => number;
}

export function describeCapabilities(
  { instanceId, options, ports, metricsPort, intake }: Self,
  holds: SlaveCapabilities['holds'],
): SlaveCapabilities {
  const { name, concurrency, maxLoad, labels } = options;
  return {
    instanceId,
    name: name ?? `${plain(hostname())}-${(ports[0] ?? 0).toString()}`,
    cores: cpus().length,
    concurrency,
    maxLoad,
    groups: [{ name: COMPUTE_GROUP, slots: intake.slots, taskTypes: BUILT_IN_TASK_TYPES.map(specOf) }],
    labels: Object.fromEntries(labels),
    metricsPort,
    holds,
    draining: intake.draining,
  };
}

export function describeLoad({ intake, host, readCpu }: Self): LoadReport {
  return {
    cpu: readCpu(),
    memoryRatio: Math.min(1, host.memoryRatio),
    foreignWeight: 0,
    foreignStarts: 0,
    slots: [[COMPUTE_GROUP, intake.slots]],
    running: intake.running,
  };
}

/** Host names may hold anything; names of slaves are letters, digits, dots, dashes and underscores. */
function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64) || 'slave';
}
