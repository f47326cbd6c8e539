// Which members of one service are put out for a while because what was sent to them failed again and again, after Envoy's outlier
// detection (consecutive errors, https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier). Health checks see
// whether a service is there; this sees whether it works. Pure: time comes in as a number of milliseconds.

/** So many failures in a row put a member out. */
export const FAILURES_MAX = 5;
/** How long the first time; twice as long each further time. */
export const FIRST_OUT_MS = 30_000;
export const LONGEST_OUT_MS = 300_000;

/** A member is put out or back in. */
export interface EjectionChange<K> {
  readonly key: K;
  readonly out: boolean;
  /** How long it is to be out; 0 when it is back. */
  readonly forMs: number;
}

interface Standing {
  /** The master may send to it, as far as its state and its health go: others neither count nor are put out. */
  able: boolean;
  /** In a row. */
  failures: number;
  /** Undefined: it is in. */
  untilMs: number | undefined;
  /** How often it was put out without having stayed well in between. */
  times: number;
  /** How long it was to be out the last time. */
  lastMs: number;
  backAtMs: number;
}

/** The members of one service, by whatever tells them apart. At most half of those that are able are out, so never the only one. */
export class Ejections<K> {
  /** In the order in which they came. */
  readonly #standings = new Map<K, Standing>();
  #able = 0;
  #out = 0;

  /** A new member, not able yet. */
  enter(key: K): void {
    this.#standings.set(key, {
      able: false,
      failures: 0,
      untilMs: undefined,
      times: 0,
      lastMs: 0,
      backAtMs: -Infinity,
    });
  }

  leave(key: K, nowMs: number): EjectionChange<K>[] {
    const changes = this.setAble(key, false, nowMs);
    this.#standings.delete(key);
    return changes.filter((change) => change.key !== key);
  }

  /** One that becomes able begins without failures. One that is not able is not out either: it has other reasons to get nothing. */
  setAble(key: K, able: boolean, nowMs: number): EjectionChange<K>[] {
    const standing = this.#standings.get(key);
    if (standing === undefined || standing.able === able) return [];
    standing.able = able;
    standing.failures = 0;
    this.#able += able ? 1 : -1;
    const changes = standing.untilMs === undefined ? [] : [this.#return(key, standing, nowMs)];
    while (this.#out > this.#outMax) changes.push(this.#returnFirst(nowMs));
    return changes;
  }

  /** Something that was sent to it failed. */
  failed(key: K, nowMs: number): EjectionChange<K>[] {
    const standing = this.#standings.get(key);
    // What was under way when it was put out says nothing new.
    if (standing?.able !== true || standing.untilMs !== undefined) return [];
    standing.failures++;
    if (standing.failures < FAILURES_MAX || this.#out + 1 > this.#outMax) return [];
    if (nowMs - standing.backAtMs >= standing.lastMs) standing.times = 0;
    const forMs = Math.min(FIRST_OUT_MS * 2 ** standing.times, LONGEST_OUT_MS);
    standing.times++;
    standing.failures = 0;
    standing.lastMs = forMs;
    standing.untilMs = nowMs + forMs;
    this.#out++;
    return [{ key, out: true, forMs }];
  }

  /** Something that was sent to it was answered well. */
  succeeded(key: K): void {
    const standing = this.#standings.get(key);
    if (standing !== undefined) standing.failures = 0;
  }

  /** Lets those back in whose time is over. */
  advance(nowMs: number): EjectionChange<K>[] {
    const changes: EjectionChange<K>[] = [];
    for (const [key, standing] of this.#standings) {
      if (standing.untilMs !== undefined && standing.untilMs <= nowMs)
        changes.push(this.#return(key, standing, standing.untilMs));
    }
    return changes;
  }

  /** When the next one comes back in; Infinity when none is out. */
  get nextMs(): number {
    if (this.#out === 0) return Infinity;
    let next = Infinity;
    for (const { untilMs = Infinity } of this.#standings.values()) next = Math.min(next, untilMs);
    return next;
  }

  /** Until when it is out; undefined when it is in. */
  untilMs(key: K): number | undefined {
    return this.#standings.get(key)?.untilMs;
  }

  /** How many are out. */
  get out(): number {
    return this.#out;
  }

  get #outMax(): number {
    return Math.floor(this.#able / 2);
  }

  #return(key: K, standing: Standing, nowMs: number): EjectionChange<K> {
    standing.untilMs = undefined;
    standing.backAtMs = nowMs;
    this.#out--;
    return { key, out: false, forMs: 0 };
  }

  /** The one that would come back first; of equals the one that came first. */
  #returnFirst(nowMs: number): EjectionChange<K> {
    const next = this.nextMs;
    for (const [key, standing] of this.#standings)
      if (standing.untilMs === next) return this.#return(key, standing, nowMs);
    throw new Error('ejections: more are counted out than are');
  }
}
