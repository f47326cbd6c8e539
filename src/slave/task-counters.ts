// Plain numbers about this slave's tasks; metrics read them when they are scraped.
import { ByType } from '../common/prometheus/by-type.ts';
import { TimeHistogram } from '../common/prometheus/histogram.ts';
import type { Outcome } from '../common/protocol/messages.ts';

export class TaskCounters {
  /** Tasks accepted. */
  requested = 0;
  refused = 0;
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
