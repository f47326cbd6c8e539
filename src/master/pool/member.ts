// One member of the pool, and its place in each group that it offers. Plain records: only pool.ts and group.ts change them.
import type { MemberSignals } from '../balancing/algorithm.ts';
import { ExactSum } from '../../common/numbers/exact-sum.ts';
import { loadOf } from './load.ts';
import { READY, type MemberState } from './member-state.ts';
import { ReportedLoad } from './reported-load.ts';

/** What a member says of itself when it joins. */
export interface MemberProfile {
  /** Instance id: random per process. */
  readonly id: string;
  readonly name: string;
  /** A slave of this master; a backend that registered itself and is called by others; a server to which this master forwards. */
  readonly kind: 'slave' | 'backend' | 'server';
  /** `ip:port` at which it was dialled, or is called when it is no slave. */
  readonly address: string;
  readonly cores: number;
  readonly concurrency: number;
  /** Infinity: it gave none. */
  readonly maxLoad: number;
  readonly labels: Readonly<Record<string, string>>;
  /** 0: none. */
  readonly metricsPort: number;
  /** Where it serves gRPC; 0: it does not. */
  readonly grpcPort: number;
}

export class Member {
  profile: MemberProfile;
  /** Join order, given once. */
  readonly sequence: number;
  /** Milliseconds of the pool's clock. */
  readonly joinedAtMs: number;
  state: MemberState = READY;
  /** Weight of the leases that are open: of `leased`, which adds it up. */
  leasedWeight = 0;
  readonly leased = new ExactSum();
  leases = 0;
  /** How many groups keep it for a task that fits nowhere now: no call that has no queue may get in its way. */
  keptBy = 0;
  /** Weight of work that it got from elsewhere, as last reported. */
  foreignWeight = 0;
  /** One-minute load average per core, at least 0.01. */
  cpuLoad = CPU_LOAD_MIN;
  memoryRatio = 0;
  /** The load that it last reported of itself, which then stands for weight × CPU load; undefined when it reports none. */
  reported: number | undefined = undefined;
  /** Tasks in hand that have started, as last reported. */
  running = 0;
  readonly places = new Map<string, Place>();
  /** How often it was picked, by algorithm; what its places still count is not in it. See `picksOf`. */
  readonly picked = new Map<string, number>();

  constructor(profile: MemberProfile, sequence: number, joinedAtMs: number) {
    this.profile = profile;
    this.sequence = sequence;
    this.joinedAtMs = joinedAtMs;
  }

  /** W: the weight in flight. */
  get weight(): number {
    return this.leasedWeight + this.foreignWeight;
  }

  get load(): number {
    return this.reported === undefined ? loadOf(this.weight, this.cpuLoad) : this.reported + this.leasedWeight;
  }
}

/** An idle machine's load average is 0; below this all loads would be equal. */
export const CPU_LOAD_MIN = 0.01;

/** A member as one group sees it: slots are counted here, weight at the member. */
export class Place implements MemberSignals {
  readonly member: Member;
  readonly group: string;
  /** Its number in the group's index. */
  readonly slot: number;
  /** How many leases may be open here at once, as the member last said. */
  slots: number;
  leases = 0;
  /** Its entry in the group's index is not up to date. */
  isStale = false;
  lastPicked: number;
  /** How often it was picked since the group has the algorithm that it has. */
  picks = 0;
  /** The load of this group alone, if it was ever asked for; else the member's counts. */
  reported: ReportedLoad | undefined = undefined;
  /** It refused this weight: kept out for it and above until its next report or settle. */
  refusedWeight = Infinity;

  constructor(member: Member, group: string, slot: number, slots: number) {
    this.member = member;
    this.group = group;
    this.slot = slot;
    this.slots = slots;
    this.lastPicked = member.sequence - Number.MAX_SAFE_INTEGER;
  }

  get sequence(): number {
    return this.member.sequence;
  }

  get load(): number {
    return this.reported?.load ?? this.member.load;
  }

  get cpuLoad(): number {
    return this.member.cpuLoad;
  }

  /** A load that is reported has its own unit, which no max load is given in. */
  get maxLoad(): number {
    return this.reported?.load === undefined ? this.member.profile.maxLoad : Infinity;
  }

  askLoad(): void {
    (this.reported ??= new ReportedLoad()).asked();
  }

  /** One that nobody asked for is as if asked for now. */
  reportLoad(load: number): void {
    if (this.reported === undefined) this.askLoad();
    this.reported?.told(load);
  }
}
