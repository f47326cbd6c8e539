// A forward desk with everything around it but sockets and time: a pool, a clock turned by hand, members whose connections are names.
import type { Failure } from '../../src/common/errors.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import type { Route, RouteEnd } from '../../src/master/doors/forwarding.ts';
import { ForwardDesk, SETTLING_MS, type ForwardDeskParts } from '../../src/master/forwarding/desk.ts';
import type { Closable, ForwardPlace } from '../../src/master/forwarding/services.ts';
import { forwardViolations } from '../../src/master/observe/forward-invariants.ts';
import type { Member } from '../../src/master/pool/member.ts';
import { Pool } from '../../src/master/pool/pool.ts';
import { profileOf } from './pool-twin.ts';
import { sameList } from './same.ts';

export const WAIT_MS = 30_000;
export const ANSWERED: RouteEnd = { kind: 'answered', status: 200 };
export const BROKEN: RouteEnd = { kind: 'broken' };

/** Connections that only write down what is asked of them. */
export class FakeUpstream implements Closable {
  readonly name: string;
  readonly asked: ('close' | 'destroy')[] = [];

  constructor(name: string) {
    this.name = name;
  }

  close(): void {
    this.asked.push('close');
  }

  destroy(): void {
    this.asked.push('destroy');
  }
}

/** One request at the desk, and what it was told. */
export class Asker {
  readonly routes: Route<FakeUpstream>[] = [];
  readonly failures: Failure[] = [];
  stop: () => void = () => undefined;

  /** Where it was sent; `waits`, or the code of its refusal. */
  get answer(): string {
    return this.routes[0]?.member ?? this.failures[0]?.code ?? 'waits';
  }

  get failure(): Failure {
    return this.failures[0]!;
  }

  onRoute(route: Route<FakeUpstream>): void {
    this.routes.push(route);
  }

  onRefused(failure: Failure): void {
    this.failures.push(failure);
  }

  end(end: RouteEnd = ANSWERED): void {
    this.routes[0]!.end(end);
  }
}

export class Forwards {
  readonly clock: ManualClock;
  readonly pool: Pool;
  readonly desk: ForwardDesk<FakeUpstream>;
  readonly askers: Asker[] = [];
  /** What the log would say. */
  readonly said: string[] = [];

  constructor(algorithm = 'first-available', parts: Partial<ForwardDeskParts> & { readonly clock?: ManualClock } = {}) {
    const { clock = new ManualClock(), pool = new Pool(findAlgorithm(algorithm)!) } = parts;
    this.clock = clock;
    this.pool = pool;
    this.desk = new ForwardDesk<FakeUpstream>({
      ...{ waitMs: WAIT_MS, queueLimit: 10_000 },
      observer: {
        onHealth: (service, { profile }, healthy) =>
          this.said.push(`${profile.name} ${healthy ? 'up' : 'down'} in ${service}`),
        onLate: (service, { profile }, why) => this.said.push(`${profile.name} not up yet in ${service}: ${why}`),
        onEjection: (service, { profile }, forMs) => this.said.push(`${profile.name} out of ${service} for ${forMs}`),
        onEjectionOver: (service, { profile }, isBack) =>
          this.said.push(`${profile.name} ${isBack ? 'back in' : 'not counted in'} ${service}`),
      },
      ...parts,
      ...{ clock, pool },
    });
  }

  /** A desk that has heard of everybody who is there. */
  static settled(...args: ConstructorParameters<typeof Forwards>): Forwards {
    const forwards = new Forwards(...args);
    forwards.clock.advance(SETTLING_MS);
    return forwards;
  }

  /** A member that serves `web` with one slot and is well, unless `given` says otherwise. */
  serve(
    name: string,
    given: { service?: string; slots?: number; reportsLoad?: boolean; healthy?: boolean } = {},
  ): Member {
    const { service = 'web', slots = 1, reportsLoad = false, healthy = true } = given;
    const member = this.pool.member(name) ?? this.pool.join(profileOf(name, 1e9), [], this.clock.nowMs());
    const upstream = new FakeUpstream(name);
    const place = this.desk.places.add(member, service, {
      upstream,
      host: `${name}:80`,
      basePath: '',
      slots,
      reportsLoad,
    });
    this.pool.setOffers(member, this.desk.places.offersOf(member));
    this.desk.places.setHealthy(place, healthy);
    return member;
  }

  place(name: string, service = 'web'): ForwardPlace<FakeUpstream> {
    return this.desk.places.of(this.pool.member(name)!).find((place) => place.service.name === service)!;
  }

  setHealthy(name: string, healthy: boolean): void {
    this.desk.places.setHealthy(this.place(name), healthy);
  }

  ask(service = 'web', without?: Route<FakeUpstream>): Asker {
    const asker = new Asker();
    this.askers.push(asker);
    asker.stop = this.desk.route(service, asker, without);
    return asker;
  }

  askMany(count: number, service = 'web'): Asker[] {
    return Array.from({ length: count }, () => this.ask(service));
  }

  /** What must hold at any time: everybody is told once, and the books are in order. */
  check(): void {
    for (const { routes, failures } of this.askers) {
      if (routes.length + failures.length > 1) throw new Error('an asker was answered twice');
    }
    sameList(forwardViolations(this.pool, this.desk, this.clock.nowMs()), [], 'invariants');
  }
}

export function answersOf(askers: readonly Asker[]): string[] {
  return askers.map(({ answer }) => answer);
}

/** A slave without services, for sessions. */
export const NO_SERVICES = { asked: () => undefined, told: () => undefined };
