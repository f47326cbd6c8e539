// How many tiles came from each slave, in all and each second lately. No DOM; time comes in as milliseconds.

const BUCKET_MS = 250;
const BUCKETS = 12;
/** Slaves beyond this many are counted together with the others, not by name. */
const NAMES_MAX = 2000;

export interface Rate {
  readonly total: number;
  /** Over the last three seconds. */
  readonly perSecond: number;
}

interface Counter {
  total: number;
  readonly buckets: number[];
  /** Number of the latest bucket, since time 0. */
  latest: number;
}

export class Rates {
  readonly #counters = new Map<string, Counter>();
  readonly #all = newCounter();

  add(name: string, nowMs: number): void {
    count(this.#all, nowMs);
    const counter = this.#counters.get(name) ?? newCounter();
    if (this.#counters.size < NAMES_MAX) this.#counters.set(name, counter);
    count(counter, nowMs);
  }

  /** In the order in which they gave their first tile. */
  names(): string[] {
    return [...this.#counters.keys()];
  }

  of(name: string, nowMs: number): Rate {
    return rateOf(this.#counters.get(name), nowMs);
  }

  all(nowMs: number): Rate {
    return rateOf(this.#all, nowMs);
  }
}

function newCounter(): Counter {
  return { total: 0, buckets: new Array<number>(BUCKETS).fill(0), latest: 0 };
}

function count(counter: Counter, nowMs: number): void {
  moveOn(counter, nowMs);
  counter.total++;
  const at = counter.latest % BUCKETS;
  counter.buckets[at] = (counter.buckets[at] ?? 0) + 1;
}

function rateOf(counter: Counter | undefined, nowMs: number): Rate {
  if (counter === undefined) return { total: 0, perSecond: 0 };
  moveOn(counter, nowMs);
  const recent = counter.buckets.reduce((sum, n) => sum + n, 0);
  return { total: counter.total, perSecond: (recent * 1000) / (BUCKETS * BUCKET_MS) };
}

function moveOn(counter: Counter, nowMs: number): void {
  const now = Math.floor(nowMs / BUCKET_MS);
  const passed = Math.min(BUCKETS, now - counter.latest);
  for (let i = 0; i < passed; i++) counter.buckets[(now - i) % BUCKETS] = 0;
  counter.latest = Math.max(now, counter.latest);
}
