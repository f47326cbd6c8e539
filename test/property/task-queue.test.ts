// The queue against a plain array sorted by priority and turn: pushes, takes from the head, from the middle and by weight, tasks
// that come back, rest and wake, and types that are held by a limit.
import { expect } from 'chai';
import fc from 'fast-check';
import { PRIORITIES } from '../../src/common/task-types/priority.ts';
import { TaskQueue } from '../../src/master/tasks/task-queue.ts';
import type { Task } from '../../src/master/tasks/task.ts';
import { holds } from '../support/holds.ts';
import { newTask } from '../support/new-task.ts';

type Kind = 'push' | 'take-head' | 'take-light' | 'take-any' | 'restore' | 'restore-resting' | 'wake' | 'end';
type Step = readonly [kind: Kind, which: number, weight: number];

const LENGTH_MAX = 5;
const LIMITS = new Map([
  ['countprimes', 1],
  ['burn', 2],
]);
const TYPES = ['fib', 'countprimes', 'burn'];

/** The queue and its model: every task ever pushed, in the order of the pushes, and where each of them is. */
class Both {
  readonly queue = new TaskQueue('compute', LENGTH_MAX, LIMITS);
  readonly #pushed: Task[] = [];
  readonly #out = new Set<Task>();
  readonly #resting = new Set<Task>();
  readonly #ended = new Set<Task>();

  get #waiting(): Task[] {
    const here = this.#pushed.filter((task) => !this.#out.has(task) && !this.#ended.has(task));
    const urgency = ({ priority }: Task): number => PRIORITIES.indexOf(priority);
    return here.sort((a, b) => urgency(a) - urgency(b) || this.#pushed.indexOf(a) - this.#pushed.indexOf(b));
  }

  /** What may be taken now, in order. */
  get #eligible(): Task[] {
    const out = (type: string): number => [...this.#out].filter((task) => task.type === type).length;
    return this.#waiting.filter(
      (task) => !this.#resting.has(task) && out(task.type) < (LIMITS.get(task.type) ?? Infinity),
    );
  }

  apply([kind, which, weight]: Step): void {
    const pick = (tasks: Iterable<Task>): Task | undefined => {
      const all = [...tasks];
      return all[which % all.length];
    };
    if (kind === 'push') {
      const task = newTask({ weight, type: TYPES[which % 3]!, priority: PRIORITIES[Math.floor(which / 3) % 3]! });
      this.queue.push(task);
      this.#pushed.push(task);
    } else if (kind === 'restore' || kind === 'restore-resting') {
      const task = pick(this.#out);
      if (task !== undefined) this.#restore(task, kind === 'restore-resting');
    } else if (kind === 'end') {
      const task = pick(this.#out);
      if (task === undefined) return;
      this.queue.countOut(task.type, -1);
      this.#out.delete(task);
      this.#ended.add(task);
    } else if (kind === 'wake') {
      const task = pick(this.#resting);
      if (task === undefined) return;
      this.queue.wake(task);
      this.#resting.delete(task);
    } else {
      this.#take(
        kind === 'take-head'
          ? this.queue.first()
          : kind === 'take-light'
            ? this.queue.first(weight)
            : pick(this.#waiting),
      );
    }
  }

  #restore(task: Task, resting: boolean): void {
    task.restUntilMs = resting ? 1 : 0;
    this.queue.countOut(task.type, -1);
    this.queue.restore(task);
    this.#out.delete(task);
    if (resting) this.#resting.add(task);
  }

  #take(task: Task | undefined): void {
    if (task === undefined) return;
    this.queue.remove(task);
    this.queue.countOut(task.type, 1);
    this.#resting.delete(task);
    this.#out.add(task);
  }

  check(): void {
    const waiting = this.#waiting;
    const ids = (tasks: Iterable<Task>): string[] => Array.from(tasks, ({ id }) => id);
    expect(ids(this.queue.inOrder())).to.deep.equal(ids(waiting));
    const resting = waiting.filter((task) => this.#resting.has(task));
    const ready = waiting.filter((task) => !this.#resting.has(task));
    expect(ids(this.queue.next(3)), 'what people see').to.have.length(Math.min(3, waiting.length));
    expect(ids(this.queue.next(3)).slice(0, ready.length)).to.deep.equal(ids(ready.slice(0, 3)));
    expect(ids(this.queue.next(100))).to.have.members(ids([...ready, ...resting]));
    expect(this.queue.length).to.equal(waiting.length);
    expect(this.queue.isOverfull).to.equal(waiting.length > LENGTH_MAX);
    const eligible = this.#eligible;
    expect(this.queue.first()?.id, 'head').to.equal(eligible[0]?.id);
    for (const max of [1, 3, 5, 9]) {
      expect(this.queue.first(max)?.id, `first of weight ${max}`).to.equal(
        eligible.find(({ weight }) => weight <= max)?.id,
      );
    }
    for (const task of this.#pushed) expect(this.queue.has(task), task.id).to.equal(waiting.includes(task));
    for (const { type, out } of this.queue.limits()) {
      expect(out, type).to.equal([...this.#out].filter((task) => task.type === type).length);
    }
  }
}

const KINDS: readonly Kind[] = ['push', 'push', 'push', 'take-head', 'take-light', 'take-any', 'restore'];
const MORE: readonly Kind[] = ['restore-resting', 'wake', 'end'];

describe('task queue', () => {
  it('keeps priorities and the order of arrival, also of tasks taken out, put back and rested, whatever the sequence', () => {
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom(...KINDS, ...MORE),
      fc.nat(100),
      fc.integer({ min: 1, max: 9 }),
    );
    holds(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const both = new Both();
        for (const each of steps) {
          both.apply(each);
          both.check();
        }
      }),
      300,
    );
  });

  it('restores any subset in any order to exactly the old order', () => {
    const shuffled = fc.shuffledSubarray(Array.from({ length: 12 }, (_, i) => i));
    holds(
      fc.property(shuffled, shuffled, (taken, order) => {
        const queue = new TaskQueue('compute', 100);
        const tasks = Array.from({ length: 12 }, () => newTask());
        for (const task of tasks) queue.push(task);
        for (const at of taken) queue.remove(tasks[at]!);
        const back = [...order.filter((at) => taken.includes(at)), ...taken.filter((at) => !order.includes(at))];
        for (const at of back) queue.restore(tasks[at]!);
        expect(queue.inOrder()).to.deep.equal(tasks);
        for (const task of tasks) {
          expect(queue.first()).to.equal(task);
          queue.remove(task);
        }
        expect([queue.first(), queue.length]).to.deep.equal([undefined, 0]);
      }),
      300,
    );
  });
});
