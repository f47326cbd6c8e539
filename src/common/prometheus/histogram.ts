// How long things took, as a histogram of Prometheus: counts per bucket and a sum, kept as plain numbers so that the hot path pays
// a few nanoseconds for an observation. Pure; metric-page.ts shows it. https://prometheus.io/docs/concepts/metric_types/#histogram

/** Upper bounds of all time histograms, in seconds, ascending: from a short task on one LAN to one that takes minutes. */
export const TIME_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

const BOUNDS = Float64Array.from(TIME_BUCKETS);

export class TimeHistogram {
  /** Observations per bucket, not cumulative; the last holds what is above all bounds. */
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;

  /** Counts one duration in seconds; what is not above 0 (clocks of two machines disagree) counts as 0. */
  observe(seconds: number): void {
    const duration = seconds > 0 ? seconds : 0;
    let bucket = 0;
    // Most are short: from below it is found sooner than by halving.
    while (bucket < BOUNDS.length && duration > (BOUNDS[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += duration;
  }

  /** Of all durations, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many took at most as long, for each of TIME_BUCKETS. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(BOUNDS, (_bound, bucket) => (total += this.#counts[bucket] ?? 0));
  }
}
