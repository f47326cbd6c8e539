// What the forward door may ask: whereto a request goes, and what people see of services and their members.
import type { Failure } from '../../common/errors.ts';

/** A member of a service as it is now. */
export interface ServiceMemberView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'slave' | 'server';
  readonly address: string;
  /** `down`: by its health check. `ejected`: what was sent there failed again and again. */
  readonly state: 'ready' | 'down' | 'ejected' | 'suspect' | 'draining';
  /** As the algorithms see it; null when its metric cannot be read, and it is chosen last. */
  readonly load: number | null;
  /** Why it is down, or why its load is not known; null when neither is so. */
  readonly why: string | null;
  /** Requests under way. */
  readonly inFlight: number;
  /** Requests that it takes at once. */
  readonly slots: number;
  /** How often it was chosen under the present algorithm. */
  readonly picks: number;
  /** When an ejected one gets requests again; null for others. */
  readonly backInMs: number | null;
}

/** A service to which requests are forwarded. */
export interface ServiceView {
  readonly name: string;
  readonly algorithm: string;
  /** Requests that wait for a free member. */
  readonly waiting: number;
  /** The master starts members of it when they are wanted. */
  readonly autoscaled: boolean;
  readonly members: readonly ServiceMemberView[];
}

/** How an attempt to forward a request ended. */
export type RouteEnd =
  /** A response came whole. */
  | { readonly kind: 'answered'; readonly status: number }
  /** No connection, so nothing was sent. */
  | { readonly kind: 'unreachable' }
  /** The connection broke, or what came was no HTTP. */
  | { readonly kind: 'broken' }
  /** Nothing came for too long. */
  | { readonly kind: 'timed-out' }
  /** Nothing speaks for the member or against it: the client went away, say. */
  | { readonly kind: 'cancelled' };

/** One attempt's way to a member that serves; its place there is reserved until the end is told, once. */
export interface Route<Upstream> {
  /** Name of the member, as people see it. */
  readonly member: string;
  readonly upstream: Upstream;
  /** For the Host header. */
  readonly host: string;
  /** Stands before the path; empty for none. */
  readonly basePath: string;
  end(end: RouteEnd): void;
}

/** A request that asks for a route. Exactly one of both is called, once, perhaps before `route` returns. */
export interface RouteAsker<Upstream> {
  onRoute(route: Route<Upstream>): void;
  onRefused(failure: Failure): void;
}

/** Whereto requests are forwarded. */
export interface Forwarding<Upstream> {
  /** Asks for a member of this service; `without`: the one that failed just now. Returns how to stop asking. */
  route(service: string, asker: RouteAsker<Upstream>, without?: Route<Upstream>): () => void;
}
