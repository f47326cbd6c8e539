// A real Pool and a naive account of it, driven side by side: every pick must be the one that the naive reference makes, and after
// every step the sums that the pool keeps must equal sums taken over the open leases.
import { expect } from 'chai';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import type { LeaseOutcome } from '../../src/master/pool/lease.ts';
import type { MemberProfile } from '../../src/master/pool/member.ts';
import type { MemberEvent } from '../../src/master/pool/member-state.ts';
import { Pool, type OfferedGroup } from '../../src/master/pool/pool.ts';
import { NAIVE_WAITING, naivePick, type NaiveMember, type NaiveRules } from './naive-algorithms.ts';
import { same, sameList } from './same.ts';
import {
  newPlace,
  type JoinOptions,
  type PickLimits,
  type TwinLease,
  type TwinMember,
  type TwinPlace,
} from './twin-records.ts';

export const GROUP = 'compute';

export class PoolTwin {
  readonly pool: Pool;
  /** Those in the pool, in join order. */
  readonly members: TwinMember[] = [];
  /** Oldest first. */
  readonly open: TwinLease[] = [];
  /** Of groups that have none of their own. */
  algorithm: string;
  readonly #own = new Map<string, string>();
  #rules: NaiveRules = { equalWithin: 0 };
  /** All that ever joined, so that what the gone leave open is checked too. */
  readonly #known: TwinMember[] = [];
  readonly #turns = new Map<string, { picks: number; lastJoined: number }>();

  constructor(algorithm: string) {
    this.algorithm = algorithm;
    this.pool = new Pool(findAlgorithm(algorithm)!);
  }

  join(options: JoinOptions = {}): TwinMember {
    const { maxLoad = 1000, slots = 10, offers = [{ name: GROUP, slots }], cpuLoad } = options;
    const joined = this.#known.length + 1;
    const name = `m${joined}`;
    const real = this.pool.join(profileOf(name, maxLoad), offers, 0);
    const state = {
      gone: false,
      suspect: false,
      draining: false,
      leaving: false,
      cpuLoad: 0.01,
      maxLoad,
      foreignWeight: 0,
      reported: undefined,
    };
    const member: TwinMember = { name, real, joined, ...state, places: new Map(), picked: new Map() };
    for (const offer of offers) member.places.set(offer.name, newPlace(offer.slots));
    this.members.push(member);
    this.#known.push(member);
    if (cpuLoad !== undefined) this.report(member, cpuLoad);
    return member;
  }

  report(member: TwinMember, cpuLoad: number, foreignWeight = 0): void {
    this.pool.report(member.real, { cpuLoad, foreignWeight, memoryRatio: 0, running: 0 });
    member.cpuLoad = cpuLoad;
    member.foreignWeight = foreignWeight;
    for (const place of member.places.values()) place.refusedWeight = Infinity;
  }

  reportLoad(member: TwinMember, load: number): void {
    this.pool.reportLoad(member.real, load);
    member.reported = load;
    for (const place of member.places.values()) place.refusedWeight = Infinity;
  }

  askLoad(member: TwinMember, group = GROUP): void {
    this.pool.askLoad(member.real, group);
    const place = member.places.get(group);
    if (place !== undefined) place.asks++;
  }

  /** Of one group alone, as the answer to the last ask; without any it is as if asked now. */
  answerLoad(member: TwinMember, load: number, group = GROUP): void {
    this.pool.reportLoad(member.real, load, group);
    const place = member.places.get(group);
    if (place === undefined) return;
    if (place.asks === 0) place.asks = 1;
    place.answered = { load, ask: place.asks };
    place.refusedWeight = Infinity;
  }

  /** From now on in groups `compute` and `extra`; every pick draws the same. */
  setRules(rules: NaiveRules): void {
    const { equalWithin, drawn } = rules;
    const draw = drawn === undefined ? undefined : (): number => drawn;
    for (const group of [GROUP, 'extra']) this.pool.setRules(group, { equalWithin, draw });
    this.#rules = rules;
  }

  setSlots(member: TwinMember, slots: number, group = GROUP): void {
    this.pool.setSlots(member.real, group, slots);
    const place = member.places.get(group);
    if (place !== undefined) place.slots = slots;
  }

  setMaxLoad(member: TwinMember, maxLoad: number): void {
    this.pool.setProfile(member.real, profileOf(member.name, maxLoad));
    member.maxLoad = maxLoad;
  }

  setOffers(member: TwinMember, offers: readonly OfferedGroup[]): void {
    this.pool.setOffers(member.real, offers);
    for (const group of [...member.places.keys()]) {
      if (!offers.some(({ name }) => name === group)) member.places.delete(group);
    }
    for (const { name, slots } of offers) {
      const place = member.places.get(name);
      if (place === undefined) member.places.set(name, newPlace(slots));
      else place.slots = slots;
    }
  }

  setAlgorithm(name: string): void {
    this.pool.setAlgorithm(findAlgorithm(name)!);
    this.algorithm = name;
  }

  /** Undefined: the group follows the others again. */
  setGroupAlgorithm(group: string, name: string | undefined): void {
    this.pool.setGroupAlgorithm(group, name === undefined ? undefined : findAlgorithm(name)!);
    if (name === undefined) this.#own.delete(group);
    else this.#own.set(group, name);
  }

  algorithmOf(group: string): string {
    return this.#own.get(group) ?? this.algorithm;
  }

  /** Moves a member through its states, by the table of DESIGN §3. */
  event(member: TwinMember, event: MemberEvent): void {
    this.pool.transition(member.real, event);
    if (event === 'socket-closed' || event === 'silent') member.suspect = true;
    else if (event === 'answered') member.suspect = false;
    else if (event === 'drain-asked') member.draining = true;
    else if (event === 'leaving') member.draining = member.leaving = true;
    else if (event === 'resume-asked') member.draining = member.leaving;
    else if (event === 'grace-over') member.gone = member.suspect;
    else member.gone = true;
    if (!member.gone) return;
    this.members.splice(this.members.indexOf(member), 1);
    member.places.clear();
  }

  leave(member: TwinMember): void {
    this.event(member, 'left');
  }

  /** Picks in both worlds, expects the same member, and returns the lease; undefined when no member fits. */
  pick(weight: number, group = GROUP, limits: PickLimits = {}): TwinLease | undefined {
    const algorithm = this.algorithmOf(group);
    const turn = this.#turns.get(group) ?? { picks: 0, lastJoined: 0 };
    const expected = this.#expected(weight, group, turn.lastJoined, limits);
    const real = this.pool.pick(group, weight, limits.avoid?.real, limits.without?.real);
    expect(real?.member.profile.name, `${algorithm} picks for weight ${weight}`).to.equal(expected?.name);
    if (real === undefined || expected === undefined) return undefined;
    const place = expected.places.get(group)!;
    this.#turns.set(group, { picks: turn.picks + 1, lastJoined: expected.joined });
    place.pickedAt = turn.picks + 1;
    expected.picked.set(algorithm, (expected.picked.get(algorithm) ?? 0) + 1);
    const lease = { real, member: expected, place, weight, asks: place.asks };
    this.open.push(lease);
    expect(real.place.leases, `leases of ${expected.name}`).to.be.at.most(place.slots);
    return lease;
  }

  #expected(weight: number, group: string, lastJoined: number, limits: PickLimits): TwinMember | undefined {
    const algorithm = this.algorithmOf(group);
    const seen = this.members
      .filter((member) => member.places.has(group) && member !== limits.without)
      .map((member) => this.#view(member, group));
    const others = NAIVE_WAITING.has(algorithm) ? seen : seen.filter(({ member }) => member !== limits.avoid);
    const pick = (from: typeof seen): TwinMember | undefined =>
      naivePick(algorithm, from, weight, lastJoined, this.#rules)?.member;
    return pick(others) ?? pick(seen);
  }

  /** The names of the members that `count` picks of this weight choose, all held; `undefined` where none fits. */
  picks(count: number, weight: number): (string | undefined)[] {
    return Array.from({ length: count }, () => this.pick(weight)?.member.name);
  }

  /** Settles, and tries to settle again: only the first may count. */
  settle(lease: TwinLease, outcome: LeaseOutcome = 'ok'): void {
    this.open.splice(this.open.indexOf(lease), 1);
    const { place, weight, member } = lease;
    if (outcome === 'refused') place.refusedWeight = Math.min(place.refusedWeight, weight);
    else for (const any of member.places.values()) any.refusedWeight = Infinity;
    expect(this.pool.settle(lease.real, outcome), 'the first settle').to.be.true;
    expect(this.pool.settle(lease.real, outcome === 'ok' ? 'failed' : 'ok'), 'a second settle').to.be.false;
    expect(lease.real.outcome).to.equal(outcome);
  }

  /** Compares what the pool has added up with what is open. */
  check(): void {
    const names = this.members.map(({ name }) => name);
    const real = Array.from(this.pool.members(), ({ profile }) => profile.name);
    sameList(real, names, 'members of the pool');
    for (const member of this.#known) this.#checkMember(member);
  }

  #checkMember(member: TwinMember): void {
    const { name, real, cpuLoad, foreignWeight, reported } = member;
    const leases = this.open.filter((lease) => lease.member === member);
    const leased = leases.reduce((sum, { weight }) => sum + weight, 0);
    same(real.leases, leases.length, 'leases of', name);
    same(real.leasedWeight, leased, 'leased weight of', name);
    same(real.weight, leased + foreignWeight, 'weight in flight of', name);
    const load = (leased + foreignWeight) * Math.max(cpuLoad, 0.01);
    same(real.load, reported === undefined ? load : reported + leased, 'load of', name);
    const picked = this.pool.picksOf(real);
    for (const algorithm of new Set([...picked.keys(), ...member.picked.keys()])) {
      same(picked.get(algorithm) ?? 0, member.picked.get(algorithm) ?? 0, `picks by ${algorithm} of`, name);
    }
    same(real.places.size, member.places.size, 'groups of', name);
    for (const [group, place] of member.places) {
      same(real.places.get(group)?.load, this.#loadAt(member, place), `load in ${group} of`, name);
      const here = leases.filter((lease) => lease.place === place).length;
      same(real.places.get(group)?.leases, here, `leases in ${group} of`, name);
      same(real.places.get(group)?.slots, place.slots, `slots in ${group} of`, name);
    }
  }

  /** As the group sees it: what was answered, and what was opened after the ask; else the load of the member. */
  #loadAt({ real }: TwinMember, place: TwinPlace): number {
    return place.answered === undefined ? real.load : place.answered.load + this.#openedSince(place);
  }

  #openedSince(place: TwinPlace): number {
    const since = this.open.filter((lease) => lease.place === place && lease.asks >= place.answered!.ask);
    return since.reduce((sum, { weight }) => sum + weight, 0);
  }

  #view(member: TwinMember, group: string): NaiveMember & { readonly member: TwinMember } {
    const place = member.places.get(group)!;
    const leases = this.open.filter((lease) => lease.member === member);
    const { joined, suspect, draining, cpuLoad, maxLoad, foreignWeight, reported } = member;
    const leasedWeight = leases.reduce((sum, { weight }) => sum + weight, 0);
    const own = place.answered && {
      ...{ maxLoad: Infinity, reported: place.answered.load, leasedWeight: this.#openedSince(place) },
    };
    return {
      ...{ member, joined, cpuLoad, maxLoad, reported, leasedWeight, ...own },
      ready: !suspect && !draining,
      weightInFlight: leasedWeight + foreignWeight,
      ...place,
      leases: leases.filter((lease) => lease.place === place).length,
    };
  }
}

/** The profile of a test member, whose id is its name. */
export function profileOf(name: string, maxLoad: number): MemberProfile {
  const machine = { cores: 1, concurrency: 1, labels: {}, metricsPort: 0, grpcPort: 0 };
  return { id: name, name, kind: 'slave', address: `${name}:1`, maxLoad, ...machine };
}
