// The headers of a request as the service gets them: without those of the client's connection, with those that say whence it came.
import { VIA, both, isHopByHop, namedIn, without } from './hop-by-hop.ts';

/** A request that came through so many masters goes round in circles. */
export const HOPS_MAX = 8;

/** Beside the client's own headers. */
export interface Whence {
  /** The client's address. */
  readonly client: string;
  /** `/services/<name>`. */
  readonly prefix: string;
  /** For the Host header. */
  readonly host: string;
}

/** Written by the master alone, whatever the client says; Expect is answered by the master, Forwarded would contradict the rest. */
const OWN: ReadonlySet<string> = new Set([
  'host',
  'expect',
  'forwarded',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-prefix',
]);

/**
 * From node's raw headers (name, value, name, value …). Values keep their order and their spelling; Content-Length stays, and
 * `Transfer-Encoding: chunked` is left to whoever sends the body. Names with an underscore that a service may take for one of the
 * master's own (CGI spells both the same) are left out.
 */
export function requestHeaders(raw: readonly string[], { client, prefix, host }: Whence): string[] {
  const headers = ['host', host];
  let forwardedFor = '';
  let via = '';
  let clientHost = '';
  let named: ReadonlySet<string> | undefined;
  let takesTrailers = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    if (name === 'x-forwarded-for') forwardedFor = joined(forwardedFor, value);
    else if (name === 'via') via = joined(via, value);
    else if (name === 'host') clientHost ||= value;
    else if (name === 'connection') named = both(named, namedIn(value));
    else if (name === 'te') takesTrailers ||= /(?:^|[,\s])trailers(?:$|[,;\s])/i.test(value);
    else if (!OWN.has(name) && !isHopByHop(name) && !isDisguised(name)) headers.push(name, value);
  }
  const kept = named === undefined ? headers : without(headers, named);
  kept.push('x-forwarded-for', joined(forwardedFor, client), 'x-forwarded-host', clientHost);
  kept.push('x-forwarded-proto', 'http', 'x-forwarded-prefix', prefix, 'via', joined(via, VIA));
  if (takesTrailers) kept.push('te', 'trailers');
  return kept;
}

/** Whether it came through masters more often than makes sense. */
export function goesRound(via: string | undefined): boolean {
  return via !== undefined && via.split(VIA).length > HOPS_MAX;
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

function isDisguised(name: string): boolean {
  if (!name.includes('_')) return false;
  const plain = name.replaceAll('_', '-');
  return plain.startsWith('x-forwarded-') || OWN.has(plain) || isHopByHop(plain) || plain === 'content-length';
}
