// Leases of calls that pass the master by. It does not see them end, so each counts for a fixed time, or until the called slave says
// that a call has arrived. All live equally long: the oldest is always the next to expire, and one timer is enough.
import type { Clock } from '../../common/time/clock.ts';
import type { Lease, LeaseOutcome } from '../pool/lease.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';

/** A call in flight weighs as much as the lightest task (DESIGN §4). */
const CALL_WEIGHT = 1;
/** So many are open at most: beyond it the oldest ends early. At the usual second that is 100 000 questions a second. */
const LEASES_MAX = 100_000;

/** Why a lease ended: the call arrived, its time was over, its member is gone, or too many were open. */
export type LeaseEnd = 'started' | 'expired' | 'lost' | 'crowded';

const OUTCOMES: Readonly<Record<LeaseEnd, LeaseOutcome>> = {
  started: 'ok',
  expired: 'expired',
  lost: 'lost',
  crowded: 'expired',
};

/** Linked in the order of opening: with all others, and with those of its member. */
interface OpenLease {
  readonly lease: Lease;
  readonly untilMs: number;
  previous: OpenLease | undefined;
  next: OpenLease | undefined;
  nextOfMember: OpenLease | undefined;
}

interface Held {
  first: OpenLease;
  last: OpenLease;
}

export interface LeasesParts {
  readonly pool: Pool;
  readonly clock: Clock;
  /** How long each counts. */
  readonly leaseMs: number | 'off';
  readonly openMax?: number;
}

export class LookAsideLeases {
  /** How many have ended, by reason. */
  readonly ended: Record<LeaseEnd, number> = { started: 0, expired: 0, lost: 0, crowded: 0 };
  readonly #parts: LeasesParts;
  readonly #held = new Map<Member, Held>();
  #oldest: OpenLease | undefined;
  #newest: OpenLease | undefined;
  #size = 0;
  #isArmed = false;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
    parts.pool.observe({
      onMember: (member, _from, to) => {
        if (to === 'gone') this.#endOf(member, Infinity, 'lost');
      },
    });
  }

  /** How many are open. */
  get size(): number {
    return this.#size;
  }

  /** Those that are open, oldest first, with the clock's time at which each expires. */
  *open(): Generator<{ readonly lease: Lease; readonly untilMs: number }> {
    for (let each = this.#oldest; each !== undefined; each = each.next) yield each;
  }

  /** The member of this group that its algorithm chooses, from now on busier by one call; undefined when none can be chosen. */
  take(group: string): Member | undefined {
    const { pool, clock, leaseMs, openMax = LEASES_MAX } = this.#parts;
    const lease = pool.pick(group, CALL_WEIGHT);
    if (lease === undefined) return undefined;
    if (leaseMs === 'off') pool.settle(lease, 'ok');
    else this.#add(lease, clock.nowMs() + leaseMs);
    if (this.#size > openMax) this.#endOldest('crowded');
    return lease.member;
  }

  /** So many calls have arrived at the member: as many leases end there, the oldest first. */
  started(member: Member, count: number): void {
    this.#endOf(member, count, 'started');
  }

  #add(lease: Lease, untilMs: number): void {
    const { member } = lease;
    const added: OpenLease = { lease, untilMs, previous: this.#newest, next: undefined, nextOfMember: undefined };
    if (this.#newest === undefined) this.#oldest = added;
    else this.#newest.next = added;
    this.#newest = added;
    this.#size++;
    const held = this.#held.get(member);
    if (held === undefined) {
      this.#held.set(member, { first: added, last: added });
    } else {
      held.last.nextOfMember = added;
      held.last = added;
    }
    if (!this.#isArmed) this.#arm(untilMs);
  }

  #arm(untilMs: number): void {
    const { clock } = this.#parts;
    this.#isArmed = true;
    clock.after(Math.max(0, untilMs - clock.nowMs()), () => this.#expire());
  }

  #expire(): void {
    const nowMs = this.#parts.clock.nowMs();
    while (this.#oldest !== undefined && this.#oldest.untilMs <= nowMs) this.#endOldest('expired');
    this.#isArmed = false;
    if (this.#oldest !== undefined) this.#arm(this.#oldest.untilMs);
  }

  #endOldest(end: LeaseEnd): void {
    // The oldest of all is the oldest of its member.
    if (this.#oldest !== undefined) this.#endOf(this.#oldest.lease.member, 1, end);
  }

  #endOf(member: Member, count: number, end: LeaseEnd): void {
    const held = this.#held.get(member);
    if (held === undefined) return;
    let left: OpenLease | undefined = held.first;
    for (let n = 0; n < count && left !== undefined; n++) {
      const ending: OpenLease = left;
      left = ending.nextOfMember;
      // Out of the books before it is settled: whoever hears of that may look.
      if (left === undefined) this.#held.delete(member);
      else held.first = left;
      this.#unlink(ending);
      this.ended[end]++;
      this.#parts.pool.settle(ending.lease, OUTCOMES[end]);
    }
  }

  #unlink({ previous, next }: OpenLease): void {
    this.#size--;
    if (previous === undefined) this.#oldest = next;
    else previous.next = next;
    if (next === undefined) this.#newest = previous;
    else next.previous = previous;
  }
}
