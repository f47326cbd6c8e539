// The members, their groups, and the leases on them. The one truth about who is there and what each has in flight; the doors,
// dispatch, metrics and later the autoscaler all read it. Pure: time comes in as a number.
import type { Algorithm } from '../balancing/algorithm.ts';
import { Group, type GroupRules } from './group.ts';
import { Lease, type LeaseOutcome } from './lease.ts';
import { CPU_LOAD_MIN, Member, type MemberProfile, type Place } from './member.ts';
import { nextMemberState, stateName, type MemberEvent, type MemberStateName } from './member-state.ts';

/** What others want to know as it happens. */
export interface PoolObserver {
  /** Something about this group's members changed that may let waiting work in. */
  onRoom?(group: string): void;
  onMember?(member: Member, from: MemberStateName | 'new', to: MemberStateName, reason: string): void;
  /** A member said anew what it is; perhaps the same as before. */
  onProfile?(member: Member): void;
}

/** What one load report changes. */
export interface MemberReport {
  readonly cpuLoad: number;
  readonly memoryRatio: number;
  readonly foreignWeight: number;
  readonly running: number;
}

export interface OfferedGroup {
  readonly name: string;
  readonly slots: number;
}

export class Pool {
  readonly #members = new Map<string, Member>();
  /** Those of them that are slaves: strangers may register thousands of backends, and much looks at slaves alone. */
  readonly #slaves = new Map<string, Member>();
  readonly #groups = new Map<string, Group>();
  readonly #observers: PoolObserver[] = [];
  #algorithm: Algorithm;
  /** Of groups that do not follow the cluster's, whether there is such a group now or not. */
  readonly #ownAlgorithms = new Map<string, Algorithm>();
  #joins = 0;

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
  }

  observe(observer: PoolObserver): void {
    this.#observers.push(observer);
  }

  /** Slaves and backends, in join order. */
  members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** In join order. */
  slaves(): IterableIterator<Member> {
    return this.#slaves.values();
  }

  get slaveCount(): number {
    return this.#slaves.size;
  }

  member(id: string): Member | undefined {
    return this.#members.get(id);
  }

  get size(): number {
    return this.#members.size;
  }

  /** The group of that name, made when it is first asked for: its queue may fill before its first member joins. */
  group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, this.algorithmOf(name), (member) => this.#refresh(member));
      this.#groups.set(name, group);
    }
    return group;
  }

  groups(): IterableIterator<Group> {
    return this.#groups.values();
  }

  /** Whether there is a group of that name; `group` would make one. */
  hasGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  /** Drops a group that no member offers, its rules and turns with it. False when a member does, or there is none of that name. */
  forgetGroup(name: string): boolean {
    return this.#groups.get(name)?.isEmpty === true && this.#groups.delete(name);
  }

  /** How a group takes members that are equal; makes the group when there is none of that name. */
  setRules(group: string, rules: GroupRules): void {
    this.group(group).setRules(rules);
  }

  /** The algorithm of every group that has none of its own. */
  get algorithm(): Algorithm {
    return this.#algorithm;
  }

  setAlgorithm(algorithm: Algorithm): void {
    this.#algorithm = algorithm;
    for (const group of this.#groups.values()) if (!this.#ownAlgorithms.has(group.name)) this.#use(group, algorithm);
  }

  /** Of groups that have their own, by name; there need be no such group. */
  get ownAlgorithms(): ReadonlyMap<string, Algorithm> {
    return this.#ownAlgorithms;
  }

  /** What a group of this name picks by, or would if there were one. */
  algorithmOf(group: string): Algorithm {
    return this.#ownAlgorithms.get(group) ?? this.#algorithm;
  }

  /** Gives a group an algorithm of its own, for as long as this pool lives; undefined: it follows the cluster's again. */
  setGroupAlgorithm(name: string, algorithm: Algorithm | undefined): void {
    if (algorithm === undefined) this.#ownAlgorithms.delete(name);
    else this.#ownAlgorithms.set(name, algorithm);
    const group = this.#groups.get(name);
    if (group !== undefined) this.#use(group, this.algorithmOf(name));
  }

  #use(group: Group, algorithm: Algorithm): void {
    group.setAlgorithm(algorithm);
    this.#room(group.name);
  }

  /** Adds a member. Its id must not be in the pool. */
  join(profile: MemberProfile, offers: readonly OfferedGroup[], nowMs: number): Member {
    const member = new Member(profile, ++this.#joins, nowMs);
    this.#members.set(profile.id, member);
    if (profile.kind === 'slave') this.#slaves.set(profile.id, member);
    this.setOffers(member, offers);
    this.#changed(member, 'new', 'joined');
    return member;
  }

  /** Changes which groups a member offers and how many slots in each. */
  setOffers(member: Member, offers: readonly OfferedGroup[]): void {
    const wanted = new Map(offers.map(({ name, slots }) => [name, slots]));
    for (const place of [...member.places.values()]) {
      if (wanted.has(place.group)) continue;
      this.group(place.group).remove(place);
      // Work may have waited for this very member.
      this.#room(place.group);
    }
    for (const [name, slots] of wanted) {
      if (member.places.has(name)) this.setSlots(member, name, slots);
      else this.group(name).add(member, slots);
      this.#room(name);
    }
  }

  /** How many leases a member now takes in one group. */
  setSlots(member: Member, group: string, slots: number): void {
    const place = member.places.get(group);
    if (place === undefined || place.slots === slots) return;
    // Without slots no task waits for it: another one may be the first.
    const told = slots > place.slots || slots === 0;
    place.slots = slots;
    this.group(group).refresh(place);
    if (told) this.#room(group);
  }

  setProfile(member: Member, profile: MemberProfile): void {
    member.profile = profile;
    for (const name of member.places.keys()) this.group(name).profilesChanged();
    this.#refresh(member);
    for (const observer of this.#observers) observer.onProfile?.(member);
  }

  report(member: Member, report: MemberReport): void {
    member.cpuLoad = Math.max(report.cpuLoad, CPU_LOAD_MIN);
    member.memoryRatio = report.memoryRatio;
    member.foreignWeight = report.foreignWeight;
    member.running = report.running;
    for (const place of member.places.values()) place.refusedWeight = Infinity;
    this.#refresh(member);
    for (const name of member.places.keys()) this.#room(name);
  }

  /** The load of a member in one group is being asked for: leases opened from now on will not be in the answer. */
  askLoad(member: Member, group: string): void {
    member.places.get(group)?.askLoad();
  }

  /**
   * A member said its load itself: from now on that and the weight of its open leases are its load. With `group`: in this group alone,
   * where the answer to the last `askLoad` counts and the leases opened since that; a late answer to an earlier one must be dropped.
   */
  reportLoad(member: Member, load: number, group?: string): void {
    const places = [...member.places.values()].filter((place) => group === undefined || place.group === group);
    for (const place of places) place.refusedWeight = Infinity;
    if (group === undefined) {
      member.reported = load;
    } else {
      for (const place of places) place.reportLoad(load);
      // A load that is reported has no max load.
      this.#groups.get(group)?.profilesChanged();
    }
    this.#refresh(member);
    for (const place of places) this.#room(place.group);
  }

  /** Moves a member through its states; when it is gone it is out of every group. Returns whether anything changed. */
  transition(member: Member, event: MemberEvent): boolean {
    const before = member.state;
    member.state = nextMemberState(before, event);
    if (member.state === before) return false;
    const groups = [...member.places.keys()];
    if (member.state.draining !== before.draining) for (const name of groups) this.group(name).profilesChanged();
    if (member.state.phase === 'gone') {
      for (const place of [...member.places.values()]) this.group(place.group).remove(place);
      this.#members.delete(member.profile.id);
      this.#slaves.delete(member.profile.id);
    } else {
      this.#refresh(member);
    }
    this.#changed(member, stateName(before), event);
    for (const name of groups) this.#room(name);
    return true;
  }

  /**
   * Reserves `weight` and a slot on the member that the group's algorithm chooses; undefined when none fits. `avoid` is chosen
   * only when no other fits, `without` never, not even by an algorithm that waits for one member.
   */
  pick(group: string, weight: number, avoid?: Member, without?: Member): Lease | undefined {
    const place = this.group(group).choose(weight, avoid?.places.get(group), without?.places.get(group));
    return place && this.#open(place, weight);
  }

  /** How often each algorithm picked a member since it joined; the present one of each of its groups even when it never did. */
  picksOf(member: Member): ReadonlyMap<string, number> {
    const picks = new Map(member.picked);
    for (const place of member.places.values()) {
      const { name } = this.group(place.group).algorithm;
      picks.set(name, (picks.get(name) ?? 0) + place.picks);
    }
    return picks;
  }

  /** A lease for work that a member already has, whether it fits or not; undefined when it does not offer the group. */
  adopt(member: Member, group: string, weight: number): Lease | undefined {
    const place = member.places.get(group);
    return place && this.#open(place, weight);
  }

  #open(place: Place, weight: number): Lease {
    const { member } = place;
    place.leases++;
    member.leases++;
    member.leased.add(weight);
    member.leasedWeight = member.leased.value;
    place.reported?.opened(weight);
    this.#refresh(member);
    return new Lease(place, weight);
  }

  /** Ends a lease. Only the first call does anything and returns true. */
  settle(lease: Lease, outcome: LeaseOutcome): boolean {
    if (lease.outcome !== undefined) return false;
    lease.outcome = outcome;
    const { place, member } = lease;
    place.leases--;
    member.leases--;
    member.leased.add(-lease.weight);
    place.reported?.settled(lease.weight, lease.asks);
    // An idle member's weight is zero by definition.
    if (member.leases === 0) member.leased.clear();
    member.leasedWeight = member.leased.value;
    if (outcome === 'refused') place.refusedWeight = Math.min(place.refusedWeight, lease.weight);
    else for (const any of member.places.values()) any.refusedWeight = Infinity;
    if (member.state.phase === 'gone') return true;
    this.#refresh(member);
    for (const name of member.places.keys()) this.#room(name);
    return true;
  }

  #refresh(member: Member): void {
    for (const place of member.places.values()) this.#groups.get(place.group)?.refresh(place);
  }

  #room(group: string): void {
    for (const observer of this.#observers) observer.onRoom?.(group);
  }

  #changed(member: Member, from: MemberStateName | 'new', reason: string): void {
    for (const observer of this.#observers) observer.onMember?.(member, from, stateName(member.state), reason);
  }
}
