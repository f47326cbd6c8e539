// Backends that are no slaves: whatever registers here, in any language, is a member of the group of its service for as long as it
// reports. Three missed reports make it suspect, and when the grace time is over it is gone.
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Backend } from '../doors/door.ts';
import type { Member, MemberProfile } from '../pool/member.ts';
import type { MemberEvent } from '../pool/member-state.ts';
import type { Pool } from '../pool/pool.ts';
import { callsOffer, groupOfService } from './groups.ts';
import { Services, type Service } from './services.ts';

/** So many reports missed in a row make a backend suspect. */
const REPORTS_MISSED_MAX = 3;
const BACKENDS_MAX = 10_000;
/** Reported loads that differ by no more are equal: what is measured is never the same twice. */
const EQUAL_WITHIN = 0.001;

export interface BackendsParts {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly reportIntervalMs: number;
  /** How long a suspect may stay one. */
  readonly graceMs: number;
  /** From 0 up to 1: among equals one is drawn; undefined: the algorithm says which. */
  readonly draw: (() => number) | undefined;
  readonly backendsMax?: number;
}

/** One that is registered. */
export interface KnownBackend {
  readonly id: string;
  readonly member: Member;
  readonly service: Service;
  address: string;
  port: number;
  heardAtMs: number;
  timer: Timer;
}

export class Backends {
  readonly #parts: BackendsParts;
  readonly #services: Services;
  readonly #backends = new Map<string, KnownBackend>();
  #lastSequence = 0;

  constructor(parts: BackendsParts) {
    this.#parts = parts;
    this.#services = new Services(parts.clock);
  }

  get size(): number {
    return this.#backends.size;
  }

  get isFull(): boolean {
    return this.size >= this.max;
  }

  get max(): number {
    return this.#parts.backendsMax ?? BACKENDS_MAX;
  }

  has(id: string): boolean {
    return this.#backends.has(id);
  }

  /** Of the member that registered last. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** In the order in which they registered. */
  all(): IterableIterator<KnownBackend> {
    return this.#backends.values();
  }

  /** Those that have backends. */
  get services(): Services {
    return this.#services;
  }

  /** Takes a checked backend in, for which there must be room, or brings the one of this id up to date. True when it is new. */
  register(backend: Backend): boolean {
    const known = this.#backends.get(backend.id);
    if (known !== undefined && known.service.name !== backend.service) this.#end(known, 'replaced');
    else if (known !== undefined) {
      this.#update(known, backend);
      return false;
    }
    this.#join(backend);
    return known === undefined;
  }

  /** Its load now; false when there is no such backend. */
  report(id: string, load: number): boolean {
    const backend = this.#backends.get(id);
    if (backend === undefined) return false;
    this.#heard(backend, load);
    return true;
  }

  #join(backend: Backend): void {
    const { pool, clock, draw } = this.#parts;
    const { id, address, port, load } = backend;
    const service = this.#services.enter(backend.service);
    const group = groupOfService(service.name);
    pool.setRules(group, { equalWithin: EQUAL_WITHIN, draw });
    const heardAtMs = clock.nowMs();
    // Offers nothing until its load is known.
    const member = pool.join(profileOf(backend), [], heardAtMs);
    const timer = clock.after(this.#silenceMs, () => this.#check(joined));
    const joined: KnownBackend = { id, member, service, address, port, heardAtMs, timer };
    this.#backends.set(id, joined);
    service.ready++;
    this.#lastSequence = member.sequence;
    pool.reportLoad(member, load);
    pool.setOffers(member, [callsOffer(group)]);
  }

  #update(known: KnownBackend, backend: Backend): void {
    const { address, port, load } = backend;
    if (known.address !== address || known.port !== port) {
      known.address = address;
      known.port = port;
      this.#parts.pool.setProfile(known.member, profileOf(backend));
    }
    this.#heard(known, load);
  }

  #heard(backend: KnownBackend, load: number): void {
    const { pool, clock } = this.#parts;
    backend.heardAtMs = clock.nowMs();
    pool.reportLoad(backend.member, load);
    if (!pool.transition(backend.member, 'answered')) return;
    backend.service.ready++;
    this.#watch(backend, this.#silenceMs);
  }

  get #silenceMs(): number {
    return REPORTS_MISSED_MAX * this.#parts.reportIntervalMs;
  }

  #watch(backend: KnownBackend, afterMs: number): void {
    backend.timer.cancel();
    backend.timer = this.#parts.clock.after(afterMs, () => this.#check(backend));
  }

  /** Reports move no timer: whether there were any is looked at when the time is over. */
  #check(backend: KnownBackend): void {
    const { pool, clock, graceMs } = this.#parts;
    const leftMs = backend.heardAtMs + this.#silenceMs - clock.nowMs();
    if (leftMs > 0) this.#watch(backend, leftMs);
    else if (pool.transition(backend.member, 'silent')) {
      backend.service.ready--;
      this.#watch(backend, graceMs);
    } else this.#end(backend, 'grace-over');
  }

  #end(backend: KnownBackend, event: MemberEvent): void {
    backend.timer.cancel();
    this.#backends.delete(backend.id);
    if (backend.member.state.phase === 'ready') backend.service.ready--;
    this.#parts.pool.transition(backend.member, event);
    if (this.#services.leave(backend.service)) this.#parts.pool.forgetGroup(groupOfService(backend.service.name));
  }
}

function profileOf({ id, address, port, service }: Backend): MemberProfile {
  return {
    id: `backend:${id}`,
    name: id,
    kind: 'backend',
    address: `${address}:${port.toString()}`,
    cores: 0,
    concurrency: 0,
    maxLoad: Infinity,
    labels: { service },
    metricsPort: 0,
    grpcPort: port,
  };
}
