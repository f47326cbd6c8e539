// Which member is set aside for a task that fits nowhere now: the one expected to fit it first. Run times are not known; weight
// is what stands for them everywhere in Lanyard, and threads work it off side by side. A member whose work does not get less while
// it is set aside is passed over for that task: what runs there may never end.
import { takesWork } from './member-state.ts';
import type { Place } from './member.ts';

/** So many reviews in a row without progress, and the member set aside is passed over. */
const STALLS_MAX = 200;

/** The member kept for a task of one weight. */
export class Aside {
  readonly weight: number;
  #place: Place | undefined;
  /** Not to be chosen now. */
  out = false;
  /** That was in its way since it was set aside: what rises and falls with the CPU load is no progress. */
  #least = Infinity;
  #stalls = 0;
  readonly #passedOver = new Set<Place>();

  constructor(weight: number, places: Iterable<Place>) {
    this.weight = weight;
    this.#choose(places);
  }

  /** Undefined when no member could take it even when idle. */
  get place(): Place | undefined {
    return this.#place;
  }

  /** Looks at all members anew. To be called at even intervals: progress is counted in reviews. */
  review(places: Iterable<Place>): void {
    const place = this.#place;
    const inTheWay = place === undefined ? Infinity : weightInTheWay(place, this.weight);
    this.#stalls = inTheWay < this.#least ? 0 : this.#stalls + 1;
    this.#least = Math.min(this.#least, inTheWay);
    if (place !== undefined && this.#stalls >= STALLS_MAX) this.#passedOver.add(place);
    this.#choose(places);
  }

  #choose(places: Iterable<Place>): void {
    const able = [...places].filter((place) => couldFit(place, this.weight));
    let willing = able.filter((place) => !this.#passedOver.has(place));
    if (willing.length === 0) {
      this.#passedOver.clear();
      willing = able;
    }
    const place = firstToFit(willing, this.weight);
    if (place === this.#place) return;
    this.#place = place;
    this.#stalls = 0;
    this.#least = place === undefined ? Infinity : weightInTheWay(place, this.weight);
  }
}

/** The one with the least in the way; equals: join order. */
function firstToFit(places: readonly Place[], weight: number): Place | undefined {
  let best: Place | undefined;
  let least = Infinity;
  for (const place of places) {
    const inTheWay = weightInTheWay(place, weight);
    if (best === undefined || inTheWay < least || (inTheWay === least && place.sequence < best.sequence)) {
      best = place;
      least = inTheWay;
    }
  }
  return best;
}

/** Whether a member takes work, and would take this when it has nothing else to do. */
export function couldFit({ member, slots, maxLoad }: Place, weight: number): boolean {
  return takesWork(member.state) && slots > 0 && weight <= maxLoad;
}

/** Weight per thread that must end before `weight` fits: below max load by weight and by load, and a slot free. */
function weightInTheWay({ member, leases, slots, load, maxLoad }: Place, weight: number): number {
  const { concurrency } = member.profile;
  const byWeight = member.weight + weight - maxLoad;
  const byLoad = (load + weight - maxLoad) / member.cpuLoad;
  const bySlot = leases >= slots ? member.weight / leases : 0;
  return Math.max(byWeight, byLoad, bySlot, 0) / Math.max(concurrency, 1);
}
