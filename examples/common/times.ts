// What many times come to.

export type Times = Readonly<Record<'min' | 'mean' | 'p50' | 'p95' | 'p99' | 'max', number>>;

/** In the unit of `times`. Percentiles by nearest rank; all 0 when there is no time. */
export function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (ratio: number): number => sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)] ?? 0;
  const mean = sorted.reduce((sum, time) => sum + time, 0) / Math.max(1, sorted.length);
  return { min: at(0), mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
