// What members offer as a unit: the members that can take its work, in the order of its algorithm, and who was picked last.
import type { Algorithm } from '../balancing/algorithm.ts';
import { NONE, OrderedIndex } from '../balancing/ordered-index.ts';
import { Aside, couldFit } from './aside.ts';
import { roomOf } from './load.ts';
import { takesWork } from './member-state.ts';
import { Place, type Member } from './member.ts';

/** How a group takes members that are equal. */
export interface GroupRules {
  /** Loads that exceed the least by at most this are equal to it. */
  readonly equalWithin: number;
  /** From 0 up to 1: of equal members one is drawn at random. Undefined: the algorithm says which. */
  readonly draw?: (() => number) | undefined;
  /** It takes calls that have no queue: none goes to a member that another group keeps for a task. */
  readonly yieldsToTasks?: boolean;
}

const EXACT: GroupRules = { equalWithin: 0 };

export class Group {
  readonly name: string;
  #algorithm: Algorithm;
  #index = new OrderedIndex();
  /** Places to be brought up to date in the index before it is asked: in a group that nobody asks, changes cost nothing. */
  readonly #stale: Place[] = [];
  readonly #places: (Place | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #rules = EXACT;
  #lastSequence = 0;
  #picks = 0;
  #greatestMaxLoad: number | undefined;
  #greatestStaying: number | undefined;
  #aside: Aside | undefined;
  #kept: Member | undefined;
  readonly #onKept: (member: Member) => void;

  /** `onKept` is told when a member is kept for a task, or not any more: its other groups have to be refreshed. */
  constructor(name: string, algorithm: Algorithm, onKept: (member: Member) => void) {
    this.name = name;
    this.#algorithm = algorithm;
    this.#onKept = onKept;
  }

  get algorithm(): Algorithm {
    return this.#algorithm;
  }

  get picks(): number {
    return this.#picks;
  }

  /** Every member that offers this group, whatever its state. */
  *places(): Generator<Place> {
    for (const place of this.#places) if (place !== undefined) yield place;
  }

  /** Changes the order in which members are picked. Leases, slots and turns are untouched. */
  setAlgorithm(algorithm: Algorithm): void {
    for (const place of this.places()) this.#credit(place);
    this.#algorithm = algorithm;
    this.#index = new OrderedIndex();
    for (const place of this.places()) this.refresh(place);
  }

  setRules(rules: GroupRules): void {
    this.#rules = rules;
  }

  /** Whether no member offers it. */
  get isEmpty(): boolean {
    return this.#places.length === this.#freeSlots.length;
  }

  add(member: Member, slots: number): Place {
    const place = new Place(member, this.name, this.#freeSlots.pop() ?? this.#places.length, slots);
    this.#places[place.slot] = place;
    member.places.set(this.name, place);
    this.profilesChanged();
    this.refresh(place);
    return place;
  }

  remove(place: Place): void {
    this.#credit(place);
    this.#index.remove(place.slot);
    if (place.isStale) this.#stale.splice(this.#stale.indexOf(place), 1);
    // Nothing about it matters any more.
    place.isStale = true;
    if (this.#aside?.place === place) this.#aside = undefined;
    if (this.#kept === place.member) this.#keep(undefined);
    this.#places[place.slot] = undefined;
    this.#freeSlots.push(place.slot);
    place.member.places.delete(this.name);
    this.profilesChanged();
  }

  /** Books the picks so far under the algorithm that made them. */
  #credit(place: Place): void {
    const { picked } = place.member;
    picked.set(this.#algorithm.name, (picked.get(this.#algorithm.name) ?? 0) + place.picks);
    place.picks = 0;
  }

  /** To be called when a member came, went, changed its max load or whether it drains. */
  profilesChanged(): void {
    this.#greatestMaxLoad = undefined;
    this.#greatestStaying = undefined;
  }

  /** To be called after anything about a place or its member changed. */
  refresh(place: Place): void {
    if (place.isStale) return;
    place.isStale = true;
    this.#stale.push(place);
  }

  /** The index, up to date. */
  #current(): OrderedIndex {
    for (let place = this.#stale.pop(); place !== undefined; place = this.#stale.pop()) {
      place.isStale = false;
      this.#enter(place);
    }
    return this.#index;
  }

  #enter(place: Place): void {
    const { member } = place;
    const isOut = this.aside === place || (this.#yields(member) && !this.#algorithm.waits);
    const taken = this.#algorithm.waits ? 0 : place.leases;
    if (isOut || !takesWork(member.state) || taken >= place.slots) {
      this.#index.remove(place.slot);
      return;
    }
    const [primary, secondary, tertiary] = this.#algorithm.key;
    const room = this.#algorithm.waits ? place.maxLoad : roomNow(place);
    this.#index.set(place.slot, primary(place), secondary(place), tertiary(place), room);
  }

  /** Whether any member may be chosen that has a free slot, or any slots when the algorithm waits. */
  get hasRoom(): boolean {
    return this.#current().size > 0;
  }

  /** The heaviest task that fits any member that may be chosen, or would when idle if the algorithm waits; -Infinity for none. */
  get greatestRoom(): number {
    return this.#current().greatestRoom;
  }

  /** The member that is set aside now, not to be chosen. */
  get aside(): Place | undefined {
    return this.#aside?.out === true ? this.#aside.place : undefined;
  }

  /**
   * Sets one member aside for a task of `weight` that fits nowhere now. It is not chosen until `returnAside`. All members are looked
   * at only when the weight is another one, or the one set aside cannot take it any more.
   */
  setAside(weight: number): void {
    const place = this.#aside?.place;
    const holds = this.#aside?.weight === weight && (place === undefined || couldFit(place, weight));
    const aside = holds && this.#aside !== undefined ? this.#aside : new Aside(weight, this.places());
    this.#aside = aside;
    if (aside.place === undefined) return;
    aside.out = true;
    this.refresh(aside.place);
    this.#keepFor(weight, aside.place);
  }

  /** Keeps calls from the member that a task of this weight waits for, until `returnAside`. */
  keepWaitedFor(weight: number): void {
    this.#keepFor(weight, this.waitedFor(weight));
  }

  /** Calls have no queue in which they could wait behind the task: each would take weight from it, for ever. */
  #keepFor(weight: number, place: Place | undefined): void {
    this.#keep(place !== undefined && roomByWeight(place) < weight ? place.member : undefined);
  }

  #yields({ keptBy }: Member): boolean {
    return keptBy > 0 && this.#rules.yieldsToTasks === true;
  }

  #keep(member: Member | undefined): void {
    const before = this.#kept;
    if (before === member) return;
    this.#kept = member;
    if (before !== undefined) {
      before.keptBy--;
      this.#onKept(before);
    }
    if (member !== undefined) {
      member.keptBy++;
      this.#onKept(member);
    }
  }

  /** Whoever was set aside, or kept, may be chosen again; it is set aside again for the same weight. */
  returnAside(): void {
    this.#keep(undefined);
    if (this.#aside?.out !== true) return;
    this.#aside.out = false;
    if (this.#aside.place !== undefined) this.refresh(this.#aside.place);
  }

  /** Another member may fit the task sooner by now. To be called at even intervals. */
  reviewAside(): void {
    this.returnAside();
    this.#aside?.review(this.places());
  }

  /**
   * Chooses a place for `weight` and takes its turn; reserving is the pool's part, which must follow at once. `avoid` is chosen
   * only when no other fits, `without` never. None is chosen when the algorithm waits and the one that it waits for cannot take it now.
   */
  choose(weight: number, avoid?: Place, without?: Place): Place | undefined {
    const slot = this.#slotWithout(weight, avoid, without);
    if (slot === NONE) return undefined;
    const place = this.#places[slot];
    if (place === undefined) return undefined;
    if (this.#algorithm.waits && (roomNow(place) < weight || this.#yields(place.member))) return undefined;
    this.#picks++;
    place.lastPicked = this.#picks;
    place.picks++;
    this.#lastSequence = place.sequence;
    return place;
  }

  /** The member that a task of this weight waits for; undefined when the algorithm does not wait, or nobody could take it. */
  waitedFor(weight: number): Place | undefined {
    return this.#algorithm.waits ? this.#places[this.#slotFor(weight, undefined)] : undefined;
  }

  #slotWithout(weight: number, avoid: Place | undefined, without: Place | undefined): number {
    const index = this.#current();
    if (without === undefined || !index.has(without.slot)) return this.#slotFor(weight, avoid);
    index.remove(without.slot);
    const slot = this.#slotFor(weight, avoid);
    this.#enter(without);
    return slot;
  }

  #slotFor(weight: number, avoid: Place | undefined): number {
    const { equalWithin, draw } = this.#rules;
    const request = { weight, lastSequence: this.#lastSequence, equalWithin, draw };
    const index = this.#current();
    const noOther = avoid === undefined || this.#algorithm.waits || !index.has(avoid.slot);
    if (noOther) return this.#algorithm.pick(index, request);
    index.remove(avoid.slot);
    const other = this.#algorithm.pick(index, request);
    this.#enter(avoid);
    return other === NONE ? this.#algorithm.pick(index, request) : other;
  }

  /** The greatest max load of all members, 0 when there are none: a heavier task can never run here. */
  greatestMaxLoad(): number {
    if (this.#greatestMaxLoad === undefined) {
      this.#greatestMaxLoad = 0;
      for (const { maxLoad } of this.places()) this.#greatestMaxLoad = Math.max(this.#greatestMaxLoad, maxLoad);
    }
    return this.#greatestMaxLoad;
  }

  /** The same of members that are not draining. */
  greatestStayingMaxLoad(): number {
    if (this.#greatestStaying === undefined) {
      this.#greatestStaying = 0;
      for (const { maxLoad, member } of this.places()) {
        if (member.state.draining === false) this.#greatestStaying = Math.max(this.#greatestStaying, maxLoad);
      }
    }
    return this.#greatestStaying;
  }
}

/** The heaviest task that fits a member now, as far as weight and slots go; -Infinity when its slots are taken. */
function roomNow(place: Place): number {
  return place.leases >= place.slots ? -Infinity : roomByWeight(place);
}

function roomByWeight({ member, load, maxLoad, refusedWeight }: Place): number {
  return roomOf(member.weight, load, maxLoad, refusedWeight);
}
