// Attempts that were sent ahead, to keep a slave's pipe full, and wait there behind something long. They are called back when a
// thread idles elsewhere, or when more urgent work waits here: what has not begun is still the master's to decide.
import { PRIORITIES } from '../../common/task-types/priority.ts';
import type { Group } from '../pool/group.ts';
import { takesWork } from '../pool/member-state.ts';
import type { Place } from '../pool/member.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';
import type { Task } from '../tasks/task.ts';
import type { Attempt, AttemptTable } from './attempts.ts';

/** So many are called back per tick for more urgent work. */
const URGENT_MAX = 8;
/** So many attempts are looked at per tick. */
const EXAMINED_MAX = 2000;
/** A task that has been sent so often is left where it is. */
const ATTEMPTS_MAX = 8;

/** Attempts of this group to be called back now, of those sent before `sentBeforeMs`; the longest waiting first. */
export function toCallBack(group: Group, queue: TaskQueue, attempts: AttemptTable, sentBeforeMs: number): Attempt[] {
  if (attempts.size === 0 || sentBeforeMs === -Infinity) return [];
  const head = group.algorithm.waits ? queue.first(group.greatestRoom) : queue.first();
  const count = head === undefined ? idleThreads(group) : URGENT_MAX;
  if (count === 0) return [];
  const found = sentAhead(placesFor(group, head), attempts, sentBeforeMs).filter(
    ({ task }) => head === undefined || isMoreUrgent(head, task),
  );
  return found.sort((a, b) => a.task.turn - b.task.turn).slice(0, count);
}

/**
 * Where it is of use to call back: everywhere; or when the algorithm waits, where `head` does. Without a head nowhere then: what is called
 * back would wait for the same member again.
 */
function placesFor(group: Group, head: Task | undefined): Iterable<Place> {
  if (!group.algorithm.waits) return group.places();
  const place = head && group.waitedFor(head.weight);
  return place === undefined ? [] : [place];
}

function idleThreads(group: Group): number {
  let idle = 0;
  for (const place of group.places()) {
    if (takesWork(place.member.state)) idle += Math.max(0, Math.min(place.slots, threadsOf(place)) - place.leases);
  }
  return idle;
}

function sentAhead(places: Iterable<Place>, attempts: AttemptTable, sentBeforeMs: number): Attempt[] {
  const found: Attempt[] = [];
  let examined = 0;
  for (const place of places) {
    if (place.leases <= threadsOf(place)) continue;
    for (const attempt of attempts.ofMember(place.member)) {
      if (++examined > EXAMINED_MAX) return found;
      const { task, started, recalled, lease } = attempt;
      if (started || recalled || lease.place !== place || task.attempts >= ATTEMPTS_MAX) continue;
      if (task.state === 'running' && task.dispatchedAtMs < sentBeforeMs) found.push(attempt);
    }
  }
  return found;
}

function threadsOf({ member }: Place): number {
  return member.profile.concurrency;
}

function isMoreUrgent(task: Task, than: Task): boolean {
  return PRIORITIES.indexOf(task.priority) < PRIORITIES.indexOf(than.priority);
}
