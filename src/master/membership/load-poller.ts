// Asks one slave for its load again and again, and notices when it stops answering.
import type { Clock, Timer } from '../../common/time/clock.ts';

/** So many polls without an answer make a member suspect. */
export const POLLS_MISSED_MAX = 3;

export interface LoadPollerHandlers {
  /** Send a LoadRequest with this sequence number. */
  ask(sequence: number): void;
  onSilent(): void;
}

export class LoadPoller {
  readonly #handlers: LoadPollerHandlers;
  readonly #timer: Timer;
  #sequence = 0;
  #unanswered = 0;

  constructor(intervalMs: number, clock: Clock, handlers: LoadPollerHandlers) {
    this.#handlers = handlers;
    this.#timer = clock.every(intervalMs, () => this.#poll());
    this.#poll();
  }

  /** Any answer will do, also a late one: the slave is there. */
  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #poll(): void {
    if (this.#unanswered >= POLLS_MISSED_MAX) this.#handlers.onSilent();
    this.#unanswered++;
    this.#handlers.ask(++this.#sequence);
  }
}
