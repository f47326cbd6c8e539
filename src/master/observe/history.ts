// The cluster second by second, for the last 15 minutes: differences of the dispatch counters, percentiles of the second's latencies,
// and what waits and runs. Taken once a second whether anybody looks or not, which costs a few microseconds.
import type { Sample } from '../../common/feed/feed.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { LatencySketch } from './latency-sketch.ts';
import type { TimeOfDay } from './task-view.ts';

/** 15 minutes. */
export const SAMPLES_MAX = 900;
export const SAMPLE_MS = 1000;

/** Tasks that ended since the start, by state. */
export interface Totals {
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
}

export interface HistoryParts {
  readonly clock: Clock;
  readonly time: TimeOfDay;
  /** Only ever grows. */
  readonly totals: Totals;
  /** Of tasks that were done or failed since the sample before; emptied by each sample. */
  readonly latencies: LatencySketch;
  /** How many tasks wait, and how many attempts are out, now. */
  readonly depth: () => { readonly queued: number; readonly inFlight: number };
}

export class History {
  readonly #parts: HistoryParts;
  readonly #samples: Sample[] = [];
  #before: Totals;
  #text: string | undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#before = { ...parts.totals };
    parts.clock.every(SAMPLE_MS, () => this.#take());
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  get latest(): Sample | null {
    return this.#samples.at(-1) ?? null;
  }

  /** The samples as JSON, made at most once a second. */
  get text(): string {
    return (this.#text ??= JSON.stringify(this.#samples));
  }

  #take(): void {
    const { clock, time, totals, latencies, depth } = this.#parts;
    const { done, failed, cancelled, expired } = totals;
    const before = this.#before;
    this.#samples.push({
      at: Math.round(time.of(clock.nowMs())),
      done: done - before.done,
      failed: failed - before.failed,
      cancelled: cancelled - before.cancelled,
      expired: expired - before.expired,
      p50Ms: latencies.quantile(0.5),
      p95Ms: latencies.quantile(0.95),
      p99Ms: latencies.quantile(0.99),
      ...depth(),
    });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    this.#before = { done, failed, cancelled, expired };
    this.#text = undefined;
    latencies.reset();
  }
}
