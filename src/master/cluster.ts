// The cluster as the doors see it: admission, and views of the pool and the catalogue.
import type { Failure } from '../common/errors.ts';
import type { Clock } from '../common/time/clock.ts';
import { algorithmNames, findAlgorithm } from './balancing/registry.ts';
import type { Admission } from './dispatch/admission.ts';
import type { Catalogue } from './dispatch/catalogue.ts';
import type { Dispatcher } from './dispatch/dispatcher.ts';
import type { AlgorithmView, Cluster } from './doors/door.ts';
import { slaveTaskView, slaveView } from './observe/snapshot.ts';
import { takesWork } from './pool/member-state.ts';
import type { Member } from './pool/member.ts';
import type { Pool } from './pool/pool.ts';

export interface ClusterParts {
  readonly pool: Pool;
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly onAlgorithm: (from: string, to: string) => void;
}

export function createCluster({ pool, admission, dispatcher, catalogue, clock, onAlgorithm }: ClusterParts): Cluster {
  const clockOffsetMs = Date.now() - clock.nowMs();
  const algorithm = (): AlgorithmView => ({ name: pool.algorithm.name, available: algorithmNames() });
  return {
    submit: (request, onEnd) => admission.submit(request, onEnd),
    taskTypes: () =>
      Array.from(catalogue.all(), ({ spec, group }) => {
        const { name, description, schema, resultKind, weight } = spec;
        return { name, description, group, schema, result: resultKind, weight };
      }),
    slaves: () => Array.from(pool.members(), (member) => slaveView(member, clockOffsetMs)),
    slave(id) {
      const member = memberOf(pool, id);
      return member && slaveView(member, clockOffsetMs);
    },
    slaveTasks(id) {
      const member = memberOf(pool, id);
      return member && Array.from(dispatcher.attemptsOf(member), slaveTaskView);
    },
    algorithm,
    setAlgorithm(name): AlgorithmView | Failure {
      const found = findAlgorithm(name);
      if (found === undefined) return { code: 'UNKNOWN_ALGORITHM', message: unknownAlgorithm(name) };
      onAlgorithm(pool.algorithm.name, found.name);
      pool.setAlgorithm(found);
      return algorithm();
    },
    takesWork: () => admission.isOpen,
    hasReadySlave: () => [...pool.members()].some(({ state }) => takesWork(state)),
  };
}

/** By id, or by the name that people see. */
function memberOf(pool: Pool, idOrName: string): Member | undefined {
  return pool.member(idOrName) ?? [...pool.members()].find(({ profile }) => profile.name === idOrName);
}

/** The sentence for a name that no algorithm has. */
export function unknownAlgorithm(name: string): string {
  return `unknown algorithm ${name.slice(0, 60) || '(none)'}: expected one of ${algorithmNames().join(', ')}`;
}
