// Something kept per task type, for labels: however many types a cluster is taught, Prometheus sees a bounded number of series.

/** So many types have a label of their own; all that come later share `other`. */
export const TYPES_MAX = 100;
export const OTHER_TYPES = 'other';

export class ByType<T> implements Iterable<readonly [type: string, kept: T]> {
  readonly #make: () => T;
  readonly #kept = new Map<string, T>();

  /** `make`: what a type has at first. `types`: those that are shown before the first of them ended. */
  constructor(make: () => T, types: Iterable<string> = []) {
    this.#make = make;
    for (const type of types) this.of(type);
  }

  /** What is kept for `type`, or for all the others. */
  of(type: string): T {
    return this.#kept.get(type) ?? this.#add(type);
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#kept.entries();
  }

  #add(type: string): T {
    if (this.#kept.size >= TYPES_MAX && type !== OTHER_TYPES) return this.of(OTHER_TYPES);
    const made = this.#make();
    this.#kept.set(type, made);
    return made;
  }
}
