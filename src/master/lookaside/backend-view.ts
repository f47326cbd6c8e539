// A registered backend as the outside sees it.
import type { BackendView } from '../doors/door.ts';
import { stateName } from '../pool/member-state.ts';
import type { Pool } from '../pool/pool.ts';
import type { KnownBackend } from './backends.ts';

export function backendView(
  { id, address, port, service, member, heardAtMs }: KnownBackend,
  pool: Pool,
  nowMs: number,
  time: { of(clockMs: number): number },
): BackendView {
  let picks = 0;
  for (const count of pool.picksOf(member).values()) picks += count;
  return {
    id,
    address,
    port,
    service: service.name,
    state: stateName(member.state),
    load: member.load,
    reported: member.reported ?? 0,
    leases: member.leases,
    picks,
    joinedAt: new Date(time.of(member.joinedAtMs)).toISOString(),
    lastReportAgoMs: Math.round(nowMs - heardAtMs),
  };
}
