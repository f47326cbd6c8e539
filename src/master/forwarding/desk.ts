// What the forward door asks: whereto a request goes. Every attempt is a lease of the pool; who finds no free place waits in the line
// of its service, first come, first served, until one is free, its time is over, or it leaves.
import type { Failure } from '../../common/errors.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Forwarding, Route, RouteAsker, RouteEnd } from '../doors/forwarding.ts';
import type { Lease } from '../pool/lease.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { PATIENCE_MS } from '../../common/time/patience.ts';
import { endOf, isFailure, OpenRoute, outcomeOf } from './open-route.ts';
import { ForwardPlaces, type PlacesObserver } from './forward-places.ts';
import type { Ask, Closable, ForwardService, ForwardServices, RouteAnswer } from './services.ts';
import type { Waiting } from './waiting-line.ts';
import { nobodyElse, nobodyServes, noRoom, queueFull, SHUTTING_DOWN, unknownService } from './why-no-route.ts';

/** A forwarded request weighs as much as the lightest task (DESIGN §4). */
const REQUEST_WEIGHT = 1;
/** After its start the master does not know yet who serves what: it sends nobody away for a name that it has not heard. */
export const SETTLING_MS = 10_000;
/** Names that nobody serves and somebody waits for: so many at once. */
const NAMES_MAX = 1000;
/** Of those whose attempt failed so many are tried when there is room; the others have their turn later. */
export const AGAIN_TRIES_MAX = 16;

export interface ForwardDeskParts {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Longest wait for a free place (`--forward-wait`). */
  readonly waitMs: number;
  /** How many may wait for one service, those whose attempt failed among them. */
  readonly queueLimit: number;
  readonly observer?: PlacesObserver;
}

export class ForwardDesk<U extends Closable> implements Forwarding<U> {
  readonly places: ForwardPlaces<U>;
  readonly #parts: ForwardDeskParts;
  readonly #settledAtMs: number;
  /** Of services where somebody waits. */
  readonly #timers = new Map<ForwardService<U>, { readonly dueMs: number; readonly timer: Timer }>();
  readonly #onEnd = (route: OpenRoute<U>, end: RouteEnd): void => this.#ended(route, end);
  #isDraining = false;
  #open = 0;
  #waiting = 0;

  constructor(parts: ForwardDeskParts) {
    const { pool, clock, observer } = parts;
    this.#parts = parts;
    this.#settledAtMs = clock.nowMs() + SETTLING_MS;
    this.places = new ForwardPlaces({ pool, clock, onUsable: (service) => this.#onUsable(service), observer });
    pool.observe({
      onRoom: (group) => {
        const service = this.services.ofGroup(group);
        if (service !== undefined && service.waiting > 0) this.#pump(service);
      },
    });
  }

  get services(): ForwardServices<U> {
    return this.places.services;
  }

  /** Requests that wait or are under way. */
  get size(): number {
    return this.#open + this.#waiting;
  }

  /** How many may wait for one service. */
  get queueLimit(): number {
    return this.#parts.queueLimit;
  }

  /** How many requests wait for a free place of this service. */
  waiting(service: string): number {
    return this.services.find(service)?.waiting ?? 0;
  }

  /** Somebody may start members of this service: requests wait as long for one to come as for a free place. */
  declare(name: string): void {
    this.services.enter(name, true).declared = true;
  }

  route(name: string, asker: RouteAsker<U>, without?: Route<U>): () => void {
    if (this.#isDraining) return this.#refuse(this.services.find(name), asker, SHUTTING_DOWN, 'draining');
    const service = this.#serviceOf(name);
    if (service === undefined) return this.#refuse(undefined, asker, unknownService(name), 'unknown');
    const failed = without instanceof OpenRoute ? without.place.member : undefined;
    const lease = service.line.length === 0 || failed !== undefined ? this.#pick(service, failed) : undefined;
    if (lease === undefined) return this.#wait(service, asker, failed);
    this.#hand(service, asker, lease, 0);
    return nothingToStop;
  }

  /** How long ago the next one should have been sent away; below 0 when it is not due yet. */
  overdueMs(service: ForwardService<U>, nowMs: number): number {
    return nowMs - this.#dueMs(service);
  }

  /** Takes no new requests. Those may end that are under way, and those that wait where anybody is who may serve them: nobody joins now. */
  drain(): void {
    this.#isDraining = true;
    for (const service of [...this.services.all()]) this.#sendHopeless(service);
  }

  /** Sends those away who still wait, and lets go of all members: what is under way breaks. */
  close(): void {
    this.drain();
    for (const service of [...this.services.all()]) {
      for (const line of [service.again, service.line]) {
        for (const waiting of [...line]) this.#sendAway(service, waiting, SHUTTING_DOWN, 'draining');
      }
    }
    this.places.close();
  }

  #serviceOf(name: string): ForwardService<U> | undefined {
    const { services } = this;
    const known = services.find(name);
    if (known !== undefined || this.#parts.clock.nowMs() >= this.#settledAtMs) return known;
    return services.size < NAMES_MAX ? services.enter(name, false) : undefined;
  }

  #pick(service: ForwardService<U>, without: Member | undefined): Lease | undefined {
    // A group is made when it is first asked for.
    if (service.usable === 0) return undefined;
    return this.#parts.pool.pick(service.group, REQUEST_WEIGHT, undefined, without);
  }

  #wait(service: ForwardService<U>, asker: RouteAsker<U>, without: Member | undefined): () => void {
    const { clock, queueLimit } = this.#parts;
    if (without !== undefined && !service.declared && !this.places.anyUsableBeside(service, without))
      return this.#refuse(service, asker, nobodyElse(service, without.profile.name), 'no_backend');
    // Both lines together: those who ask again have left their place to another, so their number has no bound of its own.
    if (service.waiting >= queueLimit) {
      this.places.forgetIdle(service);
      return this.#refuse(service, asker, queueFull(service, queueLimit), 'queue_full');
    }
    const line = without === undefined ? service.line : service.again;
    const waiting = line.add({ asker, without }, clock.nowMs());
    this.#waiting++;
    this.#arm(service);
    return () => {
      if (!this.#takeOut(service, waiting)) return;
      service.counters.answers.left++;
      // One behind it may be tried now.
      if (without !== undefined) this.#pump(service);
      this.places.forgetIdle(service);
    };
  }

  /** Serves who waits for as long as there is room: those first who have waited before. */
  #pump(service: ForwardService<U>): void {
    if (service.isPumping) return;
    service.isPumping = true;
    try {
      while (this.#serveAgain(service) || this.#serveFirst(service));
    } finally {
      service.isPumping = false;
    }
  }

  #serveFirst(service: ForwardService<U>): boolean {
    return service.line.first !== undefined && this.#serve(service, service.line.first);
  }

  #serveAgain(service: ForwardService<U>): boolean {
    let tries = 0;
    for (let each = service.again.first; each !== undefined && tries < AGAIN_TRIES_MAX; each = each.next, tries++)
      if (this.#serve(service, each)) return true;
    return false;
  }

  #serve(service: ForwardService<U>, waiting: Waiting<Ask<U>>): boolean {
    const { asker, without } = waiting.what;
    const lease = this.#pick(service, without);
    if (lease === undefined) return false;
    this.#takeOut(service, waiting);
    this.#hand(service, asker, lease, this.#parts.clock.nowMs() - waiting.sinceMs);
    return true;
  }

  #hand(service: ForwardService<U>, asker: RouteAsker<U>, lease: Lease, waitedMs: number): void {
    const place = this.places.at(lease.member, service);
    const { counters } = service;
    counters.answers.routed++;
    counters.waits.observe(waitedMs / 1000);
    const route = new OpenRoute<U>(place, lease, this.#parts.clock.nowMs(), this.#onEnd);
    service.open.add(route);
    place.open++;
    this.#open++;
    asker.onRoute(route);
  }

  #ended(route: OpenRoute<U>, end: RouteEnd): void {
    const { place, lease, openedAtMs } = route;
    const { service } = place;
    const { pool, clock } = this.#parts;
    const nowMs = clock.nowMs();
    service.open.delete(route);
    place.open--;
    this.#open--;
    service.counters.ends[endOf(end)]++;
    service.counters.times.observe((nowMs - openedAtMs) / 1000);
    // Before its place is free: one that is put out now must not be the next.
    const failed = isFailure(end);
    if (failed === true) this.places.failed(place);
    else if (failed === false) service.ejections.succeeded(place.member);
    pool.settle(lease, outcomeOf(end));
    this.places.routeEnded(place);
  }

  #refuse(service: ForwardService<U> | undefined, asker: RouteAsker<U>, failure: Failure, as: RouteAnswer): () => void {
    (service?.counters ?? this.services.others).answers[as]++;
    asker.onRefused(failure);
    return nothingToStop;
  }

  #takeOut(service: ForwardService<U>, waiting: Waiting<Ask<U>>): boolean {
    const line = waiting.what.without === undefined ? service.line : service.again;
    if (!line.remove(waiting)) return false;
    this.#waiting--;
    if (service.waiting === 0) {
      this.#timers.get(service)?.timer.cancel();
      this.#timers.delete(service);
    }
    return true;
  }

  /** When the next one has waited long enough. */
  #dueMs(service: ForwardService<U>): number {
    return Math.min(this.#dueOf(service, service.line.first), this.#dueOf(service, service.again.first));
  }

  #dueOf(service: ForwardService<U>, waiting: Waiting<Ask<U>> | undefined): number {
    if (waiting === undefined) return Infinity;
    const dueMs = waiting.sinceMs + this.#parts.waitMs;
    if (service.usable > 0 || this.#mayGrow(service)) return dueMs;
    return Math.min(dueMs, Math.max(waiting.sinceMs, service.unusableSinceMs) + PATIENCE_MS);
  }

  #onUsable(service: ForwardService<U>): void {
    if (this.#isDraining) this.#sendHopeless(service);
    this.#arm(service);
  }

  #sendHopeless(service: ForwardService<U>): void {
    const here = [...service.places.keys()].filter(({ state }) => state.draining === false);
    for (const line of [service.again, service.line]) {
      for (const waiting of [...line]) {
        const mayBeServed = here.some((member) => member !== waiting.what.without);
        if (!mayBeServed) this.#sendAway(service, waiting, SHUTTING_DOWN, 'draining');
      }
    }
    this.#arm(service);
    this.places.forgetIdle(service);
  }

  /** Whether somebody may start members of it. */
  #mayGrow({ declared }: ForwardService<U>): boolean {
    return declared && !this.#isDraining;
  }

  /** One timer a service, for whoever is due first: both lines are in the order in which they fall due. */
  #arm(service: ForwardService<U>): void {
    const dueMs = this.#dueMs(service);
    const armed = this.#timers.get(service);
    if (armed !== undefined && armed.dueMs <= dueMs) return;
    armed?.timer.cancel();
    if (dueMs === Infinity) return;
    const timer = this.#parts.clock.after(Math.max(0, dueMs - this.#parts.clock.nowMs()), () => this.#expire(service));
    this.#timers.set(service, { dueMs, timer });
  }

  #expire(service: ForwardService<U>): void {
    this.#timers.delete(service);
    const nowMs = this.#parts.clock.nowMs();
    for (const line of [service.again, service.line]) {
      for (let first = line.first; first !== undefined; first = line.first) {
        if (this.#dueOf(service, first) > nowMs) break;
        const isNobody = service.usable === 0 && !this.#mayGrow(service);
        if (isNobody) this.#sendAway(service, first, nobodyServes(service), 'no_backend');
        else this.#sendAway(service, first, noRoom(service, this.#parts.waitMs), 'no_room');
      }
    }
    this.#pump(service);
    this.#arm(service);
    this.places.forgetIdle(service);
  }

  #sendAway(service: ForwardService<U>, waiting: Waiting<Ask<U>>, failure: Failure, as: RouteAnswer): void {
    if (this.#takeOut(service, waiting)) this.#refuse(service, waiting.what.asker, failure, as);
  }
}

function nothingToStop(): void {
  // Answered already.
}
