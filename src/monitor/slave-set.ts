// The slaves that a monitor knows, by instance. Every change says whether anything is other than before. Pure.
import { isSameSlave, type SlaveInfo } from '../common/protocol/slave-info.ts';

export class SlaveSet {
  readonly #byId = new Map<string, SlaveInfo>();
  /** Names are unique, as they are at the master. */
  readonly #idByName = new Map<string, string>();
  #sorted: readonly SlaveInfo[] | undefined;

  get size(): number {
    return this.#byId.size;
  }

  has(instanceId: string): boolean {
    return this.#byId.has(instanceId);
  }

  /** By name. The very same array until something changes. */
  get list(): readonly SlaveInfo[] {
    this.#sorted ??= [...this.#byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  /** A slave is there, or is other than before. Whoever had its name until now is not there any more. */
  joined(slave: SlaveInfo): boolean {
    const { instanceId, name } = slave;
    const before = this.#byId.get(instanceId);
    if (before !== undefined && isSameSlave(before, slave)) return false;
    this.left(instanceId);
    const namesake = this.#idByName.get(name);
    if (namesake !== undefined) this.left(namesake);
    this.#byId.set(instanceId, slave);
    this.#idByName.set(name, instanceId);
    this.#sorted = undefined;
    return true;
  }

  left(instanceId: string): boolean {
    const slave = this.#byId.get(instanceId);
    if (slave === undefined) return false;
    this.#byId.delete(instanceId);
    this.#idByName.delete(slave.name);
    this.#sorted = undefined;
    return true;
  }

  /** All of these are there; what else is known stays. */
  addAll(slaves: readonly SlaveInfo[]): boolean {
    let changed = false;
    for (const slave of slaves) changed = this.joined(slave) || changed;
    return changed;
  }

  /** Exactly these are there. */
  replaceAll(slaves: readonly SlaveInfo[]): boolean {
    const there = new Set(slaves.map(({ instanceId }) => instanceId));
    let changed = false;
    for (const id of [...this.#byId.keys()]) if (!there.has(id)) changed = this.left(id) || changed;
    return this.addAll(slaves) || changed;
  }
}
