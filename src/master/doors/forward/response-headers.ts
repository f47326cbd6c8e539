// The headers of a response as the client gets them.
import { VIA, both, isHopByHop, namedIn, without } from './hop-by-hop.ts';

/** A response's headers for the client, and what they say of its body. */
export interface ResponseHeaders {
  /** Name, value, name, value …. */
  readonly headers: string[];
  /** Undefined when it does not say. */
  readonly contentLength: number | undefined;
  /** Its body is coded in a way that only the connection to the service knows. */
  readonly isOddlyCoded: boolean;
}

/** From the service's headers (name, value, name, value …). `member` is who sent it. */
export function responseHeaders(raw: readonly string[], status: number, member: string): ResponseHeaders {
  const headers: string[] = [];
  let contentLength: number | undefined;
  let named: ReadonlySet<string> | undefined;
  let isOddlyCoded = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const plain = name.toLowerCase();
    if (plain === 'transfer-encoding') isOddlyCoded ||= value.trim().toLowerCase() !== 'chunked';
    if (plain === 'connection') named = both(named, namedIn(value));
    if (isHopByHop(plain)) continue;
    if (plain === 'content-length') {
      if (status === 204) continue; // RFC 9110 section 8.6: none there
      contentLength = Number(value);
    }
    headers.push(name, value);
  }
  headers.push('Via', VIA, 'X-Served-By', member);
  return { headers: named === undefined ? headers : without(headers, named), contentLength, isOddlyCoded };
}

/** Trailers that may be passed on: none that say how a message is framed, routed or authorized (RFC 9110 section 6.5.1). */
export function passableTrailers(raw: readonly string[]): [string, string][] {
  const passable: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (!isHopByHop(name.toLowerCase()) && !NO_TRAILER.has(name.toLowerCase())) passable.push([name, value]);
  }
  return passable;
}

const NO_TRAILER: ReadonlySet<string> = new Set([
  ...['content-length', 'content-encoding', 'content-type', 'content-range', 'host', 'location', 'set-cookie'],
  ...['authorization', 'www-authenticate', 'cache-control', 'expires', 'date', 'vary', 'age', 'max-forwards', 'expect'],
]);
