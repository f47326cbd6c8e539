// The load: always about as many tasks in flight, through both doors, until told to stop. What is sent follows from the seed; how
// much of it, from the speed of the machine.
import type { Random } from '../../../src/common/random/random.ts';
import { integer } from '../seed.ts';
import { eventually, sleep } from '../wait.ts';
import type { Account, Door } from './account.ts';
import { askAndWait, stream, submit, type DoorParts } from './doors.ts';
import { drawWork, sleepOf } from './work.ts';

/** While fewer are open, more are sent. */
const IN_FLIGHT_TARGET = 40;
const BATCH_MAX = 8;
const KEY_SHARE = 0.15;
/** A client that was refused, or found nobody, waits before it asks again; and only one asks, until it is heard. */
const REFUSED_WAIT_MS = 150;
const SETTLE_MS = 60_000;

export interface LoadOptions {
  readonly random: Random;
  /** In the shares in which they stand here. */
  readonly doors: readonly Door[];
}

export class Load {
  readonly #parts: DoorParts;
  readonly #options: LoadOptions;
  #running = false;
  #waiting = false;
  #inFlightMax = IN_FLIGHT_TARGET;

  constructor(parts: DoorParts, options: LoadOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get #account(): Account {
    return this.#parts.account;
  }

  start(): void {
    this.#running = true;
    this.#account.onEnd = () => this.#fill();
    this.#fill();
  }

  /** Sends nothing new, and waits until everything has an end. */
  async stop(): Promise<void> {
    this.#running = false;
    await eventually('the end of every task', () => this.#account.open.size === 0, SETTLE_MS).catch(() => undefined);
  }

  /** Tasks that only wait, so many at once, beside all others; resolves when they have ended. */
  async occupy(count: number, ms: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => askAndWait(this.#parts, sleepOf(ms))));
  }

  #fill(): void {
    while (this.#running && !this.#waiting && this.#account.open.size < this.#inFlightMax) this.#next();
  }

  #next(): void {
    const before = this.#account.entries.length;
    void this.#send().then(() => this.#pauseIfRefused(before));
  }

  #send(): Promise<void> {
    const { random, doors } = this.#options;
    const isProbe = this.#inFlightMax === 1;
    const door = isProbe ? 'get' : doors[integer(random, 0, doors.length - 1)]!;
    const count = door === 'array' || door === 'stream' ? integer(random, 2, BATCH_MAX) : 1;
    const works = Array.from({ length: count }, () => drawWork(random));
    const key = random() < KEY_SHARE ? `chaos-${random().toString(36).slice(2)}` : undefined;
    switch (door) {
      case 'get':
        return askAndWait(this.#parts, works[0]!);
      case 'post':
      case 'array':
        return submit(this.#parts, works, key);
      case 'stream':
        return stream(
          this.#parts,
          works.map((work) => ({ ...work, cancelAfterMs: undefined })),
        );
    }
  }

  /** Without this, a master that refuses everything would be asked without end. */
  #pauseIfRefused(entry: number): void {
    const kind = this.#account.entries[entry]?.end?.kind;
    const wasHeard = kind !== 'refused' && kind !== 'gone-with-master';
    this.#inFlightMax = wasHeard ? IN_FLIGHT_TARGET : 1;
    if (wasHeard || this.#waiting) return;
    this.#waiting = true;
    void sleep(REFUSED_WAIT_MS).then(() => {
      this.#waiting = false;
      this.#fill();
    });
  }
}
