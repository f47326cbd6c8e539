// What the autoscaler knows of a group's work: how much waits, whether anyone could take it, and who has none.
import type { TaskQueue } from '../tasks/task-queue.ts';
import { roomOf } from '../pool/load.ts';
import { takesWork } from '../pool/member-state.ts';
import type { Member, Place } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';

/** The work of one group. */
export interface GroupWork {
  /** Requests or tasks that wait for a place. */
  waiting(): number;
  /** Whether any member has room for the first of them. */
  canTake(): boolean;
  /** The places of a member that count; none when it does not offer the group. */
  placesOf(member: Member): readonly Place[];
}

/** Work whose pieces weigh 1: requests to a service. `waiting`: how many have no member yet. */
export function requestWork(pool: Pool, group: string, waiting: () => number): GroupWork {
  return {
    waiting,
    canTake: () => hasRoomFor(pool, group, 1),
    placesOf: (member) => placesIn(member, [group]),
  };
}

/** Tasks, in the queue of their group; `beside` are further groups whose work makes a member busy. */
export function taskWork(
  pool: Pool,
  group: string,
  queue: () => TaskQueue | undefined,
  beside: readonly string[],
): GroupWork {
  return {
    // What rests, or is held back by a limit, waits for something else than a member.
    waiting: () => (queue()?.first() === undefined ? 0 : (queue()?.length ?? 0)),
    canTake: () => hasRoomFor(pool, group, queue()?.first()?.weight ?? 0),
    placesOf: (member) => placesIn(member, [group, ...beside]),
  };
}

function placesIn({ places }: Member, groups: readonly string[]): Place[] {
  return groups.flatMap((group) => places.get(group) ?? []);
}

/** When work waits for each member in its turn, whoever else has room, a further member is all that ends it sooner. */
function hasRoomFor(pool: Pool, name: string, weight: number): boolean {
  if (!pool.hasGroup(name)) return false;
  const group = pool.group(name);
  const next = group.algorithm.waitsInTurn === true ? group.waitedFor(weight) : undefined;
  for (const { member, leases, slots, load, maxLoad, refusedWeight } of next ? [next] : group.places()) {
    if (!takesWork(member.state) || leases >= slots) continue;
    if (roomOf(member.weight, load, maxLoad, refusedWeight) >= weight) return true;
  }
  return false;
}
