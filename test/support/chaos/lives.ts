// The lives of the master: which one a request was sent to, and how that one ended. Excuses for errors of connections rest on it.

export type MasterEnd = 'killed' | 'terminated';

interface Life {
  readonly number: number;
  /** When it was struck; undefined while nothing has been done to it. */
  struck: { readonly how: MasterEnd; readonly atMs: number } | undefined;
}

/** A request sent so shortly before the signal may meet a door that is closing. */
const CROSSING_MS = 100;

export class Lives {
  /** Those that gave tasks up because no slave took work. */
  readonly alone: number[] = [];
  readonly #lives: Life[] = [{ number: 1, struck: undefined }];

  get current(): number {
    return this.#lives.length;
  }

  /** Whether nothing has been done to the master of this moment. */
  get isWell(): boolean {
    return this.#lives.at(-1)!.struck === undefined;
  }

  strike(how: MasterEnd): void {
    this.#lives.at(-1)!.struck = { how, atMs: Date.now() };
  }

  begin(): void {
    this.#lives.push({ number: this.#lives.length + 1, struck: undefined });
  }

  /** The master of this moment said that no slave took work while it was to end. */
  leftAlone(): void {
    this.alone.push(this.current);
  }

  /** Whether this life is over, or about to be. */
  isStruck(life: number): boolean {
    return this.#lives[life - 1]?.struck !== undefined;
  }

  /** Whether a connection to the master of `life` may have failed, if its request was sent then: killed, or told to end before. */
  excuses(life: number, sentAtMs: number): boolean {
    const struck = this.#lives[life - 1]?.struck;
    if (struck === undefined) return false;
    return struck.how === 'killed' || sentAtMs > struck.atMs - CROSSING_MS;
  }
}
