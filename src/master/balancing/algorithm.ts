// The contract of a balancing algorithm: a key that orders the members, and a walk over that order to the first that fits.
// After finagle's balancers: an algorithm is a load signal times a selection, and knows nothing of sockets, queues or clocks.
import type { OrderedIndex } from './ordered-index.ts';

/** What an algorithm may see of a member. */
export interface MemberSignals {
  /** Join order: a sequence number given once, never reused. */
  readonly sequence: number;
  /** How many leases are open on it in this group. */
  readonly leases: number;
  /** Weight in flight × CPU load, or the load that the member reported itself (DESIGN §4). */
  readonly load: number;
  /** One-minute load average per core, at least 0.01. */
  readonly cpuLoad: number;
  readonly maxLoad: number;
  /** When this group last picked it: a count of picks. Unique; negative, in join order, for members never picked. */
  readonly lastPicked: number;
}

/** Compared from left to right, lower first. The last one must tell any two members apart. */
export type Key = readonly [
  primary: (member: MemberSignals) => number,
  secondary: (member: MemberSignals) => number,
  tertiary: (member: MemberSignals) => number,
];

/** What a pick is about. */
export interface PickRequest {
  /** Weight of the task, at least 1. */
  readonly weight: number;
  /** Join sequence of the member that this group picked last; 0 before the first. */
  readonly lastSequence: number;
  /** Members whose load exceeds the least by at most this are equal. */
  readonly equalWithin: number;
  /** From 0 up to 1: of equal members one is drawn at random. Undefined: the algorithm says which. */
  readonly draw: (() => number) | undefined;
}

export interface Algorithm {
  /** As on the command line. */
  readonly name: string;
  /** One line for help and docs: "picks …". */
  readonly picks: string;
  readonly key: Key;
  /**
   * Tasks wait for the member that it chooses, in their order, while others idle (docs/adr/0017). False: whoever fits takes them.
   */
  readonly waits: boolean;
  /** When it waits: for each member in its turn, so that a further member takes some of the work. */
  readonly waitsInTurn?: boolean;
  /**
   * The picked member's slot in the index, or NONE. Every member in the index is ready and has a free slot, and its room is the
   * heaviest task that it takes now. For an algorithm that waits: is ready and has any slots, and its room is its max load.
   */
  pick(index: OrderedIndex, request: PickRequest): number;
}

export const bySequence = (member: MemberSignals): number => member.sequence;
