// Which service a request is for, and under which path it knows it. The path is passed on as it came, so whatever could mean another
// path to the service than it means here is refused.
import type { Failure } from '../../../common/errors.ts';
import { isServiceName } from '../../../common/services/service-name.ts';
import { printable } from '../../../common/text/printable.ts';

const PREFIX = '/services/';
const ABSOLUTE = /^http:\/\/([^/?#]*)/i;

/** Where a request goes. */
export type Target =
  | { readonly kind: 'forward'; readonly service: string; readonly path: string }
  /** The root of a service without its slash. */
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Whether a request for this raw target is the forward door's. `/services` alone is not. */
export function isForwarded(url: string): boolean {
  if (url.startsWith(PREFIX)) return true;
  return url.charCodeAt(0) !== SLASH && url.slice(ABSOLUTE.exec(url)?.[0].length ?? url.length).startsWith(PREFIX);
}

const SLASH = 47;

/** The authority of a target in absolute form (RFC 9112 section 3.2.2); undefined in the usual form. */
export function authorityOf(url: string): string | undefined {
  return url.charCodeAt(0) === SLASH ? undefined : ABSOLUTE.exec(url)?.[1];
}

/** Reads the raw target of a request that `isForwarded`. */
export function readTarget(url: string): Target {
  const start = url.charCodeAt(0) === SLASH ? 0 : (ABSOLUTE.exec(url)?.[0].length ?? 0);
  const queryAt = url.indexOf('?', start);
  const pathEnd = queryAt === -1 ? url.length : queryAt;
  const nameAt = start + PREFIX.length;
  const slashAt = url.indexOf('/', nameAt);
  const nameEnd = slashAt === -1 || slashAt > pathEnd ? pathEnd : slashAt;
  const service = url.slice(nameAt, nameEnd);
  if (!isServiceName(service)) return refused(noService(service));
  const fault = faultOf(url, nameEnd, pathEnd);
  if (fault !== undefined) return refused(fault);
  if (nameEnd === pathEnd) return { kind: 'redirect', location: `${PREFIX}${service}/${url.slice(pathEnd)}` };
  return { kind: 'forward', service, path: url.slice(nameEnd) };
}

function refused(message: string): Target {
  return { kind: 'refused', failure: { code: 'BAD_PARAMETER', message } };
}

function noService(given: string): string {
  const what = given === '' ? 'no name of a service' : `${printable(given)}, which is no name of a service`;
  return `after /services/ there is ${what}; GET /services lists those there are`;
}

/** Anything that needs a closer look: a segment that begins with a dot, or is encoded, or has what no URL may have. */
const CONSPICUOUS = /\/\.|[%\\#;]|[^\x21-\xff]|\x7f/;

function faultOf(url: string, pathAt: number, pathEnd: number): string | undefined {
  const rest = url.slice(pathAt);
  if (!CONSPICUOUS.test(rest)) return undefined;
  if (/[^\x21-\xff]|[\x7f#]/.test(rest)) return 'the URL has a control character, a space or #; percent-encode it';
  const path = url.slice(pathAt, pathEnd);
  if (/\\|%5c/i.test(path)) return 'the path has a backslash, which some services take for a slash; leave it out';
  if (/%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(path)) return 'the path has an encoded control character; leave it out';
  const segments = path.replaceAll(/%2f/gi, '/').replaceAll(/%2e/gi, '.').split('/');
  // What follows a semicolon is a parameter to some services, which then see the dots alone.
  const climbs = segments.some((segment) => isDots(segment.split(';', 1)[0] ?? ''));
  return climbs
    ? 'the path has a segment of dots (. or ..), perhaps encoded; send the path that it leads to'
    : undefined;
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}
