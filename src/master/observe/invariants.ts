// What must hold at any moment, checked from the outside: sums against what they are sums of, states against where tasks are. Used by
// tests after every step, and by operators at GET /debug/invariants. Costs time in proportion to tasks and members.
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { TICK_MS } from '../dispatch/deadlines.ts';
import type { LookAsideDesk } from '../lookaside/desk.ts';
import type { Group } from '../pool/group.ts';
import type { Lease } from '../pool/lease.ts';
import { roomOf } from '../pool/load.ts';
import { takesWork } from '../pool/member-state.ts';
import type { Member, Place } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { dueMsOf } from '../tasks/limits.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';
import { forwardViolations, type ForwardBooks } from './forward-invariants.ts';
import { lookAsideViolations } from './lookaside-invariants.ts';

/** A limit may be noticed this much later than it passed, beside the tick: the event loop may have been busy. */
const LATE_MS_MAX = 2 * TICK_MS;
/** Sums of fractions drift by less than this part. */
const DRIFT = 1e-6;

/** Those who open leases beside the dispatcher; without them all leases are those of attempts. */
export interface OtherDesks {
  readonly lookAside?: LookAsideDesk | undefined;
  readonly forwarding?: ForwardBooks | undefined;
}

/** One sentence per violation; empty when all is well. */
export function violations(pool: Pool, dispatcher: Dispatcher, nowMs: number, others: OtherDesks = {}): string[] {
  const leases = leasesByMember(dispatcher, others);
  const { lookAside, forwarding } = others;
  return [
    ...[...pool.members()].flatMap((member) => ofMember(member, leases.get(member) ?? [])),
    ...ofAttempts(pool, dispatcher),
    ...[...dispatcher.lives.tasks()].flatMap((task) => ofTask(task, dispatcher, nowMs)),
    ...[...dispatcher.lives.queues()].flatMap(([, queue]) => ofQueue(queue, pool, dispatcher)),
    ...(lookAside === undefined ? [] : lookAsideViolations(pool, lookAside, nowMs)),
    ...(forwarding === undefined ? [] : forwardViolations(pool, forwarding, nowMs)),
  ];
}

function leasesByMember({ attempts }: Dispatcher, { lookAside, forwarding }: OtherDesks): Map<Member, Lease[]> {
  const leases = new Map<Member, Lease[]>();
  const add = ({ lease }: { readonly lease: Lease }): void => {
    const held = leases.get(lease.member);
    if (held === undefined) leases.set(lease.member, [lease]);
    else held.push(lease);
  };
  for (const attempt of attempts.all()) add(attempt);
  for (const open of lookAside?.leases.open() ?? []) add(open);
  for (const { open } of forwarding?.services.all() ?? []) for (const route of open) add(route);
  return leases;
}

/** Open leases sum to the weight and the counts in flight. */
function ofMember(member: Member, leases: readonly Lease[]): string[] {
  const { name } = member.profile;
  const found: string[] = [];
  const weight = leases.reduce((sum, lease) => sum + lease.weight, 0);
  if (Math.abs(weight - member.leasedWeight) > DRIFT * Math.max(1, weight)) {
    found.push(
      `${name}: open leases weigh ${weight.toString()}, its weight in flight is ${member.leasedWeight.toString()}`,
    );
  }
  if (leases.length !== member.leases) {
    found.push(`${name}: ${leases.length.toString()} leases are open, it counts ${member.leases.toString()}`);
  }
  for (const place of member.places.values()) {
    const here = leases.filter((lease) => lease.place === place).length;
    if (here !== place.leases) {
      found.push(`${name}/${place.group}: ${here.toString()} leases are open, it counts ${place.leases.toString()}`);
    }
  }
  return found;
}

/** Every attempt that is out has an open lease on a member, and is its task's last. */
function ofAttempts(pool: Pool, { attempts, lives }: Dispatcher): string[] {
  const found: string[] = [];
  for (const { task, number, lease } of attempts.all()) {
    const what = `${task.id}, attempt ${number.toString()}`;
    if (lease.outcome !== undefined) found.push(`${what}: out with a lease that is settled (${lease.outcome})`);
    if (pool.member(lease.member.profile.id) !== lease.member) found.push(`${what}: out at a slave that is gone`);
    if (task.state === 'queued') found.push(`${what}: out while its task waits`);
    if (task.state === 'running' && task.attempts !== number) found.push(`${what}: not the last of its task`);
    if (task.state === 'running' && lives.find(task.id) !== task) found.push(`${what}: of a task that is not known`);
  }
  return found;
}

/** A task is in the one place that its state says, and nothing outlives its limit. */
function ofTask(task: Task, { attempts, lives }: Dispatcher, nowMs: number): string[] {
  const found: string[] = [];
  const isOut = attempts.ofTask(task.id) !== undefined;
  const waits = lives.knownQueue(task.group)?.has(task) === true;
  if (task.state === 'queued' && !waits) found.push(`${task.id}: queued, but in no queue`);
  if (task.state !== 'queued' && waits) found.push(`${task.id}: ${task.state}, but in its queue`);
  if (task.state === 'running' && !isOut) found.push(`${task.id}: running, but no attempt of it is out`);
  if (task.state !== 'queued' && task.state !== 'running') found.push(`${task.id}: ${task.state}, but not forgotten`);
  const dueMs = dueMsOf(task);
  if (dueMs + TICK_MS + LATE_MS_MAX < nowMs) {
    found.push(`${task.id}: ${task.state}, but its limit passed ${Math.round(nowMs - dueMs).toString()} ms ago`);
  }
  return found;
}

/** The queue's counts are right, and nothing that fits somewhere waits, but for the member that is set aside. */
function ofQueue(queue: TaskQueue, pool: Pool, { attempts }: Dispatcher): string[] {
  const found: string[] = [];
  let waiting = 0;
  for (const task of queue.tasks()) {
    waiting++;
    if (task.state !== 'queued') found.push(`${task.id}: in the queue of ${queue.group}, but ${task.state}`);
  }
  if (waiting !== queue.length) {
    found.push(`queue of ${queue.group}: ${waiting.toString()} tasks wait, it counts ${queue.length.toString()}`);
  }
  for (const { type, out } of queue.limits()) {
    const counted = [...attempts.all()].filter(({ task }) => task.type === type && task.group === queue.group).length;
    if (counted !== out) found.push(`${type}: ${counted.toString()} are out, its limit counts ${out.toString()}`);
  }
  const group = pool.group(queue.group);
  if (group.algorithm.waits) return [...found, ...ofWaiting(queue, group)];
  for (const place of group.places()) {
    const task = place === group.aside ? undefined : queue.first(roomAt(place));
    if (task !== undefined) found.push(`${task.id}: waits, but fits ${place.member.profile.name}`);
  }
  const head = queue.first();
  if (head !== undefined && group.aside !== undefined && head.weight <= roomAt(group.aside)) {
    found.push(`${head.id}: the head waits, but fits ${group.aside.member.profile.name}, which is set aside for it`);
  }
  return found;
}

/** The first in the queue that anybody could take waits for one member, and only while it does not fit there. */
function ofWaiting(queue: TaskQueue, group: Group): string[] {
  const task = queue.first(group.greatestRoom);
  const place = task && group.waitedFor(task.weight);
  if (task === undefined || place === undefined || task.weight > roomAt(place)) return [];
  return [`${task.id}: waits, but fits ${place.member.profile.name}, the one that it waits for`];
}

/** The heaviest task that fits; negative when none does. */
function roomAt({ member, leases, slots, refusedWeight }: Place): number {
  if (!takesWork(member.state) || leases >= slots) return -1;
  return roomOf(member.weight, member.load, member.profile.maxLoad, refusedWeight);
}
