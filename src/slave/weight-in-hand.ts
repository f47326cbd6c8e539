// The weight that this slave has in hand: of its master's tasks, and of calls that reached it directly. Both together stay within its
// max load. Pure.

/** What came one way: how many, and what they weigh together. */
export class Share {
  #weight = 0;
  #count = 0;

  get weight(): number {
    return this.#weight;
  }

  /** How many are in hand, waiting or running. */
  get count(): number {
    return this.#count;
  }

  add(weight: number): void {
    this.#count++;
    this.#weight += weight;
  }

  /** With the last one everything is gone, also what fractions have left over. */
  remove(weight: number): void {
    this.#count--;
    this.#weight = this.#count === 0 ? 0 : this.#weight - weight;
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
