// A repeated check that runs only while there is something to check: nothing ticks in an idle slave.
import type { Clock, Timer } from '../../common/time/clock.ts';

export class Ticker {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #tick: () => boolean;
  #timer: Timer | undefined;

  /** `tick` is called every `periodMs` once woken, until it returns false. */
  constructor(clock: Clock, periodMs: number, tick: () => boolean) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#tick = tick;
  }

  /** Begins to tick; harmless while it does. */
  wake(): void {
    this.#timer ??= this.#clock.every(this.#periodMs, () => {
      if (!this.#tick()) this.stop();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
