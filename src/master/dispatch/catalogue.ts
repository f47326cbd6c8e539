// Which task types this cluster knows, in which group each runs, and how its parameters are read: the built-in ones, and what
// slaves announced beyond them. A type that slaves brought stays known while the master runs, so that its tasks may wait for one.
import { messageOf } from '../../common/errors.ts';
import type { GroupOffer } from '../../common/protocol/messages.ts';
import { COMPUTE_GROUP, type TaskTypeSpec } from '../../common/task-types/contract.ts';
import { ParameterReader } from '../../common/task-types/parameters.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../../common/task-types/registry.ts';

export interface KnownType {
  readonly spec: TaskTypeSpec;
  readonly group: string;
  readonly reader: ParameterReader;
}

const TYPES_MAX = 10_000;

export class Catalogue {
  readonly #types = new Map<string, KnownType>();

  constructor() {
    for (const type of BUILT_IN_TASK_TYPES) this.#add(specOf(type), COMPUTE_GROUP);
  }

  find(name: string): KnownType | undefined {
    return this.#types.get(name);
  }

  all(): IterableIterator<KnownType> {
    return this.#types.values();
  }

  /** Takes in what a slave offers. Returns what is wrong with it, if anything: such a slave cannot join. */
  learn(offers: readonly GroupOffer[]): string | undefined {
    for (const { name: group, taskTypes } of offers) {
      for (const spec of taskTypes) {
        const problem = this.#types.has(spec.name) ? this.#conflict(spec, group) : this.#tryAdd(spec, group);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  }

  #conflict(spec: TaskTypeSpec, group: string): string | undefined {
    const known = this.#types.get(spec.name)?.group;
    return known === group ? undefined : `task type ${spec.name} is in group ${known ?? ''} here, not in ${group}`;
  }

  #tryAdd(spec: TaskTypeSpec, group: string): string | undefined {
    if (group === COMPUTE_GROUP) return undefined;
    if (this.#types.size >= TYPES_MAX) return `more than ${TYPES_MAX.toString()} task types`;
    try {
      this.#add(spec, group);
      return undefined;
    } catch (error) {
      return `task type ${spec.name}: ${messageOf(error)}`;
    }
  }

  #add(spec: TaskTypeSpec, group: string): void {
    this.#types.set(spec.name, { spec, group, reader: new ParameterReader(spec) });
  }
}
