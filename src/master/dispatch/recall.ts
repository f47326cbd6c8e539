// Which attempts a member is asked to give back: everything that has not started when it drains, otherwise what exceeds its
// slots, newest first.
import type { Place } from '../pool/member.ts';
import type { Attempt } from './attempts.ts';

/** `attempts` of the whole member, oldest first. */
export function toRecall(place: Place, attempts: Iterable<Attempt>): Attempt[] {
  const keep = place.member.state.draining === false ? place.slots : 0;
  if (place.leases <= keep) return [];
  const here = [...attempts].filter(({ lease }) => lease.place === place).reverse();
  const excess = place.leases - keep - here.filter(({ recalled, started }) => recalled && !started).length;
  return here.filter(({ recalled, started }) => !recalled && !started).slice(0, Math.max(0, excess));
}
