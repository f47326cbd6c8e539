// Percentiles of how long things took, in constant memory: counts in buckets whose bounds grow by a constant factor, so that the error is
// a share of the value, whatever the value. After DDSketch (Masson, Rim and Lee, VLDB 2019). Pure.

/** A percentile is at most this share off the exact one (nearest rank), between MIN_MS and MAX_MS. */
export const RELATIVE_ERROR = 0.01;
/** What is shorter counts as this long; nobody needs to tell 10 µs from 5. */
export const MIN_MS = 0.01;
/** What is longer, a bit more than a day, counts as this long. */
export const MAX_MS = 1e8;

/** Of a bucket's value to its bounds; the rest of RELATIVE_ERROR is left for rounding. */
const BUCKET_ERROR = 0.009;
/** Digits of a percentile, so that it is short as text. */
const DIGITS = 4;
const GROWTH = (1 + BUCKET_ERROR) / (1 - BUCKET_ERROR);
const PER_LOG = 1 / Math.log(GROWTH);
const LOG_MIN = Math.log(MIN_MS);
const BUCKETS = Math.ceil((Math.log(MAX_MS) - LOG_MIN) * PER_LOG) + 1;

/** What a bucket stands for: equally far, as a share, from both of its bounds MIN_MS × GROWTH^(i − 1) and MIN_MS × GROWTH^i. */
const VALUES = Float64Array.from({ length: BUCKETS }, (_none, i) => {
  const value = i === 0 ? MIN_MS : (MIN_MS * 2 * GROWTH ** i) / (GROWTH + 1);
  return Number(value.toPrecision(DIGITS));
});

export class LatencySketch {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  observe(ms: number): void {
    // Not "ms <= MIN_MS": what is no number belongs to a bucket, too.
    const bucket = ms > MIN_MS ? Math.min(BUCKETS - 1, Math.ceil((Math.log(ms) - LOG_MIN) * PER_LOG)) : 0;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
  }

  /** In milliseconds, by nearest rank: for 0.95 the least value that 95 % of all do not exceed. Null when there was none. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    let bucket = -1;
    while (seen < rank && bucket < BUCKETS - 1) seen += this.#counts[++bucket] as number;
    return VALUES[bucket] as number;
  }

  /** Forgets all. */
  reset(): void {
    if (this.#count > 0) this.#counts.fill(0);
    this.#count = 0;
  }
}
