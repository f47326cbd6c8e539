// How long to wait before the next attempt to reach the master: longer each time, never long, and not the same for all pages that
// lost the same master.
const FIRST_MS = 500;
export const BACKOFF_MAX_MS = 5000;

/** `failures`: attempts in a row that came to nothing, 1 for the first. `random` from 0 to 1. */
export function backoffMs(failures: number, random: number): number {
  const fullMs = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), BACKOFF_MAX_MS);
  return fullMs * (0.7 + 0.3 * random);
}
