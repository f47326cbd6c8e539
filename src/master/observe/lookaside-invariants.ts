// What must hold of the look-aside door's books at any moment: its leases against the members, its backends against the pool.
import type { LookAsideDesk } from '../lookaside/desk.ts';
import { groupOfService, SERVICE_PREFIX } from '../lookaside/groups.ts';
import { takesWork } from '../pool/member-state.ts';
import type { Pool } from '../pool/pool.ts';

/** A timer may be this late: the event loop may have been busy. */
const LATE_MS_MAX = 1000;

/** One sentence per violation. What leases sum to is checked with those of attempts. */
export function lookAsideViolations(pool: Pool, desk: LookAsideDesk, nowMs: number): string[] {
  return [...ofLeases(pool, desk, nowMs), ...ofBackends(pool, desk), ...ofServices(pool, desk)];
}

function ofLeases(pool: Pool, { leases }: LookAsideDesk, nowMs: number): string[] {
  const found: string[] = [];
  let count = 0;
  for (const { lease, untilMs } of leases.open()) {
    count++;
    const { name, id } = lease.member.profile;
    if (lease.outcome !== undefined) found.push(`look-aside lease at ${name}: open, but settled (${lease.outcome})`);
    if (pool.member(id) !== lease.member) found.push(`look-aside lease at ${name}: open, but ${name} is gone`);
    if (untilMs + LATE_MS_MAX < nowMs) {
      found.push(`look-aside lease at ${name}: open ${Math.round(nowMs - untilMs).toString()} ms after its end`);
    }
  }
  if (count !== leases.size) {
    found.push(`${count.toString()} look-aside leases are open, ${leases.size.toString()} are counted`);
  }
  return found;
}

/** Every backend is a member that offers its service and nothing else, and no member is a backend without being known as one. */
function ofBackends(pool: Pool, { backends }: LookAsideDesk): string[] {
  const found: string[] = [];
  for (const { id, member, service } of backends.all()) {
    if (pool.member(member.profile.id) !== member) found.push(`backend ${id}: registered, but no member`);
    const groups = [...member.places.keys()].join(', ');
    if (groups !== groupOfService(service.name))
      found.push(`backend ${id}: of ${service.name}, but offers "${groups}"`);
  }
  for (const { profile } of pool.members()) {
    if (profile.kind === 'backend' && !backends.has(profile.name)) {
      found.push(`backend ${profile.name}: a member, but not registered`);
    }
  }
  return found;
}

function ofServices(pool: Pool, { backends }: LookAsideDesk): string[] {
  const found: string[] = [];
  const counts = new Map<string, number>();
  const readies = new Map<string, number>();
  for (const { service, member } of backends.all()) {
    counts.set(service.name, (counts.get(service.name) ?? 0) + 1);
    if (takesWork(member.state)) readies.set(service.name, (readies.get(service.name) ?? 0) + 1);
  }
  for (const { name, backends: counted, ready } of backends.services.all()) {
    if (ready !== (readies.get(name) ?? 0)) found.push(`service ${name}: counts ${ready.toString()} that are ready`);
    const there = counts.get(name) ?? 0;
    if (there !== counted) {
      found.push(`service ${name}: ${there.toString()} backends, it counts ${counted.toString()}`);
    }
    if (!pool.hasGroup(groupOfService(name))) found.push(`service ${name}: has no group`);
  }
  if (counts.size !== backends.services.size) {
    found.push(`${counts.size.toString()} services have backends, ${backends.services.size.toString()} are known`);
  }
  const groups = [...pool.groups()].filter(({ name }) => name.startsWith(SERVICE_PREFIX));
  if (groups.length !== counts.size) {
    found.push(`${counts.size.toString()} services have backends, ${groups.length.toString()} have a group`);
  }
  return found;
}
