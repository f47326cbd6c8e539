// Whether a request that failed before a response began is tried once more, on another member.
import type { IncomingMessage } from 'node:http';

/** RFC 9110 section 9.2.2: what is done twice is as if done once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** How an attempt failed. */
export interface FailedAttempt {
  /** The service may have seen something of it. */
  readonly wasSent: boolean;
  /** Its body could be sent again: there is none, it was kept, or none of it has been read. */
  readonly isReplayable: boolean;
  /** Tries so far, this one included. */
  readonly tries: number;
}

export const TRIES_MAX = 2;

/**
 * One that found no connection was never sent, so another member may have it whatever its method: as nginx (proxy_next_upstream) and
 * HAProxy (retry-on conn-failure) do. One that was sent must bear being done twice, by its method or by an Idempotency-Key.
 */
export function mayTryAgain(
  { method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  { wasSent, isReplayable, tries }: FailedAttempt,
): boolean {
  if (tries >= TRIES_MAX || !isReplayable) return false;
  return !wasSent || IDEMPOTENT.has(method) || headers['idempotency-key'] !== undefined;
}
