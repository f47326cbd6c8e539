// Which results are still kept: those of tasks that ended not too long ago, up to a count and a size; the oldest go first. Pure:
// time comes in as a number.

export interface KeepLimits {
  /** How long after its end; 0 keeps nothing. */
  readonly keepMs: number;
  readonly countMax: number;
  readonly bytesMax: number;
}

interface Kept {
  readonly endedAtMs: number;
  readonly bytes: number;
}

export class KeptResults {
  readonly #limits: KeepLimits;
  /** In the order in which they ended. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: KeepLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** They take more memory than they may. */
  get isOverfull(): boolean {
    return this.#bytes > this.#limits.bytesMax;
  }

  add(id: string, endedAtMs: number, bytes: number): void {
    this.#kept.set(id, { endedAtMs, bytes });
    this.#bytes += bytes;
  }

  /** Takes out what need not be kept any more; returns its ids, the oldest first. */
  sweep(nowMs: number): string[] {
    const { keepMs, countMax, bytesMax } = this.#limits;
    const dropped: string[] = [];
    for (const [id, { endedAtMs, bytes }] of this.#kept) {
      const isOld = nowMs - endedAtMs >= keepMs;
      if (!isOld && this.#kept.size <= countMax && this.#bytes <= bytesMax) break;
      this.#kept.delete(id);
      this.#bytes -= bytes;
      dropped.push(id);
    }
    return dropped;
  }
}
