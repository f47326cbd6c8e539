// Asks one slave for its load again and again, over both paths: the load socket, and dispatch with the answer over results. Under
// loss TCP may hold up one socket for a minute while another is well; a slave whose task sockets hang is as silent as any.
import type { Clock, Timer } from '../../common/time/clock.ts';

/** So many polls without an answer, on either path, make a member suspect. */
const POLLS_MISSED_MAX = 3;

/** `load`: asked and answered on the load socket. `task`: asked on dispatch, answered on results. */
export type PollPath = 'load' | 'task';

export interface LoadPollerHandlers {
  /** Send a LoadRequest with this sequence number on both paths. */
  ask(sequence: number): void;
  onSilent(): void;
}

export class LoadPoller {
  readonly #handlers: LoadPollerHandlers;
  readonly #timer: Timer;
  readonly #unanswered: Record<PollPath, number> = { load: 0, task: 0 };
  #sequence = 0;

  constructor(intervalMs: number, clock: Clock, handlers: LoadPollerHandlers) {
    this.#handlers = handlers;
    this.#timer = clock.every(intervalMs, () => this.#poll());
    this.#poll();
  }

  /** Any answer will do, also a late one. Returns whether the slave is heard on both paths now. */
  answered(path: PollPath): boolean {
    this.#unanswered[path] = 0;
    return this.#longest() <= POLLS_MISSED_MAX;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #poll(): void {
    if (this.#longest() >= POLLS_MISSED_MAX) this.#handlers.onSilent();
    this.#unanswered.load++;
    this.#unanswered.task++;
    this.#handlers.ask(++this.#sequence);
  }

  #longest(): number {
    return Math.max(this.#unanswered.load, this.#unanswered.task);
  }
}
