// The cluster as the doors see it: tasks, and views of the pool and the catalogue.
import type { Failure } from '../common/errors.ts';
import type { Clock } from '../common/time/clock.ts';
import { algorithmNames, findAlgorithm } from './balancing/registry.ts';
import type { Admission } from './dispatch/admission.ts';
import type { Catalogue } from './dispatch/catalogue.ts';
import type { Dispatcher } from './dispatch/dispatcher.ts';
import type { AutoscaleView } from './doors/autoscale-view.ts';
import type { AlgorithmView, Cluster, FeedView, SlaveView, TaskDesk } from './doors/door.ts';
import { algorithmOfGroup, algorithmsOfGroups, setAlgorithmOfGroup } from './group-algorithms.ts';
import { listBackends } from './lookaside/backend-listing.ts';
import { backendView } from './lookaside/backend-view.ts';
import type { LookAsideDesk } from './lookaside/desk.ts';
import type { Membership } from './membership/membership.ts';
import type { EventHub } from './observe/event-hub.ts';
import type { ForwardBooks } from './observe/forward-invariants.ts';
import { invariantsView } from './observe/invariants-view.ts';
import { serviceView } from './observe/service-view.ts';
import { slaveTaskView, slaveView } from './observe/snapshot.ts';
import { targetsView } from './observe/targets.ts';
import type { TimeOfDay } from './observe/task-view.ts';
import { takesWork } from './pool/member-state.ts';
import type { Member } from './pool/member.ts';
import type { Pool } from './pool/pool.ts';
import type { Submissions } from './submissions/submissions.ts';

export interface ClusterParts {
  /** Of the cluster (`--cluster`). */
  readonly name: string;
  readonly pool: Pool;
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
  readonly membership: Pick<Membership, 'setDraining'>;
  readonly submissions: Submissions;
  readonly lookAside: LookAsideDesk;
  readonly autoscaler: { view(): AutoscaleView };
  readonly forwarding: ForwardBooks;
  readonly desk: TaskDesk;
  readonly events: EventHub;
  readonly feed: FeedView;
  readonly clock: Clock;
  readonly time: TimeOfDay;
  /** Without `group`: of every group that has none of its own. */
  readonly onAlgorithm: (from: string, to: string, group?: string) => void;
}

export function createCluster(parts: ClusterParts): Cluster {
  const { pool, admission, dispatcher, catalogue, membership, lookAside, forwarding, desk } = parts;
  const { events, feed, clock, time, onAlgorithm } = parts;
  const view = (member: Member): SlaveView => slaveView(member, time);
  return {
    tasks: desk,
    feed,
    taskTypes: () =>
      Array.from(catalogue.all(), ({ spec, group }) => {
        const { name, description, schema, resultKind, weight } = spec;
        return { name, description, group, schema, result: resultKind, weight };
      }),
    slaves: () => Array.from(pool.slaves(), view),
    slave(id) {
      const member = memberOf(pool, id);
      return member && view(member);
    },
    slaveTasks(id) {
      const member = memberOf(pool, id);
      return member && Array.from(dispatcher.attempts.ofMember(member), slaveTaskView);
    },
    backends(filter) {
      const page = listBackends(lookAside.backends, filter);
      if ('code' in page) return page;
      const nowMs = clock.nowMs();
      return { ...page, backends: page.backends.map((backend) => backendView(backend, pool, nowMs, time)) };
    },
    services() {
      const nowMs = clock.nowMs();
      return Array.from(forwarding.services.all(), (service) => serviceView(service, pool, nowMs));
    },
    drainSlave(id) {
      const member = memberOf(pool, id);
      if (member !== undefined) membership.setDraining(member.profile.id, true);
      return member && view(member);
    },
    resumeSlave(id) {
      const member = memberOf(pool, id);
      if (member?.state.draining === 'leaving') return leaving(member);
      if (member !== undefined) membership.setDraining(member.profile.id, false);
      return member && view(member);
    },
    ...algorithmsOf(pool, onAlgorithm),
    subscribe: (onEvent) => events.subscribe(onEvent),
    autoscale: () => parts.autoscaler.view(),
    invariants: () => invariantsView(parts, clock.nowMs()),
    targets: (hosts) => targetsView(parts.name, pool, hosts),
    takesWork: () => admission.isOpen,
    hasReadySlave: () => [...pool.slaves()].some(({ state }) => takesWork(state)),
  };
}

/** What doors may ask of the algorithms. */
function algorithmsOf(
  pool: Pool,
  onAlgorithm: ClusterParts['onAlgorithm'],
): Pick<Cluster, 'algorithm' | 'setAlgorithm' | 'setGroupAlgorithm'> {
  const algorithm = (): AlgorithmView => {
    return { name: pool.algorithm.name, available: algorithmNames(), groups: algorithmsOfGroups(pool) };
  };
  return {
    algorithm,
    setAlgorithm(name): AlgorithmView | Failure {
      const found = findAlgorithm(name);
      if (found === undefined) return unknownAlgorithm(name);
      onAlgorithm(pool.algorithm.name, found.name);
      pool.setAlgorithm(found);
      return algorithm();
    },
    setGroupAlgorithm(group, name): AlgorithmView | Failure {
      const found = name === null ? undefined : findAlgorithm(name);
      if (name !== null && found === undefined) return unknownAlgorithm(name);
      const from = algorithmOfGroup(pool, group).name;
      const failure = setAlgorithmOfGroup(pool, group, found);
      if (failure === undefined) onAlgorithm(from, algorithmOfGroup(pool, group).name, group);
      return failure ?? algorithm();
    },
  };
}

/** By id, or by the name that people see. */
function memberOf(pool: Pool, idOrName: string): Member | undefined {
  const member = pool.member(idOrName);
  if (member?.profile.kind === 'slave') return member;
  return [...pool.slaves()].find(({ profile }) => profile.name === idOrName);
}

function leaving({ profile }: Member): Failure {
  const message = `slave ${profile.name} was told to stop and leaves when its work is done; start it again instead`;
  return { code: 'CONFLICT', message };
}

function unknownAlgorithm(name: string): Failure {
  const message = `unknown algorithm ${name.slice(0, 60) || '(none)'}: expected one of ${algorithmNames().join(', ')}`;
  return { code: 'UNKNOWN_ALGORITHM', message };
}
