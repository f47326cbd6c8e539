// Plain numbers about this slave's tasks; metrics read them when they are scraped.
import type { Outcome } from '../common/protocol/messages.ts';

export class TaskCounters {
  /** Tasks accepted. */
  requested = 0;
  refused = 0;
  /** By type, then outcome. */
  readonly completed = new Map<string, Record<Outcome, number>>();

  finish(type: string, outcome: Outcome): void {
    let counts = this.completed.get(type);
    if (counts === undefined) {
      counts = { done: 0, failed: 0, cancelled: 0, expired: 0 };
      this.completed.set(type, counts);
    }
    counts[outcome]++;
  }
}
