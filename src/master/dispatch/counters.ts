// Plain numbers that dispatch adds to; metrics read them when they are scraped.

export interface DispatchCounters {
  requested: number;
  done: number;
  failed: number;
  cancelled: number;
  expired: number;
  /** Attempts whose slave went away. */
  lost: number;
  refused: number;
  recalled: number;
  /** Tries again of tasks that threw. */
  retried: number;
  /** Attempts taken on again when their slave came back. */
  adopted: number;
  /** Answers of attempts that are no longer live. */
  lateResults: number;
  /** Answers to tasks of another master instance. */
  foreignResults: number;
}

export function newDispatchCounters(): DispatchCounters {
  return {
    requested: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    expired: 0,
    lost: 0,
    refused: 0,
    recalled: 0,
    retried: 0,
    adopted: 0,
    lateResults: 0,
    foreignResults: 0,
  };
}
