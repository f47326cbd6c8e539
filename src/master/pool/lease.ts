// A choice, held: weight and one slot reserved on a member for one attempt, until it is settled, exactly once.
import type { Member, Place } from './member.ts';

/**
 * How a lease can end. `lost`: the member is gone. `recalled`: it gave the task back before starting it. `expired`: the work went to
 * the member another way, and nothing was heard of it in time.
 */
export type LeaseOutcome = 'ok' | 'failed' | 'refused' | 'recalled' | 'cancelled' | 'lost' | 'expired';

export class Lease {
  readonly place: Place;
  readonly weight: number;
  /** How often its place's load had been asked for when it opened. */
  readonly asks: number;
  /** Undefined while it is open. Only the pool writes it. */
  outcome: LeaseOutcome | undefined = undefined;

  constructor(place: Place, weight: number) {
    this.place = place;
    this.weight = weight;
    this.asks = place.reported?.asks ?? 0;
  }

  get member(): Member {
    return this.place.member;
  }
}
