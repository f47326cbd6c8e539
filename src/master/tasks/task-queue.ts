// The queue in front of a group: three priorities, first in first out within each, bounded. Types with a limit on how many may be
// out at once stand in lanes of their own, so that a full lane holds up nobody else. A lane is an ordered index of (priority,
// turn) with the least weight of each subtree: "the next that weighs at most so much", taking out of the middle and putting back
// in turn are all O(log n).
import { PRIORITIES } from '../../common/task-types/priority.ts';
import { NONE, OrderedIndex } from '../balancing/ordered-index.ts';
import { NOT_QUEUED, type Task } from './task.ts';

/** Tasks of one limited type, or all others. */
class Lane {
  readonly limit: number;
  /** How many of its tasks are out at members. */
  out = 0;
  readonly #index = new OrderedIndex();
  readonly #tasks: (Task | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  add(task: Task): void {
    const slot = this.#free.pop() ?? this.#tasks.length;
    this.#tasks[slot] = task;
    task.queueSlot = slot;
    // The index knows room, greater is better: a light task has much of it.
    this.#index.set(slot, PRIORITIES.indexOf(task.priority), task.turn, 0, -task.weight);
  }

  remove(task: Task): void {
    const slot = task.queueSlot;
    this.#index.remove(slot);
    this.#tasks[slot] = undefined;
    this.#free.push(slot);
    task.queueSlot = NOT_QUEUED;
  }

  /** The first that weighs at most `weightMax`. */
  first(weightMax: number): Task | undefined {
    if (this.#index.size === 0 || this.out >= this.limit) return undefined;
    const slot = this.#index.first(-Math.min(weightMax, Number.MAX_VALUE));
    return slot === NONE ? undefined : this.#tasks[slot];
  }

  /** The first `count` in order, whether the lane is full or not. */
  next(count: number): Task[] {
    const next: Task[] = [];
    for (const slot of this.#index.slots()) {
      const task = next.length < count ? this.#tasks[slot] : undefined;
      if (task === undefined) break;
      next.push(task);
    }
    return next;
  }

  *tasks(): Generator<Task> {
    for (const task of this.#tasks) if (task !== undefined) yield task;
  }
}

export class TaskQueue {
  readonly group: string;
  /** New tasks are refused beyond this many; work that comes back from a member is always let in. */
  readonly lengthMax: number;
  readonly #open = new Lane(Infinity);
  readonly #limited = new Map<string, Lane>();
  /** They wait until they have rested. */
  readonly #resting = new Set<Task>();
  #length = 0;
  #turns = 0;

  /** `limits`: how many tasks of a type may be out at once. */
  constructor(group: string, lengthMax: number, limits: ReadonlyMap<string, number> = new Map()) {
    this.group = group;
    this.lengthMax = lengthMax;
    for (const [type, limit] of limits) this.#limited.set(type, new Lane(limit));
  }

  /** All that wait, resting ones included. */
  get length(): number {
    return this.#length;
  }

  get isOverfull(): boolean {
    return this.#length > this.lengthMax;
  }

  /** Puts a new task last within its priority. */
  push(task: Task): void {
    task.turn = ++this.#turns;
    this.restore(task);
  }

  /** Puts a task that came back where its turn is: in front of all that came later, so at or near the head. */
  restore(task: Task): void {
    this.#length++;
    if (task.restUntilMs > 0) this.#resting.add(task);
    else this.#laneOf(task.type).add(task);
  }

  /** A task has rested: it may be taken again. */
  wake(task: Task): void {
    if (!this.#resting.delete(task)) return;
    task.restUntilMs = 0;
    this.#laneOf(task.type).add(task);
  }

  /** Takes out a task that is in this queue. */
  remove(task: Task): void {
    this.#length--;
    if (!this.#resting.delete(task)) this.#laneOf(task.type).remove(task);
    task.restUntilMs = 0;
  }

  has(task: Task): boolean {
    return task.queueSlot !== NOT_QUEUED || this.#resting.has(task);
  }

  isResting(task: Task): boolean {
    return this.#resting.has(task);
  }

  /** The first in order that may be sent now and weighs at most `weightMax`: the head, when no weight is given. */
  first(weightMax = Number.MAX_VALUE): Task | undefined {
    let first = this.#open.first(weightMax);
    for (const lane of this.#limited.values()) {
      const task = lane.first(weightMax);
      if (task !== undefined && (first === undefined || isBefore(task, first))) first = task;
    }
    return first;
  }

  /** An attempt of this type went out to a member, or came back from one. */
  countOut(type: string, change: 1 | -1): void {
    const lane = this.#limited.get(type);
    if (lane !== undefined) lane.out += change;
  }

  /** Tasks of a limited type that are out, and the limit. */
  *limits(): Generator<{ readonly type: string; readonly out: number; readonly limit: number }> {
    for (const [type, { out, limit }] of this.#limited) yield { type, out, limit };
  }

  /** Every task that waits, also those that rest or are held by a limit, in no order. */
  *tasks(): Generator<Task> {
    yield* this.#open.tasks();
    for (const lane of this.#limited.values()) yield* lane.tasks();
    yield* this.#resting;
  }

  /** The same, in order. */
  inOrder(): Task[] {
    return [...this.tasks()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** The first `count` in order, for people to see; those that rest stand behind the others. Costs the same however many wait. */
  next(count: number): Task[] {
    const lanes = [this.#open, ...this.#limited.values()];
    const next = lanes.flatMap((lane) => lane.next(count)).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    for (const task of this.#resting) {
      if (next.length >= count) break;
      next.push(task);
    }
    return next.slice(0, count);
  }

  #laneOf(type: string): Lane {
    return this.#limited.get(type) ?? this.#open;
  }
}

function isBefore(a: Task, b: Task): boolean {
  const urgency = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return urgency === 0 ? a.turn < b.turn : urgency < 0;
}
