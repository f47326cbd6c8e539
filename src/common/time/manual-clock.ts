// A clock that moves only when told to: unit tests and the simulator.
import type { Clock, Timer } from './clock.ts';

interface Pending {
  dueMs: number;
  readonly order: number;
  readonly fire: () => void;
  readonly periodMs: number | undefined;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): Timer {
    return this.#add(delayMs, fire, undefined);
  }

  every(periodMs: number, fire: () => void): Timer {
    return this.#add(periodMs, fire, periodMs);
  }

  /** Moves time on, firing what falls due on the way in the order in which it is due. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (let next = this.#firstDue(endMs); next !== undefined; next = this.#firstDue(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.periodMs === undefined) this.#pending.delete(next);
      else next.dueMs += next.periodMs;
      next.fire();
    }
    this.#nowMs = endMs;
  }

  #add(delayMs: number, fire: () => void, periodMs: number | undefined): Timer {
    const pending: Pending = { dueMs: this.#nowMs + delayMs, order: this.#order++, fire, periodMs };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  #firstDue(endMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > endMs) continue;
      if (first === undefined || pending.dueMs < first.dueMs) first = pending;
      else if (pending.dueMs === first.dueMs && pending.order < first.order) first = pending;
    }
    return first;
  }
}
