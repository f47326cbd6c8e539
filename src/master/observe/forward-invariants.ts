// What must hold of the forward door's books at any moment: its routes against leases, its places against the pool.
import { AGAIN_TRIES_MAX, type ForwardDesk } from '../forwarding/desk.ts';
import { isUsable, type Closable, type ForwardPlace, type ForwardService } from '../forwarding/services.ts';
import { roomOf } from '../pool/load.ts';
import type { Pool } from '../pool/pool.ts';

/** As far as it is looked at; whatever its connections are. */
export type ForwardBooks = Pick<ForwardDesk<Closable>, 'services' | 'size' | 'overdueMs' | 'queueLimit'>;

/** A timer may be this late: the event loop may have been busy. */
const LATE_MS_MAX = 1000;

/** One sentence per violation. What leases sum to is checked with those of attempts. */
export function forwardViolations(pool: Pool, desk: ForwardBooks, nowMs: number): string[] {
  const services = [...desk.services.all()];
  const found = services.flatMap((service) => ofService(service, pool, desk, nowMs));
  const count = services.reduce((sum, { open, waiting }) => sum + open.size + waiting, 0);
  if (count !== desk.size) {
    found.push(`forwarding: ${count.toString()} requests wait or are under way, it counts ${desk.size.toString()}`);
  }
  for (const { profile } of pool.members()) {
    const isKnown = services.some(({ places }) =>
      [...places.keys()].some((member) => member.profile.id === profile.id),
    );
    if (profile.kind === 'server' && !isKnown) found.push(`server ${profile.name}: a member, but serves nothing`);
  }
  return found;
}

function ofService(service: ForwardService<Closable>, pool: Pool, desk: ForwardBooks, nowMs: number): string[] {
  const { name, group, places, open, usable, line } = service;
  const found: string[] = [];
  for (const { lease, place } of open) {
    const where = `${name} at ${place.member.profile.name}`;
    if (lease.outcome !== undefined)
      found.push(`${where}: a request is under way, its lease settled (${lease.outcome})`);
  }
  const ready = [...places.values()].filter((place) => isUsable(place));
  if (ready.length !== usable)
    found.push(`${name}: ${ready.length.toString()} are usable, it counts ${usable.toString()}`);
  for (const place of places.values()) found.push(...ofPlace(place, pool));
  const able = [...places.values()].filter(({ healthy }) => healthy).length;
  if (service.ejections.out > Math.floor(able / 2)) {
    found.push(`${name}: ${service.ejections.out.toString()} of ${able.toString()} are put out`);
  }
  const lateMs = desk.overdueMs(service, nowMs);
  if (lateMs > LATE_MS_MAX) found.push(`${name}: a request waits ${Math.round(lateMs).toString()} ms too long`);
  if (service.waiting > desk.queueLimit)
    found.push(`${name}: ${service.waiting.toString()} wait, at most ${desk.queueLimit.toString()} may`);
  const { waits } = pool.algorithmOf(group);
  if (line.length > 0 && usable > 0 && !waits && pool.group(group).greatestRoom >= 1) {
    found.push(`${name}: ${line.length.toString()} requests wait, but a member has room`);
  }
  if (!waits && hasRoomAgain(service)) found.push(`${name}: a request waits again, but another member has room`);
  return found;
}

/** Whether one of those whose attempt failed, of as many as are tried, could be sent to another member now. */
function hasRoomAgain({ again, group, places }: ForwardService<Closable>): boolean {
  if (again.length === 0) return false;
  const open = [...places.values()].filter((place) => isUsable(place) && hasRoom(place, group));
  return [...again]
    .slice(0, AGAIN_TRIES_MAX)
    .some(({ what: { without } }) => open.some(({ member }) => member !== without));
}

function hasRoom({ member }: ForwardPlace<Closable>, group: string): boolean {
  const place = member.places.get(group);
  if (place === undefined || place.leases >= place.slots) return false;
  return roomOf(member.weight, place.load, place.maxLoad, place.refusedWeight) >= 1;
}

/** What is open here has its lease, and the pool has the slots that the desk means. */
function ofPlace(place: ForwardPlace<Closable>, pool: Pool): string[] {
  const { service, member, open, healthy, serving } = place;
  const where = `${service.name} at ${member.profile.name}`;
  const found: string[] = [];
  if (pool.member(member.profile.id) !== member) found.push(`${where}: served by nobody in the pool`);
  const leases = member.places.get(service.group);
  if (leases === undefined) return [...found, `${where}: not offered to the pool`];
  if (leases.leases !== open) {
    found.push(`${where}: ${open.toString()} requests are under way, ${leases.leases.toString()} leases are open`);
  }
  const isOut = service.ejections.untilMs(member) !== undefined;
  const slots = healthy && !isOut ? serving.slots : 0;
  if (leases.slots !== slots) {
    found.push(`${where}: has ${leases.slots.toString()} slots, expected ${slots.toString()}`);
  }
  return found;
}
