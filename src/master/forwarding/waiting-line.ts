// Those who wait, first in, first out, each of whom may leave at any time: linked through themselves, so that both cost the same
// however long the line is.

/** Somebody in a line. */
export interface Waiting<T> {
  readonly what: T;
  /** Milliseconds of the clock. */
  readonly sinceMs: number;
  /** The line that it stands in; undefined when it has left. */
  line: WaitingLine<T> | undefined;
  previous: Waiting<T> | undefined;
  next: Waiting<T> | undefined;
}

export class WaitingLine<T> {
  #first: Waiting<T> | undefined;
  #last: Waiting<T> | undefined;
  #length = 0;

  get first(): Waiting<T> | undefined {
    return this.#first;
  }

  get length(): number {
    return this.#length;
  }

  add(what: T, sinceMs: number): Waiting<T> {
    const added: Waiting<T> = { what, sinceMs, line: this, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = added;
    else this.#last.next = added;
    this.#last = added;
    this.#length++;
    return added;
  }

  /** Only the first call for one who waits does anything and returns true. */
  remove(waiting: Waiting<T>): boolean {
    if (waiting.line !== this) return false;
    const { previous, next } = waiting;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiting.line = undefined;
    this.#length--;
    return true;
  }

  *[Symbol.iterator](): Generator<Waiting<T>> {
    for (let each = this.#first; each !== undefined; each = each.next) yield each;
  }
}
