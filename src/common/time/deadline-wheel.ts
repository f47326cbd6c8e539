// A coarse timer wheel (Varghese and Lauck, 1987, scheme 6): one system timer for any number of deadlines, O(1) to add and to
// remove. Entries are linked through themselves, so that a finished task leaves nothing behind.

/** What the wheel links; a task embeds one. Only the wheel writes these fields. */
export interface WheelEntry {
  wheelTick: number;
  wheelPrevious: WheelEntry | undefined;
  wheelNext: WheelEntry | undefined;
}

/** The tick of an entry that is in no wheel. */
export const NOT_IN_WHEEL = -1;

const SLOTS = 1024;

export class DeadlineWheel<Entry extends WheelEntry> {
  readonly #tickMs: number;
  readonly #heads: (WheelEntry | undefined)[] = new Array<WheelEntry | undefined>(SLOTS).fill(undefined);
  #tick: number;
  size = 0;

  /** `tickMs` is how late an entry may fire. */
  constructor(tickMs: number, nowMs: number) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(nowMs / tickMs);
  }

  /** Arms `entry`, which must be in no wheel. It fires at most one tick after `deadlineMs`, never before it. */
  add(entry: Entry, deadlineMs: number): void {
    this.#link(entry, this.#tickOf(deadlineMs));
  }

  /** Arms `entry` for `deadlineMs`, whether it was armed before or not. */
  move(entry: Entry, deadlineMs: number): void {
    const tick = this.#tickOf(deadlineMs);
    if (entry.wheelTick === tick) return;
    this.#unlink(entry);
    this.#link(entry, tick);
  }

  #tickOf(deadlineMs: number): number {
    return Math.max(Math.ceil(deadlineMs / this.#tickMs), this.#tick + 1);
  }

  #link(entry: WheelEntry, tick: number): void {
    entry.wheelTick = tick;
    const slot = entry.wheelTick % SLOTS;
    const head = this.#heads[slot];
    entry.wheelNext = head;
    entry.wheelPrevious = undefined;
    if (head !== undefined) head.wheelPrevious = entry;
    this.#heads[slot] = entry;
    this.size++;
  }

  /** Disarms `entry`; harmless when it is not armed. */
  remove(entry: Entry): void {
    this.#unlink(entry);
  }

  /** Fires every entry that is due at `nowMs`; each is disarmed first. */
  advance(nowMs: number, fire: (entry: Entry) => void): void {
    const now = Math.floor(nowMs / this.#tickMs);
    const from = Math.max(this.#tick + 1, now - SLOTS + 1);
    this.#tick = Math.max(this.#tick, now);
    for (let tick = from; tick <= now; tick++) this.#fireSlot(tick % SLOTS, now, fire);
  }

  #fireSlot(slot: number, now: number, fire: (entry: Entry) => void): void {
    const due: WheelEntry[] = [];
    for (let entry = this.#heads[slot]; entry !== undefined; entry = entry.wheelNext) {
      if (entry.wheelTick <= now) due.push(entry);
    }
    for (const entry of due) {
      // An entry fired before may have removed this one, or armed it again for later.
      if (entry.wheelTick === NOT_IN_WHEEL || entry.wheelTick > now) continue;
      this.#unlink(entry);
      fire(entry as Entry);
    }
  }

  #unlink(entry: WheelEntry): void {
    if (entry.wheelTick === NOT_IN_WHEEL) return;
    const { wheelPrevious: previous, wheelNext: next } = entry;
    if (next !== undefined) next.wheelPrevious = previous;
    if (previous === undefined) this.#heads[entry.wheelTick % SLOTS] = next;
    else previous.wheelNext = next;
    entry.wheelTick = NOT_IN_WHEEL;
    entry.wheelPrevious = undefined;
    entry.wheelNext = undefined;
    this.size--;
  }
}
