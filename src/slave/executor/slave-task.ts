// One attempt as the slave holds it.

export interface SlaveTask {
  readonly id: string;
  readonly attempt: number;
  readonly type: string;
  readonly params: unknown;
  readonly weight: number;
  /** Set when its master no longer wants it. */
  cancelled: boolean;
  started: boolean;
  /** How long it may take, as known when it was sent to a thread. */
  expectedMs: number;
}

/** Ids are unique per attempt: a task may come back to the same slave. */
export function keyOf(id: string, attempt: number): string {
  return `${id}/${attempt.toString()}`;
}
