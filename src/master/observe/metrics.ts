// GET /metrics of the master, for Prometheus: plain counters, read when they are asked for. What each means: docs/operations.md.
import { PACKAGE_VERSION } from '../../common/config/package-version.ts';
import { labelled, MetricPage, type Sample } from '../../common/prometheus/metric-page.ts';
import type { DispatchCounters } from '../dispatch/counters.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Closable, ForwardServices } from '../forwarding/services.ts';
import type { LookAsideDesk } from '../lookaside/desk.ts';
import type { DiscoveryCounters } from '../membership/discovery-counters.ts';
import { stateName } from '../pool/member-state.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { addReplicas, type ReplicaCounts } from './autoscale-metrics.ts';
import { addForwarding } from './forward-metrics.ts';
import { addLookAside } from './lookaside-metrics.ts';

export interface MetricSources {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly tasks: DispatchCounters;
  readonly discovery: DiscoveryCounters;
  /** Those that are connected. */
  readonly monitors: { readonly size: number };
  readonly lookAside: LookAsideDesk;
  readonly autoscaler: ReplicaCounts;
  readonly forwarding: { readonly services: ForwardServices<Closable> };
}

/** All metrics of a master. */
export function masterMetrics(sources: MetricSources): MetricPage {
  const page = new MetricPage();
  addTasks(page, sources);
  addAttempts(page, sources);
  addMembers(page, sources);
  addCluster(page, sources);
  addLookAside(page, sources.lookAside);
  addReplicas(page, sources.autoscaler);
  addForwarding(page, sources.forwarding);
  page.aboutNode('master', PACKAGE_VERSION);
  return page;
}

function addTasks(page: MetricPage, { tasks, dispatcher }: MetricSources): void {
  page.counter('lanyard_tasks_admitted_total', 'Tasks admitted.', () => tasks.admitted);
  page.counter('lanyard_tasks_ended_total', 'Tasks that ended, by state.', () => {
    const { done, failed, cancelled, expired } = tasks;
    return labelled('state', { done, failed, cancelled, expired });
  });
  const taskHelp = 'From admission to the end, of tasks that are done or failed, by type.';
  page.histogram('lanyard_task_seconds', taskHelp, () =>
    Array.from(tasks.taskTime, ([type, time]) => [{ type }, time]),
  );
  const waitHelp = 'From admission to the first dispatch.';
  page.histogram('lanyard_queue_wait_seconds', waitHelp, () => [[{}, tasks.queueWait]]);
  page.gauge('lanyard_queue_length', 'Tasks waiting, by group.', () => {
    return Array.from(dispatcher.lives.queues(), ([group, queue]) => [{ group }, queue.length]);
  });
}

function addAttempts(page: MetricPage, { tasks, dispatcher }: MetricSources): void {
  const dispatchHelp =
    'From dispatch to answer, minus the run time at the slave: of attempts whose answer ended the task.';
  page.histogram('lanyard_dispatch_seconds', dispatchHelp, () => [[{}, tasks.dispatch]]);
  page.gauge('lanyard_attempts_in_flight', 'Attempts that are out at slaves.', () => dispatcher.attempts.size);
  page.counter('lanyard_attempts_returned_total', 'Attempts without an answer, by reason.', () => {
    const { lost, refused, recalled, retried } = tasks;
    return labelled('reason', { lost, refused, recalled, threw: retried });
  });
  const adoptedHelp = 'Attempts taken on again when their slave came back.';
  page.counter('lanyard_attempts_adopted_total', adoptedHelp, () => tasks.adopted);
  page.counter('lanyard_results_dropped_total', 'Answers that nobody waits for, by reason.', () => {
    return labelled('reason', { late: tasks.lateResults, foreign: tasks.foreignResults });
  });
}

function addMembers(page: MetricPage, { pool }: MetricSources): void {
  const ofEach = (read: (member: Member) => number) => (): Sample[] => {
    return Array.from(pool.slaves(), (member) => [{ slave: member.profile.name }, read(member)]);
  };
  page.gauge('lanyard_members', 'Members, by state.', () => labelled('state', membersByState(pool)));
  page.gauge(
    'lanyard_member_load',
    'Weight in flight times CPU load, as the algorithms see it, by slave.',
    ofEach(({ load }) => load),
  );
  page.gauge(
    'lanyard_member_weight',
    'Weight of the tasks in flight, by slave.',
    ofEach(({ weight }) => weight),
  );
  page.counter('lanyard_picks_total', 'How often each algorithm picked each member.', () => picks(pool));
}

function addCluster(page: MetricPage, { pool, discovery, monitors }: MetricSources): void {
  page.gauge('lanyard_algorithm_info', 'The balancing algorithm: always 1.', () => {
    return [[{ algorithm: pool.algorithm.name }, 1]];
  });
  page.gauge('lanyard_monitors', 'Monitors that are connected.', () => monitors.size);
  page.counter('lanyard_discovery_packets_total', 'Packets on the discovery port, by kind.', () => {
    return labelled('kind', { ...discovery });
  });
}

function membersByState(pool: Pool): Record<string, number> {
  const counts: Record<string, number> = { ready: 0, suspect: 0, draining: 0 };
  for (const { state } of pool.slaves()) {
    const name = stateName(state);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function picks(pool: Pool): Sample[] {
  const samples: Sample[] = [];
  for (const member of pool.slaves()) {
    const slave = member.profile.name;
    for (const [algorithm, count] of pool.picksOf(member)) samples.push([{ algorithm, slave }, count]);
  }
  return samples;
}
