// Headers that are between two ends of one connection and go no further (RFC 9110 section 7.6.1), and those that Connection names.

/** How a master signs what it passes on (RFC 9110 section 7.6.3). */
export const VIA = '1.1 lanyard';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Whether a header of this name, in lower case, goes no further. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** Without these a message would be another one: nobody can have them removed by naming them in Connection. */
const KEPT: ReadonlySet<string> = new Set(['host', 'content-length']);

/** What else a Connection header names, in lower case; undefined for nothing but `close` and `keep-alive`. */
export function namedIn(connection: string): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (const token of connection.toLowerCase().split(',')) {
    const name = token.trim();
    if (name === '' || name === 'close' || name === 'keep-alive' || KEPT.has(name)) continue;
    (named ??= new Set()).add(name);
  }
  return named;
}

/** What either of two Connection headers names. */
export function both(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return one === undefined || other === undefined ? (one ?? other) : new Set([...one, ...other]);
}

/** Raw headers, names and values by turns, but for those whose names in lower case are among these. */
export function without(headers: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (!named.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
