// How many tasks a slave takes at once: those that run, plus a window that keeps its pipe full. Pure; DESIGN §4.

/** The window covers this much work: far more than a round trip to the master on a LAN. */
export const WINDOW_MS = 5;
/** And never more than this many tasks per thread. */
const WINDOW_PER_THREAD_MAX = 1024;

/** Slots for `concurrency` threads when tasks take `meanMs` on average. Above 5 ms, or unknown: one waiting task per thread. */
export function slotsFor(concurrency: number, meanMs: number | undefined): number {
  const perThread =
    meanMs === undefined ? 1 : Math.ceil(WINDOW_MS / Math.max(meanMs, WINDOW_MS / WINDOW_PER_THREAD_MAX));
  return concurrency * (1 + Math.max(1, perThread));
}
