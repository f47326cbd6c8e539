// The queue in front of a group: strict first in, first out, bounded, O(1) to take out of the middle (a client that hung up).
import type { Task } from './task.ts';

export class TaskQueue {
  /** New tasks are refused beyond this many; work that comes back from a member is always let in. */
  readonly lengthMax: number;
  #head: Task | undefined;
  #tail: Task | undefined;
  #length = 0;
  #turns = 0;

  constructor(lengthMax: number) {
    this.lengthMax = lengthMax;
  }

  get length(): number {
    return this.#length;
  }

  get head(): Task | undefined {
    return this.#head;
  }

  get isOverfull(): boolean {
    return this.#length > this.lengthMax;
  }

  /** Puts a new task last. */
  push(task: Task): void {
    task.turn = ++this.#turns;
    task.queuePrevious = this.#tail;
    task.queueNext = undefined;
    if (this.#tail === undefined) this.#head = task;
    else this.#tail.queueNext = task;
    this.#tail = task;
    this.#length++;
  }

  /** Puts a task that came back where its turn is: in front of all that came later, so at or near the head. */
  restore(task: Task): void {
    let previous: Task | undefined;
    let next = this.#head;
    while (next !== undefined && next.turn < task.turn) {
      previous = next;
      next = next.queueNext;
    }
    task.queuePrevious = previous;
    task.queueNext = next;
    if (previous === undefined) this.#head = task;
    else previous.queueNext = task;
    if (next === undefined) this.#tail = task;
    else next.queuePrevious = task;
    this.#length++;
  }

  /** Takes out a task that is in this queue. */
  remove(task: Task): void {
    const { queuePrevious, queueNext } = task;
    if (queuePrevious === undefined) this.#head = queueNext;
    else queuePrevious.queueNext = queueNext;
    if (queueNext === undefined) this.#tail = queuePrevious;
    else queueNext.queuePrevious = queuePrevious;
    task.queuePrevious = undefined;
    task.queueNext = undefined;
    this.#length--;
  }

  *[Symbol.iterator](): Generator<Task> {
    for (let task = this.#head; task !== undefined; task = task.queueNext) yield task;
  }
}
