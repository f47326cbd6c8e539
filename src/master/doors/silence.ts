// Limits on silence, for any number of requests with one timer: each says again and again until when it may be silent. A limit may be
// exceeded by three ticks, never cut short.
import type { Clock, Timer } from '../../common/time/clock.ts';
import { DeadlineWheel, NOT_IN_WHEEL, type WheelEntry } from '../../common/time/deadline-wheel.ts';

const TICK_MS = 250;

/** What must not be silent for too long. */
export abstract class Watched implements WheelEntry {
  wheelTick = NOT_IN_WHEEL;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelNext: WheelEntry | undefined = undefined;

  /** It was silent for too long. It is watched no more. */
  abstract onSilence(): void;
}

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel<Watched>;
  #timer: Timer | undefined;
  /** As of the last tick: asking the time for every piece of a body would cost more than it is worth. */
  #nowMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new DeadlineWheel(TICK_MS, clock.nowMs());
  }

  /** Begins to watch, or watches on: from now it may be silent for this long. */
  heard(watched: Watched, limitMs: number): void {
    if (this.#timer === undefined) this.#start();
    this.#wheel.move(watched, this.#nowMs + TICK_MS + limitMs);
  }

  drop(watched: Watched): void {
    this.#wheel.remove(watched);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The timer lives on through short lulls: a tick for nothing costs less than a timer per request. */
  #start(): void {
    this.#advance();
    this.#timer = this.#clock.every(TICK_MS, () => {
      this.#advance();
      if (this.#wheel.size === 0) this.close();
    });
  }

  #advance(): void {
    this.#nowMs = this.#clock.nowMs();
    this.#wheel.advance(this.#nowMs, (watched) => watched.onSilence());
  }
}
