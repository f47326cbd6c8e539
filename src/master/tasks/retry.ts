// What becomes of a task whose attempt came to nothing. Only a start on a slave whose process then died is held against the task:
// it may be what kills them. Silence, refusal and recall are the network's or the slave's doing; the deadline bounds those.

/** A task that had started on this many slaves whose processes then died is not tried again. */
export const DEATHS_MAX = 3;

/** Why an attempt ended without an answer. */
export type LossCause =
  /** The slave's process is dead. */
  | 'died'
  /** The slave is cut off, hung, or does not know the task any more. */
  | 'silent'
  /** The slave left in good order, or gave the task back. */
  | 'returned';

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
