// What becomes of a task whose attempt came to nothing. Only a start on a slave whose process then died is held against the task:
// it may be what kills them. Silence, refusal and recall are the network's or the slave's doing; the deadline bounds those.

/** A task that had started on this many slaves whose processes then died is not tried again. */
export const DEATHS_MAX = 3;
/** The rest after a first loss, doubled with each further one up to `REST_MS_MAX`. */
const REST_MS = 50;
export const REST_MS_MAX = 2000;

/** Why an attempt ended without an answer. */
export type LossCause =
  /** The slave's process is dead. */
  | 'died'
  /** The slave is cut off or hangs. */
  | 'silent'
  /** The slave left in good order, gave the task back, or never got it. */
  | 'returned'
  /** The task threw, and may be tried again. */
  | 'threw';

export interface Loss {
  readonly cause: LossCause;
  /** Whether the slave had said that the attempt started. */
  readonly started: boolean;
}

/** How many deaths the task has on its account after this loss. */
export function deathsAfter(deaths: number, { cause, started }: Loss): number {
  return cause === 'died' && started ? deaths + 1 : deaths;
}

export function mayTryAgain(deaths: number): boolean {
  return deaths < DEATHS_MAX;
}

/**
 * How long a task rests before its next attempt, in milliseconds, after `losses` losses of which this is the last: exponential
 * back-off with jitter, between half and all of the step. Work that was given back in good order does not rest.
 */
export function restMs(cause: LossCause, losses: number, random: () => number): number {
  if (cause === 'returned') return 0;
  const stepMs = Math.min(REST_MS * 2 ** (losses - 1), REST_MS_MAX);
  return stepMs / 2 + (stepMs / 2) * random();
}
