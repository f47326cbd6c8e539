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
const GROUPS_MAX = 1000;

export class Catalogue {
  readonly #types = new Map<string, KnownType>();
  readonly #groups = new Set([COMPUTE_GROUP]);

  constructor() {
    for (const type of BUILT_IN_TASK_TYPES) {
      const spec = specOf(type);
      this.#types.set(spec.name, { spec, group: COMPUTE_GROUP, reader: new ParameterReader(spec) });
    }
  }

  find(name: string): KnownType | undefined {
    return this.#types.get(name);
  }

  /** Whether tasks run in a group of this name, or did. */
  hasGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  all(): IterableIterator<KnownType> {
    return this.#types.values();
  }

  /** Takes in what a slave offers, all or nothing. Returns what is wrong with it, if anything: such a slave cannot join. */
  learn(offers: readonly GroupOffer[]): string | undefined {
    const added: KnownType[] = [];
    const groups = new Set([...this.#groups, ...offers.map(({ name }) => name)]);
    if (groups.size > GROUPS_MAX) return `more than ${GROUPS_MAX.toString()} groups`;
    for (const { name: group, taskTypes } of offers) {
      for (const spec of taskTypes) {
        const known = this.#types.get(spec.name);
        if (known !== undefined && known.group !== group) {
          return `task type ${spec.name} is in group ${known.group} here, not in ${group}`;
        }
        if (known !== undefined || group === COMPUTE_GROUP) continue;
        const type = read(spec, group);
        if (typeof type === 'string') return type;
        added.push(type);
      }
    }
    if (this.#types.size + added.length > TYPES_MAX) return `more than ${TYPES_MAX.toString()} task types`;
    for (const type of added) this.#types.set(type.spec.name, type);
    for (const group of groups) this.#groups.add(group);
    return undefined;
  }
}

/** The type, ready to read parameters, or what is wrong with it. */
function read(spec: TaskTypeSpec, group: string): KnownType | string {
  try {
    return { spec, group, reader: new ParameterReader(spec) };
  } catch (error) {
    return `task type ${spec.name}: ${messageOf(error)}`;
  }
}
