// The queue against a plain array in order of turns: pushes, takes from the head and from the middle, and tasks that come back.
import { expect } from 'chai';
import fc from 'fast-check';
import { TaskQueue } from '../../src/master/tasks/task-queue.ts';
import type { Task } from '../../src/master/tasks/task.ts';
import { holds } from '../support/holds.ts';
import { newTask } from '../support/new-task.ts';

type Step = readonly [kind: 'push' | 'take-head' | 'take-any' | 'restore', which: number];

const LENGTH_MAX = 5;

/** The queue and its model: every task ever pushed, in the order of the pushes, and which of them wait. */
class Both {
  readonly queue = new TaskQueue(LENGTH_MAX);
  readonly #pushed: Task[] = [];
  readonly #out = new Set<Task>();

  get #waiting(): Task[] {
    return this.#pushed.filter((task) => !this.#out.has(task));
  }

  apply([kind, which]: Step): void {
    const waiting = this.#waiting;
    if (kind === 'push') {
      const task = newTask();
      this.queue.push(task);
      this.#pushed.push(task);
    } else if (kind === 'restore') {
      const task = [...this.#out][which % this.#out.size];
      if (task === undefined) return;
      this.queue.restore(task);
      this.#out.delete(task);
    } else {
      const task = kind === 'take-head' ? this.queue.head : waiting[which % waiting.length];
      if (task === undefined) return;
      this.queue.remove(task);
      this.#out.add(task);
    }
  }

  check(): void {
    const waiting = this.#waiting;
    const ids = (tasks: Iterable<Task>): string[] => Array.from(tasks, ({ id }) => id);
    expect(ids(this.queue)).to.deep.equal(ids(waiting));
    expect(this.queue.length).to.equal(waiting.length);
    expect(this.queue.head?.id).to.equal(waiting[0]?.id);
    expect(this.queue.isOverfull).to.equal(waiting.length > LENGTH_MAX);
    for (const task of this.#out) {
      expect([task.queuePrevious, task.queueNext], 'links of a task that is out').to.deep.equal([undefined, undefined]);
    }
  }
}

describe('task queue', () => {
  it('keeps the order of arrival, also of tasks taken out and put back, whatever the sequence', () => {
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom('push', 'push', 'take-head', 'take-any', 'restore'),
      fc.nat(100),
    );
    holds(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const both = new Both();
        for (const each of steps) {
          both.apply(each);
          both.check();
        }
      }),
      500,
    );
  });

  it('restores any subset in any order to exactly the old order', () => {
    const shuffled = fc.shuffledSubarray(Array.from({ length: 12 }, (_, i) => i));
    holds(
      fc.property(shuffled, shuffled, (taken, order) => {
        const queue = new TaskQueue(100);
        const tasks = Array.from({ length: 12 }, () => newTask());
        for (const task of tasks) queue.push(task);
        for (const at of taken) queue.remove(tasks[at]!);
        const back = [...order.filter((at) => taken.includes(at)), ...taken.filter((at) => !order.includes(at))];
        for (const at of back) queue.restore(tasks[at]!);
        expect([...queue]).to.deep.equal(tasks);
        for (const task of tasks) {
          expect(queue.head).to.equal(task);
          queue.remove(task);
        }
        expect([queue.head, queue.length]).to.deep.equal([undefined, 0]);
      }),
      300,
    );
  });
});
