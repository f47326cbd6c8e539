// When what is struck: a pure function of seed and duration. Rounds hold every kind once, in random order, so that all are spread
// over the run; within a round strikes are as close as the rules allow, then all is stretched to the time there is.
import { seededRandom, type Random } from '../../../src/common/random/random.ts';
import { integer } from '../seed.ts';
import { FAULTS, MASTER_FAULTS, paceFor, SLAVE_FAULTS, type FaultKind, type Pace } from './faults.ts';

export const SLAVES = 4;
/** This slave's process is never ended: what leaks has time to show. */
export const SURVIVOR = SLAVES - 1;
const ROUNDS_MIN = 3;
/** Of so many slaves that are struck or recovering at a time; the third seldom. */
const AFFLICTED_MAX = 2;
const AFFLICTED_SELDOM_MAX = 3;
const SELDOM = 0.25;
const GAP_MS = 250;
/** Before the first strike, and from the last recovery to the end. */
const LEAD_MS = 1000;
const TAIL_MS = 2000;
/** Rounds are added while they leave a quarter of the time for calm. */
const BUSY_MAX = 0.75;
const TRIES = 100;

export interface Strike {
  readonly kind: FaultKind;
  /** From the beginning of the run. */
  readonly atMs: number;
  readonly lastsMs: number;
  /** Index of a slave; undefined for the master. */
  readonly victim: number | undefined;
}

export interface Plan {
  readonly pace: Pace;
  readonly strikes: readonly Strike[];
}

/** In order of time. Throws when the time is too short for three of each kind. */
export function plan(seed: number, durationMs: number): Plan {
  const pace = paceFor(durationMs);
  const windowMs = durationMs - LEAD_MS - TAIL_MS;
  const random = seededRandom(seed);
  for (let i = 0; i < TRIES; i++) {
    const tight = densest(seededRandom(integer(random, 0, 2 ** 32 - 1)), pace, windowMs);
    if (tight.endMs > windowMs) continue;
    const stretch = windowMs / tight.endMs;
    return { pace, strikes: tight.strikes.map((strike) => ({ ...strike, atMs: LEAD_MS + strike.atMs * stretch })) };
  }
  throw new Error(`${(durationMs / 1000).toString()} s is too short for three strikes of each kind: give a minute`);
}

interface Schedule {
  readonly strikes: readonly Strike[];
  readonly endMs: number;
}

/** As many rounds as leave some calm. */
function densest(random: Random, pace: Pace, windowMs: number): Schedule {
  const schedule = new Scheduler(random, pace);
  for (let round = 0; ; round++) {
    const before = schedule.copy();
    schedule.addRound(hasMasterFaults(round, pace, windowMs));
    if (round >= ROUNDS_MIN && schedule.endMs > BUSY_MAX * windowMs) return before;
    if (schedule.endMs > windowMs) return schedule.copy();
  }
}

/** In a long run the last master lives for half of it. */
function hasMasterFaults(round: number, pace: Pace, windowMs: number): boolean {
  const roundsOfHalf = windowMs / 2 / (12 * pace.pollMs + 6 * pace.graceMs);
  return round < Math.max(ROUNDS_MIN, Math.floor(roundsOfHalf));
}

/** Puts one strike after the other, each as early as the rules allow. */
class Scheduler {
  readonly #random: Random;
  readonly #pace: Pace;
  readonly #strikes: Strike[] = [];
  /** When each slave is well again. */
  readonly #wellMs: number[] = Array.from({ length: SLAVES }, () => 0);
  #masterWellMs = 0;
  #lastMs = 0;

  constructor(random: Random, pace: Pace) {
    this.#random = random;
    this.#pace = pace;
  }

  get endMs(): number {
    return Math.max(this.#masterWellMs, ...this.#wellMs);
  }

  copy(): Schedule {
    return { strikes: [...this.#strikes], endMs: this.endMs };
  }

  addRound(withMaster: boolean): void {
    for (const kind of roundOf(this.#random, withMaster)) this.#add(kind);
  }

  #add(kind: FaultKind): void {
    const { lastsMs: draw, recoveryMs } = FAULTS[kind];
    const victim = isMasterFault(kind) ? undefined : this.#victim(kind);
    const atMs = this.#earliest(victim);
    const lastsMs = draw(this.#pace, this.#random);
    const wellMs = atMs + lastsMs + recoveryMs(this.#pace);
    if (victim === undefined) this.#masterWellMs = wellMs;
    else this.#wellMs[victim] = wellMs;
    this.#lastMs = atMs;
    this.#strikes.push({ kind, atMs, lastsMs, victim });
  }

  /** One of the two that have been well for longest, of those that may be struck so. */
  #victim(kind: FaultKind): number {
    const possible = this.#wellMs.map((wellMs, i) => ({ wellMs, i }));
    if (FAULTS[kind].ends === true) possible.splice(SURVIVOR, 1);
    possible.sort((a, b) => a.wellMs - b.wellMs);
    return possible[integer(this.#random, 0, 1)]!.i;
  }

  #earliest(victim: number | undefined): number {
    const soonest = Math.max(this.#lastMs + GAP_MS, this.#masterWellMs);
    if (victim === undefined) return soonest;
    const afflictedMax = this.#random() < SELDOM ? AFFLICTED_SELDOM_MAX : AFFLICTED_MAX;
    const others = this.#wellMs.filter((_, i) => i !== victim).sort((a, b) => b - a);
    return Math.max(soonest, this.#wellMs[victim]!, others[afflictedMax - 1] ?? 0);
  }
}

/** Every kind once. Those of the master lie apart, or it would be down for a third of the time at a stretch. */
function roundOf(random: Random, withMaster: boolean): FaultKind[] {
  const kinds: FaultKind[] = shuffled(random, SLAVE_FAULTS);
  if (!withMaster) return kinds;
  const [first, second] = shuffled(random, MASTER_FAULTS);
  const half = kinds.length / 2;
  kinds.splice(half + integer(random, 1, half), 0, second!);
  kinds.splice(integer(random, 1, half), 0, first!);
  return kinds;
}

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

function isMasterFault(kind: FaultKind): boolean {
  return (MASTER_FAULTS as readonly FaultKind[]).includes(kind);
}
