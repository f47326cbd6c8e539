// Who serves what: the places of members in their services, opened and closed in the pool as health, ejections and members' states say.
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Member } from '../pool/member.ts';
import { takesWork } from '../pool/member-state.ts';
import type { OfferedGroup, Pool } from '../pool/pool.ts';
import type { EjectionChange } from './ejection.ts';
import {
  ForwardServices,
  isUsable,
  type Closable,
  type ForwardPlace,
  type ForwardService,
  type Serving,
} from './services.ts';

/** A service that comes up with its slave needs a moment. */
const LATE_LOOKS = 3;

/** What people want to read about members of services. */
export interface PlacesObserver {
  /** A probe says that it takes requests, or that it does not. */
  onHealth(service: string, member: Member, healthy: boolean, why: string | undefined): void;
  /** It has been looked at several times, and was never well. Told once. */
  onLate(service: string, member: Member, why: string): void;
  /** Put out for so long. */
  onEjection(service: string, member: Member, forMs: number): void;
  /** Put out no longer: back, or it is down or leaves, and gets nothing for that reason. */
  onEjectionOver(service: string, member: Member, isBack: boolean): void;
}

export interface PlacesParts<U> {
  readonly pool: Pool;
  readonly clock: Clock;
  /** The number of members that take requests of a service changed from or to none. */
  readonly onUsable: (service: ForwardService<U>) => void;
  readonly observer: PlacesObserver | undefined;
}

export class ForwardPlaces<U extends Closable> {
  readonly services = new ForwardServices<U>();
  readonly #parts: PlacesParts<U>;
  readonly #ofMember = new Map<Member, ForwardPlace<U>[]>();
  #back: { readonly dueMs: number; readonly timer: Timer } | undefined;

  constructor(parts: PlacesParts<U>) {
    this.#parts = parts;
    parts.pool.observe({
      onMember: (member, _from, to) => {
        const places = this.#ofMember.get(member) ?? [];
        if (to === 'gone') for (const place of [...places]) this.withdraw(place, 'destroy');
        else for (const place of places) this.#ableChanged(place);
      },
    });
  }

  /** Services of a member. */
  of(member: Member): readonly ForwardPlace<U>[] {
    return this.#ofMember.get(member) ?? [];
  }

  /** The place of a lease's member. */
  at(member: Member, service: ForwardService<U>): ForwardPlace<U> {
    const place = service.places.get(member);
    if (place === undefined)
      throw new Error(`${member.profile.name} was picked for ${service.name}, which it does not serve`);
    return place;
  }

  /** What a member offers the pool with its services now. */
  offersOf(member: Member): OfferedGroup[] {
    return this.of(member).map((place) => ({ name: place.service.group, slots: slotsOf(place) }));
  }

  /** A member serves this too. It gets no requests before it is healthy, and before the pool is told its offers. */
  add(member: Member, name: string, serving: Serving<U>): ForwardPlace<U> {
    const service = this.services.enter(name, true);
    const place: ForwardPlace<U> = { service, member, serving, healthy: false, why: undefined, inVain: 0, open: 0 };
    service.places.set(member, place);
    service.ejections.enter(member);
    this.#ofMember.set(member, [...this.of(member), place]);
    return place;
  }

  /** It serves in another way from now on. */
  change(place: ForwardPlace<U>, serving: Serving<U>): void {
    place.serving = serving;
    this.#open(place);
  }

  /** It serves that no more. Connections are closed when what is under way has ended, or at once. */
  withdraw(place: ForwardPlace<U>, connections: 'close' | 'destroy'): void {
    const { service, member, serving } = place;
    // First, so that nothing that follows can pick it.
    this.#parts.pool.setSlots(member, service.group, 0);
    const left = this.of(member).filter((each) => each !== place);
    if (left.length === 0) this.#ofMember.delete(member);
    else this.#ofMember.set(member, left);
    service.places.delete(member);
    this.#changed(service, service.ejections.leave(member, this.#parts.clock.nowMs()));
    this.#count(service);
    void serving.upstream[connections]();
    this.forgetIdle(service);
  }

  /** What its probe says; `why`: what is wrong, with its load when it is healthy. */
  setHealthy(place: ForwardPlace<U>, healthy: boolean, why?: string): void {
    const { service, member } = place;
    place.why = why;
    if (healthy)
      place.inVain = NaN; // was well once
    else if (++place.inVain === LATE_LOOKS && why !== undefined)
      this.#parts.observer?.onLate(service.name, member, why);
    if (place.healthy === healthy) return;
    place.healthy = healthy;
    this.#parts.observer?.onHealth(service.name, member, healthy, why);
    this.#ableChanged(place);
  }

  /** An attempt there failed. */
  failed({ service, member }: ForwardPlace<U>): void {
    this.#changed(service, service.ejections.failed(member, this.#parts.clock.nowMs()));
  }

  /** An attempt there ended. A member that leaves has its connections closed after the last one: it may wait for that. */
  routeEnded(place: ForwardPlace<U>): void {
    this.#closeIfLeaving(place);
    if (place.service.places.size === 0) this.forgetIdle(place.service);
  }

  /** Whether any member but this one takes requests. */
  anyUsableBeside({ places, usable }: ForwardService<U>, member: Member): boolean {
    const place = places.get(member);
    return usable - (place !== undefined && isUsable(place) ? 1 : 0) > 0;
  }

  /** Drops services that nobody needs to be remembered, and their groups. */
  forgetIdle(service: ForwardService<U>): void {
    for (const { group } of this.services.dropIdle(service)) this.#parts.pool.forgetGroup(group);
  }

  /** Lets go of all connections. */
  close(): void {
    this.#back?.timer.cancel();
    for (const places of this.#ofMember.values()) for (const { serving } of places) void serving.upstream.destroy();
  }

  #ableChanged(place: ForwardPlace<U>): void {
    const { service, member, healthy } = place;
    const able = healthy && takesWork(member.state);
    this.#changed(service, service.ejections.setAble(member, able, this.#parts.clock.nowMs()));
    this.#open(place);
    this.#closeIfLeaving(place);
  }

  #changed(service: ForwardService<U>, changes: readonly EjectionChange<Member>[]): void {
    if (changes.length === 0) return;
    const { observer } = this.#parts;
    for (const { key: member, out, forMs } of changes) {
      const place = service.places.get(member);
      if (out) {
        service.counters.ejections++;
        observer?.onEjection(service.name, member, forMs);
      } else {
        observer?.onEjectionOver(service.name, member, place !== undefined && isUsable(place));
      }
      if (place !== undefined) this.#open(place);
    }
    this.#watch();
  }

  #closeIfLeaving({ member, open, serving }: ForwardPlace<U>): void {
    if (member.state.draining === 'leaving' && open === 0) void serving.upstream.close();
  }

  /** Opens its place in the pool, or closes it. */
  #open(place: ForwardPlace<U>): void {
    // First, so that who is served when room is told finds the count as it is.
    this.#count(place.service);
    this.#parts.pool.setSlots(place.member, place.service.group, slotsOf(place));
  }

  #count(service: ForwardService<U>): void {
    const before = service.usable;
    let usable = 0;
    for (const place of service.places.values()) if (isUsable(place)) usable++;
    service.usable = usable;
    if ((before === 0) === (usable === 0)) return;
    if (usable === 0) service.unusableSinceMs = this.#parts.clock.nowMs();
    this.#parts.onUsable(service);
  }

  /** One timer for all that are put out. */
  #watch(): void {
    const { clock } = this.#parts;
    let dueMs = Infinity;
    for (const { ejections } of this.services.all()) dueMs = Math.min(dueMs, ejections.nextMs);
    if (dueMs === this.#back?.dueMs) return;
    this.#back?.timer.cancel();
    this.#back = undefined;
    if (dueMs === Infinity) return;
    const timer = clock.after(Math.max(0, dueMs - clock.nowMs()), () => this.#bringBack());
    this.#back = { dueMs, timer };
  }

  #bringBack(): void {
    this.#back = undefined;
    const nowMs = this.#parts.clock.nowMs();
    for (const service of [...this.services.all()]) this.#changed(service, service.ejections.advance(nowMs));
    this.#watch();
  }
}

/** The pool knows who drains and who is suspect itself. */
function slotsOf<U>({ service, member, healthy, serving }: ForwardPlace<U>): number {
  return healthy && service.ejections.untilMs(member) === undefined ? serving.slots : 0;
}
