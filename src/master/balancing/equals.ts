// Members that are equal by the first part of the key: which of them is picked. Loads that members report themselves are never the
// same to the last digit, so what lies within a margin of the least counts as equal. Source: report 003, least load with ties.
import { NONE, type OrderedIndex } from './ordered-index.ts';

/** So many different loads within the margin are compared; beyond them the least ones count. */
export const LOADS_MAX = 64;
/** Among so many equals one is drawn; beyond them those that stand first in the order. */
export const DRAWN_FROM_MAX = 1000;

/** Of the members with room whose primary key exceeds the least by at most `within`: the first by the rest of the key, or NONE. */
export function firstOfEquals(index: OrderedIndex, weight: number, within: number): number {
  let best = index.first(weight);
  if (best === NONE || within === 0) return best;
  const most = index.primaryOf(best) + within;
  // Of each load only the first in order can be the one.
  let next = best;
  for (let n = 1; n < LOADS_MAX; n++) {
    next = index.firstAfter(index.primaryOf(next), weight);
    if (next === NONE || index.primaryOf(next) > most) break;
    if (index.restBefore(next, best)) best = next;
  }
  return best;
}

/** Any of the same members, each as likely as the others, or NONE. `draw`: from 0 up to 1. */
export function anyOfEquals(index: OrderedIndex, weight: number, within: number, draw: () => number): number {
  const least = index.first(weight);
  if (least === NONE) return NONE;
  const equals = index.fitting(weight, index.primaryOf(least) + within, DRAWN_FROM_MAX);
  return equals[Math.floor(draw() * equals.length)] ?? least;
}
