// A bounded number of something at once, over all connections.

export class Places {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a place; returns how to leave it, which may be called twice. Undefined when all are taken. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#max) return undefined;
    this.#taken++;
    let isHere = true;
    return () => {
      if (isHere) this.#taken--;
      isHere = false;
    };
  }
}
