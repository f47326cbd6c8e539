// How a server does four calls at once: who finds no place waits for one, in order, and too many are not let wait.

/** Places for work, and the line of those who wait for one. */
export class Places {
  readonly #places: number;
  readonly #waitingMax: number;
  readonly #line: (() => void)[] = [];
  #taken = 0;

  constructor(places: number, waitingMax: number) {
    this.#places = places;
    this.#waitingMax = waitingMax;
  }

  /** Calls in hand, at work and waiting. */
  get inHand(): number {
    return this.#taken + this.#line.length;
  }

  get isFull(): boolean {
    return this.inHand >= this.#places + this.#waitingMax;
  }

  /** Resolves when a place is the caller's, who gives it back by `leave`. */
  async enter(): Promise<void> {
    if (this.#taken < this.#places) this.#taken++;
    else await new Promise<void>((resolve) => this.#line.push(resolve)); // a place that is handed on stays taken
  }

  leave(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#taken--;
  }
}
