// The forward door: streams requests below /services/<name>/ to members that serve <name>, and their responses back. What is odd in
// how a request is framed or addressed is refused here, before any service is asked for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { printable } from '../../../common/text/printable.ts';
import type { Clock } from '../../../common/time/clock.ts';
import type { Forwarding } from '../door.ts';
import { heldFor } from '../http/hang-up.ts';
import type { Upstream } from '../upstream.ts';
import { bodyTooLarge, type ForwardLimits } from './forward-failures.ts';
import type { ForwardParts } from './forward-parts.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import { goesRound, HOPS_MAX } from './request-headers.ts';
import { SilenceWatch } from '../silence.ts';
import { authorityOf, readTarget } from './target.ts';
import { linger, turnAway } from './turn-away.ts';

export type { ForwardLimits } from './forward-failures.ts';

export interface ForwardDoorOptions {
  readonly forwarding: Forwarding<Upstream>;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ForwardLimits;
}

export interface ForwardDoor {
  /** Answers a request that `isForwarded`, and that may be answered at all. `awaitsContinue`: nobody has said 100 Continue yet. */
  handle(request: IncomingMessage, response: ServerResponse, awaitsContinue?: boolean): void;
  /** Answers one that may not be. */
  refuse(request: IncomingMessage, response: ServerResponse, failure: Failure, awaitsContinue?: boolean): void;
  /** What came on this connection is no HTTP: its requests end. True when a response has begun, so that nothing else may be said. */
  breakOff(socket: IncomingMessage['socket']): boolean;
  close(): void;
}

export function createForwardDoor({ forwarding, log, clock, limits }: ForwardDoorOptions): ForwardDoor {
  const watch = new SilenceWatch(clock);
  const parts: ForwardParts = { forwarding, log, limits, watch, kept: { bytes: 0 } };
  return {
    handle(request, response, awaitsContinue = false) {
      handle(parts, request, response, awaitsContinue);
    },
    refuse(request, response, failure, awaitsContinue = false) {
      turnAway(request, response, failure, { watch, mustClose: awaitsContinue });
    },
    breakOff,
    close: () => watch.close(),
  };
}

function handle(
  parts: ForwardParts,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): void {
  const { limits, watch } = parts;
  const turnedAway = (failure: Failure, mustClose: boolean): void =>
    turnAway(request, response, failure, { watch, mustClose: mustClose || awaitsContinue });
  const faultyFrame = frameFaultOf(request);
  if (faultyFrame !== undefined) {
    turnedAway(faultyFrame, true);
    return;
  }
  const target = readTarget(request.url ?? '');
  const failure = target.kind === 'refused' ? target.failure : faultOf(request, limits);
  if (failure !== undefined) {
    turnedAway(failure, false);
    return;
  }
  if (target.kind === 'redirect') {
    const closing = awaitsContinue ? { connection: 'close' } : {};
    response.writeHead(308, { location: target.location, 'content-length': 0, ...closing }).end();
    linger(request, watch);
  } else if (target.kind === 'forward') {
    const { service, path } = target;
    const asked = { request, response, service, path, hasBody: hasBody(request), awaitsContinue };
    new ForwardedRequest(asked, parts).start();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/** What is wrong with how this request is framed. Most of it node's parser has refused before. */
function frameFaultOf({ headers, rawHeaders, httpVersionMinor }: IncomingMessage): Failure | undefined {
  if (hasTwoHosts(rawHeaders)) return odd('more than one Host header');
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (encoding !== undefined) {
    // RFC 9112 section 6.1: other codings are not known here, HTTP/1.0 has none, and with a length it is an attempt to smuggle.
    if (encoding.trim().toLowerCase() !== 'chunked') return odd('a transfer-encoding other than chunked');
    if (httpVersionMinor === 0) return odd('a transfer-encoding, which HTTP/1.0 does not have');
    if (length !== undefined) return odd('both content-length and transfer-encoding');
  }
  return length === undefined || /^\d{1,15}$/.test(length) ? undefined : odd('a content-length that is no number');
}

/** What else is against it. */
function faultOf({ headers, url }: IncomingMessage, { bodyBytesMax }: ForwardLimits): Failure | undefined {
  const { host, upgrade, via, 'content-length': length } = headers;
  const authority = authorityOf(url ?? '');
  if (authority !== undefined && authority.toLowerCase() !== host?.toLowerCase())
    return odd(`one host in its URL, ${printable(authority)}, and another in its Host header`);
  if (Number(length ?? 0) > bodyBytesMax) return bodyTooLarge(bodyBytesMax);
  if (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade)) {
    const message = 'WebSocket is not forwarded; use server-sent events, or connect to the service itself';
    return { code: 'BAD_PARAMETER', message };
  }
  if (!goesRound(via)) return undefined;
  const message = `this request came through ${HOPS_MAX.toString()} masters: a service's URL leads back to a master; correct it`;
  return { code: 'BAD_GATEWAY', message };
}

/** RFC 9112 section 3.2; node's own list of headers has the first only. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count > 1;
}

function odd(what: string): Failure {
  return { code: 'BAD_PARAMETER', message: `the request has ${what}; it is not forwarded` };
}

function breakOff(socket: IncomingMessage['socket']): boolean {
  let hasBegun = false;
  for (const held of heldFor(socket)) {
    if (!(held instanceof ForwardedRequest)) continue;
    hasBegun ||= held.hasBegun;
    held.cancel();
  }
  return hasBegun;
}
