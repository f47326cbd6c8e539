// What went wrong in a group of replicas, by kind, until it is shown to be over; and how long the next start waits for it.
import { messageOf } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { printable } from '../../common/text/printable.ts';
import type { Clock } from '../../common/time/clock.ts';
import { Backoff } from './backoff.ts';

/**
 * `list`: the provider does not say what runs. `start`: one could not be started. `stop`: one could not be ended. `ended`: one ended, or left, or
 * took no work, and nobody wanted that.
 */
export type TroubleKind = 'list' | 'start' | 'stop' | 'ended';

const SENTENCE_CHARS_MAX = 2000;

export interface TroublesParts {
  readonly group: string;
  readonly log: Log;
  readonly clock: Clock;
}

export class Troubles {
  readonly #parts: TroublesParts;
  readonly #backoff = new Backoff();
  /** The latest of each kind, in the order in which they came. */
  readonly #last = new Map<TroubleKind, string>();
  #failedAtMs = -Infinity;

  constructor(parts: TroublesParts) {
    this.#parts = parts;
  }

  /** What went wrong last, of what is not over; null for nothing. */
  get lastError(): string | null {
    return [...this.#last.values()].at(-1) ?? null;
  }

  /** When a start failed, or what was started, for the last time; -Infinity for never. */
  get failedAtMs(): number {
    return this.#failedAtMs;
  }

  /** How long the next start is to wait yet; 0 for not at all. */
  restMs(nowMs: number): number {
    return this.#backoff.restMs(nowMs);
  }

  /** Writes it down, for `lastError` and in the log. */
  said(kind: TroubleKind, what: string, error: unknown, facts: Readonly<Record<string, unknown>> = {}): void {
    const { group, log } = this.#parts;
    const problem = printable(messageOf(error), SENTENCE_CHARS_MAX);
    this.#last.delete(kind);
    this.#last.set(kind, `${what}: ${problem}`);
    log.warn({ group, what, problem, ...facts }, 'replicas: something went wrong');
  }

  /** Holds up the next start, too. */
  failed(kind: 'start' | 'ended', what: string, error: unknown): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#backoff.failed(nowMs);
    this.#failedAtMs = nowMs;
    this.said(kind, what, error, { retryInMs: Math.ceil(this.restMs(nowMs)) });
  }

  over(kind: 'list' | 'stop'): void {
    this.#last.delete(kind);
  }

  /** One that came after the last failure is well: replicas can be started again. */
  startedWell(): void {
    this.#backoff.wentWell();
    this.#last.delete('start');
    this.#last.delete('ended');
  }
}
