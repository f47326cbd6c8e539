// The weight that this slave has in hand: of its master's tasks, and of calls that reached it directly. Both together stay within its
// max load. Pure.

import { ExactSum } from '../common/numbers/exact-sum.ts';

/** What came one way: how many, and what they weigh together. */
export class Share {
  readonly #weight = new ExactSum();
  #count = 0;

  get weight(): number {
    return this.#weight.value;
  }

  /** How many are in hand, waiting or running. */
  get count(): number {
    return this.#count;
  }

  add(weight: number): void {
    this.#count++;
    this.#weight.add(weight);
  }

  /** With the last one everything is gone. */
  remove(weight: number): void {
    this.#count--;
    this.#weight.add(-weight);
    if (this.#count === 0) this.#weight.clear();
  }
}

export class WeightInHand {
  readonly maxLoad: number;
  readonly tasks = new Share();
  readonly calls = new Share();

  constructor(maxLoad: number) {
    this.maxLoad = maxLoad;
  }

  get total(): number {
    return this.tasks.weight + this.calls.weight;
  }

  /** Why so much more is too much now, as a sentence; undefined when it fits. */
  problemWith(weight: number): string | undefined {
    const { total, maxLoad } = this;
    if (total + weight <= maxLoad) return undefined;
    return `weight ${weight.toString()} on top of ${total.toString()} exceeds max load ${maxLoad.toString()}`;
  }
}
