// Plain numbers about this slave's tasks, whoever gave them; metrics read them when they are scraped.
import type { ErrorCode } from '../common/errors.ts';
import { ByType } from '../common/prometheus/by-type.ts';
import { TimeHistogram } from '../common/prometheus/histogram.ts';
import type { Outcome } from '../common/protocol/messages.ts';

/** Why a call is not taken. */
export type CallRefusal = Extract<
  ErrorCode,
  'UNKNOWN_TASK_TYPE' | 'BAD_PARAMETER' | 'TOO_HEAVY' | 'NO_ROOM' | 'QUEUE_FULL' | 'DRAINING' | 'DEADLINE_PASSED'
>;

export class TaskCounters {
  /** Tasks accepted: of the master, and calls. */
  requested = 0;
  /** Tasks of the master that did not fit. */
  refused = 0;
  /** Calls accepted; only ever grows, and the master is told. */
  calls = 0;
  readonly callsRefused: Record<CallRefusal, number> = {
    UNKNOWN_TASK_TYPE: 0,
    BAD_PARAMETER: 0,
    TOO_HEAVY: 0,
    NO_ROOM: 0,
    QUEUE_FULL: 0,
    DRAINING: 0,
    DEADLINE_PASSED: 0,
  };
  /** How many of each type ended in which way. */
  readonly completed: ByType<Record<Outcome, number>>;
  /** Run time of those that are done or failed. */
  readonly runTime: ByType<TimeHistogram>;

  /** `types`: those that show 0 before the first one ended. */
  constructor(types: Iterable<string> = []) {
    this.completed = new ByType(() => ({ done: 0, failed: 0, cancelled: 0, expired: 0 }), types);
    this.runTime = new ByType(() => new TimeHistogram(), types);
  }

  /** A task ended here after it ran for `runMs`. */
  finish(type: string, outcome: Outcome, runMs: number): void {
    this.completed.of(type)[outcome]++;
    if (outcome === 'done' || outcome === 'failed') this.runTime.of(type).observe(runMs / 1000);
  }
}
