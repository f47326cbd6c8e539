// A route that the desk gave out, and what its end means for the member, the lease and the counts.
import type { Route, RouteEnd } from '../doors/forwarding.ts';
import type { Lease, LeaseOutcome } from '../pool/lease.ts';
import type { AttemptEnd, Closable, ForwardPlace } from './services.ts';

/** Ends once, whatever is said later. */
export class OpenRoute<U extends Closable> implements Route<U> {
  readonly place: ForwardPlace<U>;
  readonly lease: Lease;
  readonly openedAtMs: number;
  readonly #onEnd: (route: OpenRoute<U>, end: RouteEnd) => void;
  #hasEnded = false;

  constructor(
    place: ForwardPlace<U>,
    lease: Lease,
    openedAtMs: number,
    onEnd: (route: OpenRoute<U>, end: RouteEnd) => void,
  ) {
    this.place = place;
    this.lease = lease;
    this.openedAtMs = openedAtMs;
    this.#onEnd = onEnd;
  }

  get member(): string {
    return this.place.member.profile.name;
  }

  get upstream(): U {
    return this.place.serving.upstream;
  }

  get host(): string {
    return this.place.serving.host;
  }

  get basePath(): string {
    return this.place.serving.basePath;
  }

  end(end: RouteEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(this, end);
  }
}

/** What speaks against a member: Envoy counts the same. */
const FAILED_STATUS: ReadonlySet<number> = new Set([502, 503, 504]);
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** As it is counted. */
export function endOf(end: RouteEnd): AttemptEnd {
  return end.kind === 'answered' ? (CLASSES[Math.floor(end.status / 100) - 1] ?? '5xx') : end.kind;
}

export function outcomeOf({ kind }: RouteEnd): LeaseOutcome {
  if (kind === 'answered') return 'ok';
  return kind === 'cancelled' ? 'cancelled' : 'failed';
}

/** Whether it speaks against the member, for it, or, undefined, neither. */
export function isFailure(end: RouteEnd): boolean | undefined {
  if (end.kind === 'cancelled') return undefined;
  return end.kind !== 'answered' || FAILED_STATUS.has(end.status);
}
