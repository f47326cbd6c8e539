// What is known of how long tasks take: per type the run time per unit of weight, so that short tasks can be sent to a thread in
// batches and long ones alone, and over all tasks the mean, from which the window of slots follows. Pure.

/** How fast the slowest time seen fades: after about 230 quick tasks a hundredfold outlier is forgotten. */
const FADE = 0.02;
/** Weight of the newest task in the mean. */
const MEAN_GAIN = 0.1;

export class RunTimes {
  readonly #slowestPerWeight = new Map<string, number>();
  /** Mean run time of recent tasks in milliseconds; undefined before the first. */
  meanMs: number | undefined;

  record(type: string, weight: number, runMs: number): void {
    const perWeight = runMs / weight;
    const slowest = this.#slowestPerWeight.get(type) ?? perWeight;
    this.#slowestPerWeight.set(type, perWeight > slowest ? perWeight : slowest + FADE * (perWeight - slowest));
    this.meanMs = this.meanMs === undefined ? runMs : this.meanMs + MEAN_GAIN * (runMs - this.meanMs);
  }

  /** A running task is older than the mean: what is short on average is not short now. */
  observeAge(ageMs: number): void {
    if (this.meanMs !== undefined && ageMs > this.meanMs) this.meanMs = ageMs;
  }

  /** How long a task may well take; Infinity for a type not seen yet. Leans to the slow side. */
  expectedMs(type: string, weight: number): number {
    return (this.#slowestPerWeight.get(type) ?? Infinity) * weight;
  }
}
