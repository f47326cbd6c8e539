// Time as a parameter: everything that waits takes a `Clock`, so that tests and the simulator can turn it by hand.

/** A pending call; `cancel` may be called any number of times. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls `fire` once after `delayMs`. */
  after(delayMs: number, fire: () => void): Timer;
  /** Calls `fire` every `periodMs` until cancelled. */
  every(periodMs: number, fire: () => void): Timer;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, fire) {
    const handle = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, fire) {
    const handle = setInterval(fire, periodMs);
    return { cancel: () => clearInterval(handle) };
  },
};

/** Resolves after `ms` of real time; for edges that wait without a clock of their own, such as shutting down. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
