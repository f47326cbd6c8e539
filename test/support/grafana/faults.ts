// What can go wrong between a client and Grafana, on demand.
import type { ServerResponse } from 'node:http';

export type Fault =
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly message?: string;
      readonly retryAfter?: string;
      label?: string;
    }
  | { readonly do: 'raw'; readonly status: number; readonly type: string; readonly body: string }
  | { readonly do: 'redirect'; readonly to: string }
  | { readonly do: 'hang' }
  /** The connection breaks before the request is looked at. */
  | { readonly do: 'reset' }
  /** The request is carried out, and the connection breaks before the answer. */
  | { readonly do: 'lose-answer' };

export interface FaultRule {
  readonly fault: Fault;
  /** Requests that are let pass before. */
  readonly after?: number;
  /** Requests that it hits; all when undefined. */
  readonly times?: number;
  /** Only requests of which this holds. */
  readonly only?: (method: string, path: string) => boolean;
}

export class FaultPlan {
  #rules: { readonly rule: FaultRule; seen: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault that hits this request, if any. */
  next(method: string, path: string): Fault | undefined {
    for (const each of this.#rules) {
      const { fault, after = 0, times = Infinity, only } = each.rule;
      if (only?.(method, path) === false) continue;
      const n = each.seen++;
      if (n >= after && n < after + times) return fault;
    }
    return undefined;
  }
}

/** Plays every fault but `lose-answer`, which is the server's. Returns the status that was sent; 0 for none. */
export function play(fault: Exclude<Fault, { do: 'lose-answer' }>, response: ServerResponse): number {
  switch (fault.do) {
    case 'hang':
      return 0;
    case 'reset':
      response.destroy();
      return 0;
    case 'redirect':
      response.writeHead(302, { location: fault.to }).end();
      return 302;
    case 'raw':
      response.writeHead(fault.status, { 'content-type': fault.type }).end(fault.body);
      return fault.status;
    case 'answer': {
      const { status, message = 'injected', label, retryAfter } = fault;
      const headers = {
        'content-type': 'application/json',
        ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      };
      response
        .writeHead(status, headers)
        .end(JSON.stringify({ message, ...(label !== undefined && { status: label }) }));
      return status;
    }
  }
}
