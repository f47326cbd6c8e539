// What is known of how long tasks take: per type the run time per unit of weight, so that short tasks can be sent to a thread in
// batches and long ones alone, and over all tasks the mean, from which the window of slots follows. Pure.

/** How fast the slowest time seen fades: after about 230 quick tasks a hundredfold outlier is forgotten. */
const FADE = 0.02;
/** Weight of the newest task in the mean. */
const MEAN_GAIN = 0.1;

/** A task this many times heavier than the heavy ones seen lately is a stranger: nothing says that time grows with weight. */
const STRANGE = 2;

interface Pace {
  /** Slowest recent run time per unit of weight, in milliseconds. */
  perWeightMs: number;
  /** Heaviest recent weight. */
  weight: number;
}

export class RunTimes {
  readonly #paces = new Map<string, Pace>();
  /** Mean run time of recent tasks in milliseconds; undefined before the first. */
  meanMs: number | undefined;

  record(type: string, weight: number, runMs: number): void {
    const perWeightMs = runMs / weight;
    const pace = this.#paces.get(type);
    if (pace === undefined) {
      this.#paces.set(type, { perWeightMs, weight });
    } else {
      pace.perWeightMs = fading(pace.perWeightMs, perWeightMs);
      pace.weight = fading(pace.weight, weight);
    }
    this.meanMs = this.meanMs === undefined ? runMs : this.meanMs + MEAN_GAIN * (runMs - this.meanMs);
  }

  /** A running task is older than the mean: what is short on average is not short now. */
  observeAge(ageMs: number): void {
    if (this.meanMs !== undefined && ageMs > this.meanMs) this.meanMs = ageMs;
  }

  /** How long a task may well take; Infinity for a type, or a weight, not seen yet. Leans to the slow side. */
  expectedMs(type: string, weight: number): number {
    const pace = this.#paces.get(type);
    return pace === undefined || weight > STRANGE * pace.weight ? Infinity : pace.perWeightMs * weight;
  }
}

/** The greatest value seen, fading towards the newest. */
function fading(greatest: number, newest: number): number {
  return newest > greatest ? newest : greatest + FADE * (newest - greatest);
}
