// What the naive account in pool-twin.ts keeps of members, their places in groups, and leases.
import type { Lease } from '../../src/master/pool/lease.ts';
import type { Member } from '../../src/master/pool/member.ts';
import type { OfferedGroup } from '../../src/master/pool/pool.ts';

/** One group's part of a member. */
export interface TwinPlace {
  slots: number;
  refusedWeight: number;
  pickedAt: number;
  /** How often its load was asked for, what was answered, and to which ask. */
  asks: number;
  answered: { readonly load: number; readonly ask: number } | undefined;
}

export interface TwinMember {
  readonly name: string;
  readonly real: Member;
  readonly joined: number;
  gone: boolean;
  suspect: boolean;
  draining: boolean;
  leaving: boolean;
  cpuLoad: number;
  maxLoad: number;
  foreignWeight: number;
  /** What it said of its load itself. */
  reported: number | undefined;
  readonly places: Map<string, TwinPlace>;
  /** How often it was picked, by algorithm. */
  readonly picked: Map<string, number>;
}

export interface TwinLease {
  readonly real: Lease;
  readonly member: TwinMember;
  readonly place: TwinPlace;
  readonly weight: number;
  /** How often the load of its place had been asked for. */
  readonly asks: number;
}

/** Who is chosen last, and who never. */
export interface PickLimits {
  readonly avoid?: TwinMember | undefined;
  readonly without?: TwinMember | undefined;
}

export interface JoinOptions {
  readonly maxLoad?: number;
  /** In group `compute`, when `offers` is not given. */
  readonly slots?: number;
  readonly offers?: readonly OfferedGroup[];
  /** Reported right after the join. */
  readonly cpuLoad?: number;
}

/** A place of which nothing has happened yet. */
export function newPlace(slots: number): TwinPlace {
  return { slots, refusedWeight: Infinity, pickedAt: 0, asks: 0, answered: undefined };
}
