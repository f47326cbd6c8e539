// GET /metrics of the master, for Prometheus: plain counters, read when they are asked for.
import { Counter, Gauge, Registry } from 'prom-client';
import type { DispatchCounters } from '../dispatch/counters.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { DiscoveryCounters } from '../membership/discovery-counters.ts';
import { stateName } from '../pool/member-state.ts';
import type { Pool } from '../pool/pool.ts';

export interface MetricSources {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly tasks: DispatchCounters;
  readonly discovery: DiscoveryCounters;
}

export function masterMetrics({ pool, dispatcher, tasks, discovery }: MetricSources): Registry {
  const registry = new Registry();
  counter(registry, 'lanyard_tasks_requested_total', 'Tasks admitted.', () => ({ '': tasks.requested }));
  counter(
    registry,
    'lanyard_tasks_ended_total',
    'Tasks that ended, by state.',
    () => {
      const { done, failed, cancelled, expired } = tasks;
      return { done, failed, cancelled, expired };
    },
    'state',
  );
  counter(
    registry,
    'lanyard_attempts_returned_total',
    'Attempts without an answer, by reason.',
    () => {
      const { lost, refused, recalled, retried } = tasks;
      return { lost, refused, recalled, threw: retried };
    },
    'reason',
  );
  counter(registry, 'lanyard_attempts_adopted_total', 'Attempts taken on again when their slave came back.', () => ({
    '': tasks.adopted,
  }));
  counter(
    registry,
    'lanyard_results_dropped_total',
    'Answers that nobody waits for, by reason.',
    () => {
      return { late: tasks.lateResults, foreign: tasks.foreignResults };
    },
    'reason',
  );
  counter(
    registry,
    'lanyard_discovery_packets_total',
    'Packets on the discovery port, by kind.',
    () => discovery,
    'kind',
  );
  gauge(registry, 'lanyard_members', 'Members, by state.', () => membersByState(pool), 'state');
  gauge(registry, 'lanyard_attempts_in_flight', 'Attempts that are out at slaves.', () => ({
    '': dispatcher.attempts.size,
  }));
  gauge(
    registry,
    'lanyard_queue_length',
    'Tasks waiting, by group.',
    () => {
      return Object.fromEntries(Array.from(dispatcher.lives.queues(), ([group, queue]) => [group, queue.length]));
    },
    'group',
  );
  return registry;
}

/** Values by label value; the empty label value stands for no label. */
type Read = () => Readonly<Record<string, number>>;

function counter(registry: Registry, name: string, help: string, read: Read, label?: string): void {
  new Counter(readWhenScraped(registry, name, help, read, label));
}

function gauge(registry: Registry, name: string, help: string, read: Read, label?: string): void {
  new Gauge(readWhenScraped(registry, name, help, read, label));
}

/** Starts from nothing at every scrape and adds what is read: so a label value that is gone vanishes. */
function readWhenScraped(registry: Registry, name: string, help: string, read: Read, label?: string) {
  return {
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect(this: Pick<Counter, 'reset' | 'inc'>) {
      this.reset();
      for (const [value, count] of Object.entries(read())) {
        if (label === undefined) this.inc(count);
        else this.inc({ [label]: value }, count);
      }
    },
  };
}

function membersByState(pool: Pool): Record<string, number> {
  const counts: Record<string, number> = { ready: 0, suspect: 0, draining: 0 };
  for (const { state } of pool.members()) {
    const name = stateName(state);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
