// The services to which requests are forwarded: who serves each, who waits for it, and what became of those who asked. Records:
// desk.ts changes them, and forward-places.ts those of who serves.
import { ByType, OTHER_TYPES } from '../../common/prometheus/by-type.ts';
import { TimeHistogram } from '../../common/prometheus/histogram.ts';
import type { Lease } from '../pool/lease.ts';
import { stateName, takesWork } from '../pool/member-state.ts';
import type { Member } from '../pool/member.ts';
import type { RouteAsker } from '../doors/forwarding.ts';
import { Ejections } from './ejection.ts';
import { groupOfForwarded } from './groups.ts';
import { WaitingLine } from './waiting-line.ts';

/** Connections to a service at one member, as far as the desk knows them. */
export interface Closable {
  /** Lets go of them when what is under way has ended. */
  close(): unknown;
  /** At once. */
  destroy(): unknown;
}

/** How a service is reached at a member, and how much it takes. */
export interface Serving<U> {
  readonly upstream: U;
  /** For the Host header. */
  readonly host: string;
  readonly basePath: string;
  /** Requests at once. */
  readonly slots: number;
  /** Its load is what it says itself. */
  readonly reportsLoad: boolean;
}

/** A member as one service sees it. */
export interface ForwardPlace<U> {
  readonly service: ForwardService<U>;
  readonly member: Member;
  serving: Serving<U>;
  /** By its probe. At first it is not: nothing is known of it. */
  healthy: boolean;
  /** Why it is not, or why its load is not known. */
  why: string | undefined;
  /** How often in a row it was not well before it ever was; NaN after that. */
  inVain: number;
  /** Routes that are under way. */
  open: number;
}

/** How an asker was answered. `unknown`: there is no such service. `left`: it went away while it waited. */
export type RouteAnswer = 'routed' | 'no_backend' | 'no_room' | 'queue_full' | 'draining' | 'unknown' | 'left';

/** How an attempt ended: by the status of what was answered, or why there was no answer. */
export type AttemptEnd = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'unreachable' | 'broken' | 'timed-out' | 'cancelled';

/** What one label stands for in the metrics. */
export interface ForwardCounters {
  readonly answers: Record<RouteAnswer, number>;
  readonly ends: Record<AttemptEnd, number>;
  ejections: number;
  /** Until there was a route, of those that got one. */
  readonly waits: TimeHistogram;
  /** From the route to its end. */
  readonly times: TimeHistogram;
}

export function newForwardCounters(): ForwardCounters {
  const ends = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
  return {
    answers: { routed: 0, no_backend: 0, no_room: 0, queue_full: 0, draining: 0, unknown: 0, left: 0 },
    ends: { ...ends, unreachable: 0, broken: 0, 'timed-out': 0, cancelled: 0 },
    ejections: 0,
    waits: new TimeHistogram(),
    times: new TimeHistogram(),
  };
}

/** A request that waits, or is about to. */
export interface Ask<U> {
  readonly asker: RouteAsker<U>;
  /** Where it failed before: never there again. */
  readonly without: Member | undefined;
}

/** An attempt that is under way. */
export interface OpenAttempt<U> {
  readonly place: ForwardPlace<U>;
  readonly lease: Lease;
}

export class ForwardService<U> {
  readonly name: string;
  /** Of the pool. */
  readonly group: string;
  counters: ForwardCounters;
  readonly places = new Map<Member, ForwardPlace<U>>();
  readonly ejections = new Ejections<Member>();
  /** Those who ask for the first time. */
  readonly line = new WaitingLine<Ask<U>>();
  /** Those whose attempt failed: they have waited before, so they come first. */
  readonly again = new WaitingLine<Ask<U>>();
  readonly open = new Set<OpenAttempt<U>>();
  /** Somebody may start members of it when they are wanted: who waits is not told that nobody is there. */
  declared = false;
  /** Somebody serves it, has, or may: it is not just a name in a request. */
  known = false;
  /** How many members take requests of it. */
  usable = 0;
  /** Since when none does, by the clock; -Infinity when none ever did. */
  unusableSinceMs = -Infinity;
  isPumping = false;

  constructor(name: string, counters: ForwardCounters) {
    this.name = name;
    this.group = groupOfForwarded(name);
    this.counters = counters;
  }

  get waiting(): number {
    return this.line.length + this.again.length;
  }
}

/** Whether requests may be sent there. */
export function isUsable<U>({ service, member, healthy, serving }: ForwardPlace<U>): boolean {
  return healthy && serving.slots > 0 && takesWork(member.state) && service.ejections.untilMs(member) === undefined;
}

/** What stands in the way of sending requests there; `ready` for nothing. */
export type PlaceState = 'ready' | 'down' | 'ejected' | 'suspect' | 'draining';

export function placeState<U>({ service, member, healthy }: ForwardPlace<U>): PlaceState {
  const state = stateName(member.state);
  if (state !== 'ready') return state === 'draining' ? state : 'suspect';
  if (!healthy) return 'down';
  return service.ejections.untilMs(member) === undefined ? 'ready' : 'ejected';
}

/** Members by what stands in their way; states that none is in are left out. */
export function placeStates<U>({ places }: ForwardService<U>): ReadonlyMap<PlaceState, number> {
  const counts = new Map<PlaceState, number>();
  for (const place of places.values()) {
    const state = placeState(place);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** So many services that nobody serves now are remembered; names come from slaves, which come and go. */
const REMEMBERED_MAX = 1000;

/** All of them, by name. Of those that nobody serves, waits for or has declared, the latest are kept. */
export class ForwardServices<U> {
  readonly #services = new Map<string, ForwardService<U>>();
  readonly #byGroup = new Map<string, ForwardService<U>>();
  /** Only so many have a label of their own. */
  readonly #counters = new ByType(newForwardCounters);

  find(name: string): ForwardService<U> | undefined {
    return this.#services.get(name);
  }

  ofGroup(group: string): ForwardService<U> | undefined {
    return this.#byGroup.get(group);
  }

  all(): IterableIterator<ForwardService<U>> {
    return this.#services.values();
  }

  get size(): number {
    return this.#services.size;
  }

  /** By label. */
  get counters(): Iterable<readonly [label: string, counters: ForwardCounters]> {
    return this.#counters;
  }

  /** Of all that have no label of their own. */
  get others(): ForwardCounters {
    return this.#counters.of(OTHER_TYPES);
  }

  /** The service of that name, made when there is none. Names that only strangers have said get no label. */
  enter(name: string, known: boolean): ForwardService<U> {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = new ForwardService<U>(name, this.others);
      this.#services.set(name, service);
      this.#byGroup.set(service.group, service);
    }
    if (known && !service.known) {
      service.known = true;
      service.counters = this.#counters.of(name);
    }
    return service;
  }

  /** Those that may be forgotten now: idle ones that were never served, and of the others the oldest beyond what is remembered. */
  dropIdle(service: ForwardService<U>): readonly ForwardService<U>[] {
    if (!isIdle(service)) return [];
    const dropped: ForwardService<U>[] = [];
    if (!service.known) dropped.push(service);
    for (const old of this.#services.values()) {
      if (this.#services.size - dropped.length <= REMEMBERED_MAX) break;
      if (isIdle(old) && old !== service) dropped.push(old);
    }
    for (const { name, group } of dropped) {
      this.#services.delete(name);
      this.#byGroup.delete(group);
    }
    return dropped;
  }
}

function isIdle<U>({ places, waiting, declared, open }: ForwardService<U>): boolean {
  return places.size === 0 && waiting === 0 && !declared && open.size === 0;
}
