// What members offer as a unit: the members that can take its work, in the order of its algorithm, and who was picked last.
import type { Algorithm } from '../balancing/algorithm.ts';
import { NONE, OrderedIndex } from '../balancing/ordered-index.ts';
import { roomOf } from './load.ts';
import { takesWork } from './member-state.ts';
import { Place, type Member } from './member.ts';

export class Group {
  readonly name: string;
  #algorithm: Algorithm;
  #index = new OrderedIndex();
  readonly #places: (Place | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #lastSequence = 0;
  #picks = 0;
  #greatestMaxLoad: number | undefined;

  constructor(name: string, algorithm: Algorithm) {
    this.name = name;
    this.#algorithm = algorithm;
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
    this.#algorithm = algorithm;
    this.#index = new OrderedIndex();
    for (const place of this.places()) this.refresh(place);
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
    this.#index.remove(place.slot);
    this.#places[place.slot] = undefined;
    this.#freeSlots.push(place.slot);
    place.member.places.delete(this.name);
    this.profilesChanged();
  }

  /** To be called when a member came, went or changed its max load. */
  profilesChanged(): void {
    this.#greatestMaxLoad = undefined;
  }

  /** Brings the index up to date with one place: to be called after anything about it or its member changed. */
  refresh(place: Place): void {
    const { member } = place;
    if (!takesWork(member.state) || place.leases >= place.slots) {
      this.#index.remove(place.slot);
      return;
    }
    const [primary, secondary, tertiary] = this.#algorithm.key;
    const room = roomOf(member.weight, member.cpuLoad, member.profile.maxLoad, place.refusedWeight);
    this.#index.set(place.slot, primary(place), secondary(place), tertiary(place), room);
  }

  /** Chooses a place for `weight` and takes its turn; reserving is the pool's part, which must follow at once. */
  choose(weight: number): Place | undefined {
    const slot = this.#algorithm.pick(this.#index, { weight, lastSequence: this.#lastSequence });
    if (slot === NONE) return undefined;
    const place = this.#places[slot];
    if (place === undefined) return undefined;
    this.#picks++;
    place.lastPicked = this.#picks;
    this.#lastSequence = place.sequence;
    return place;
  }

  /** The greatest max load of all members, 0 when there are none: a heavier task can never run here. */
  greatestMaxLoad(): number {
    if (this.#greatestMaxLoad === undefined) {
      this.#greatestMaxLoad = 0;
      for (const { maxLoad } of this.places()) this.#greatestMaxLoad = Math.max(this.#greatestMaxLoad, maxLoad);
    }
    return this.#greatestMaxLoad;
  }
}
