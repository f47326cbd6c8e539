// The load of a service that says it itself, also when a reading fails. Pure.
import { LOAD_MAX } from './metric-text.ts';

/** For so many readings in a row the last good value stands in for one that failed. */
const STAND_IN_READINGS = 3;

export interface LastLoad {
  readonly load: number;
  /** Readings in a row that failed. */
  readonly failed: number;
}

/** Not known, so it is chosen last. */
export const UNREAD: LastLoad = { load: LOAD_MAX, failed: 0 };

/** `value`: what was read; undefined when the reading failed. */
export function nextLoad({ load, failed }: LastLoad, value: number | undefined): LastLoad {
  if (value !== undefined) return { load: value, failed: 0 };
  return { load: failed < STAND_IN_READINGS ? load : LOAD_MAX, failed: Math.min(failed + 1, STAND_IN_READINGS) };
}
