// Plain numbers that dispatch adds to; metrics read them when they are scraped.
import { ByType } from '../../common/prometheus/by-type.ts';
import { TimeHistogram } from '../../common/prometheus/histogram.ts';

export interface DispatchCounters {
  /** Taken in: each ends in one of the four states below. */
  admitted: number;
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
  /** From admission to the first dispatch, once per task that got so far. */
  readonly queueWait: TimeHistogram;
  /** From dispatch to answer, without the run time at the slave: of each attempt whose answer ended its task. */
  readonly dispatch: TimeHistogram;
  /** From admission to the end, of tasks that are done or failed. */
  readonly taskTime: ByType<TimeHistogram>;
}

/** `types`: those that show 0 before the first one ended. */
export function newDispatchCounters(types: Iterable<string> = []): DispatchCounters {
  return {
    admitted: 0,
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
    queueWait: new TimeHistogram(),
    dispatch: new TimeHistogram(),
    taskTime: new ByType(() => new TimeHistogram(), types),
  };
}
