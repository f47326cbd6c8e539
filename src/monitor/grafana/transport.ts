// How a request reaches Grafana and what comes back: the seam between what is said (grafana-api.ts) and how (HTTP, or a dry run).
import type { Trouble } from './trouble.ts';

export interface GrafanaRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below Grafana's address, from "/api/" on. */
  readonly path: string;
  readonly body?: object;
}

/** Expected outcomes are values: nothing here throws. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: Trouble };

/** Sends one request; the value is parsed JSON. */
export type Transport = (request: GrafanaRequest) => Promise<Answer<unknown>>;
