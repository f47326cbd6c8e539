// What waits for a thread: a line per owner, first come first served in each. Owners take turns, task by task, so that nobody waits
// for all that somebody else has brought.
import type { SlaveTask, TaskOwner } from './slave-task.ts';

export class Lines {
  readonly #lines: Line[] = [];
  /** The line whose turn it is, if something waits there; past the last one, the first. */
  #turn = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** To the end of its owner's line. */
  push(task: SlaveTask): void {
    this.#lineOf(task.owner).push(task);
    this.#size++;
  }

  /** To the front of their owners' lines, in this order. */
  putBack(tasks: readonly SlaveTask[]): void {
    for (const owner of new Set(tasks.map((task) => task.owner))) {
      this.#lineOf(owner).putBack(tasks.filter((task) => task.owner === owner));
    }
    this.#size += tasks.length;
  }

  /** Out of its line; false when it does not wait. */
  delete(task: SlaveTask): boolean {
    if (!this.#lineOf(task.owner).delete(task)) return false;
    this.#size--;
    return true;
  }

  /** Who is served next; stays where it is. */
  next(): SlaveTask | undefined {
    for (let i = 0; i < this.#lines.length; i++) {
      const head = this.#lines[(this.#turn + i) % this.#lines.length]?.head;
      if (head !== undefined) return head;
    }
    return undefined;
  }

  /** Serves what `next` has shown: the turn is another owner's. */
  take(task: SlaveTask): void {
    if (!this.delete(task)) return;
    this.#turn = this.#lines.findIndex(({ owner }) => owner === task.owner) + 1;
  }

  #lineOf(owner: TaskOwner): Line {
    const found = this.#lines.find((line) => line.owner === owner);
    if (found !== undefined) return found;
    const line = new Line(owner);
    this.#lines.push(line);
    return line;
  }
}

class Line {
  readonly owner: TaskOwner;
  #tasks = new Set<SlaveTask>();
  /** Stands behind `head`. Kept, since one from the start would pass over all that was deleted there. */
  #rest = this.#tasks.values();
  head: SlaveTask | undefined;

  constructor(owner: TaskOwner) {
    this.owner = owner;
  }

  push(task: SlaveTask): void {
    this.#tasks.add(task);
    if (this.head === undefined) this.#restart();
  }

  putBack(tasks: readonly SlaveTask[]): void {
    this.#tasks = new Set([...tasks, ...this.#tasks]);
    this.#restart();
  }

  delete(task: SlaveTask): boolean {
    if (!this.#tasks.delete(task)) return false;
    if (this.head === task) this.head = this.#rest.next().value;
    return true;
  }

  #restart(): void {
    this.#rest = this.#tasks.values();
    this.head = this.#rest.next().value;
  }
}
