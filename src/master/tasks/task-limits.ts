// How long a task may take, and how often it is tried. One object may belong to many tasks.

/** Milliseconds; Infinity stands for no limit. */
export interface TaskLimits {
  /** From admission to answer. */
  readonly totalMs: number;
  /** Until an attempt of it starts for the first time. */
  readonly waitMs: number;
  /** One attempt, from its start at the slave. */
  readonly runMs: number;
  /** How long it waits when no member could ever take it. */
  readonly patienceMs: number;
  /** How often it is tried again after it threw. */
  readonly retries: number;
}

/** Whether a client waits for its answer, over HTTP or a stream, and for no longer than it has patience; nobody does for a submitted one. */
export function hasWaitingClient({ patienceMs }: TaskLimits): boolean {
  return patienceMs !== Infinity;
}

/** No limit, no patience limit, no retries. */
export const UNLIMITED: TaskLimits = {
  totalMs: Infinity,
  waitMs: Infinity,
  runMs: Infinity,
  patienceMs: Infinity,
  retries: 0,
};
