// A look-aside desk with everything around it but sockets and time: a pool, a clock turned by hand, backends that register and
// slaves that take calls.
import type { Failure } from '../../src/common/errors.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import type { Backend, BackendWelcome } from '../../src/master/doors/door.ts';
import { LookAsideDesk, type LookAsideParts } from '../../src/master/lookaside/desk.ts';
import { callsOffer, COMPUTE_CALLS } from '../../src/master/lookaside/groups.ts';
import type { Member } from '../../src/master/pool/member.ts';
import { Pool } from '../../src/master/pool/pool.ts';
import { profileOf } from './pool-twin.ts';

export const REPORT_MS = 1000;
export const GRACE_MS = 3000;
export const LEASE_MS = 1000;
export const PEER = '10.0.0.9';

/** Whether something was refused. */
export function isFailure(answer: object): answer is Failure {
  return 'code' in answer;
}

type LookAsideOptions = Partial<Omit<LookAsideParts, 'clock'>> & { readonly clock?: ManualClock };

export class LookAside {
  readonly clock: ManualClock;
  readonly pool: Pool;
  readonly desk: LookAsideDesk;
  /** Changes of members as the pool tells them: name, from, to, reason. */
  readonly changes: string[] = [];
  isDraining = false;

  constructor(algorithm = 'least-load', parts: LookAsideOptions = {}) {
    const { clock = new ManualClock(), pool = new Pool(findAlgorithm(algorithm)!) } = parts;
    this.clock = clock;
    this.pool = pool;
    pool.observe({
      onMember: ({ profile }, from, to, reason) => this.changes.push(`${profile.name}: ${from} → ${to}, ${reason}`),
    });
    this.desk = new LookAsideDesk({
      ...{ reportIntervalMs: REPORT_MS, graceMs: GRACE_MS, leaseMs: LEASE_MS, random: () => 0 },
      catalogue: { hasGroup: (name) => name === 'compute' || name === 'renders' },
      isDraining: () => this.isDraining,
      ...parts,
      ...{ clock, pool },
    });
  }

  /** A backend of service `words` at 10.0.0.1:9000 with load 0, unless `given` says otherwise. */
  register(given: Partial<Backend> = {}): BackendWelcome | Failure {
    const backend = { id: 'b1', address: '10.0.0.1', port: 9000, load: 0, service: 'words', ...given };
    return this.desk.register(backend, PEER);
  }

  /** Registers backends with these loads: b0, b1 … */
  registerAll(...loads: number[]): void {
    for (const [i, load] of loads.entries()) this.register({ id: `b${i}`, load });
  }

  /** A slave that takes calls. */
  slave(name: string, maxLoad = 1e9): Member {
    const profile = { ...profileOf(name, maxLoad), address: '10.0.0.2:4300', grpcPort: 5000 };
    return this.pool.join(profile, [{ name: 'compute', slots: 1 }, callsOffer(COMPUTE_CALLS)], this.clock.nowMs());
  }

  /** Ids of those chosen for so many questions; `code` of the failure where none was. */
  ask(count: number, service = 'words'): string[] {
    return Array.from({ length: count }, () => {
      const answer = this.desk.choose(service);
      return isFailure(answer) ? answer.code : answer.id;
    });
  }

  member(id: string): Member {
    return this.pool.member(`backend:${id}`)!;
  }
}

/** How often each stands there. */
export function sharesOf(ids: readonly string[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const id of ids) shares[id] = (shares[id] ?? 0) + 1;
  return shares;
}
