// Whether a condition of an nftables rule (as `nft -j` prints it) holds for a packet that is expected, of which not everything is known:
// so the answer may be maybe. Pure.

export type Answer = 'yes' | 'no' | 'maybe';
/** Numbers from first to last: ports, or addresses as numbers. */
export type Span = readonly [first: number, last: number];
export type Entry = Readonly<Record<string, unknown>>;
/** What a named set or map of the rule's table holds; undefined when it is not known. */
export type ElementsOf = (name: string) => readonly unknown[] | undefined;

/** An IPv4 packet that comes in. */
export interface Packet {
  readonly protocol: 'udp' | 'tcp';
  /** On which interface. */
  readonly over: string;
  readonly from: Span;
  readonly to: Span;
  readonly sourcePort: Span;
  readonly port: Span;
  /** How connection tracking sees it. */
  readonly state: 'new' | 'established';
}

/** `absent`: packets of this kind have no such field, and no condition on it holds. */
type Field = { readonly words: readonly string[] } | { readonly span: Span } | 'absent' | undefined;

const PROTOCOL_NUMBERS = { udp: '17', tcp: '6' } as const;
/** Of conditions on these headers it is known that they are about other packets. */
const OTHER_HEADERS = 'udp tcp ip6 icmp icmpv6 igmp sctp dccp udplite esp ah comp gre arp'.split(' ');
/** Statements that let a rule go on for some packets only. */
const SOMETIMES = ['limit', 'quota', 'ct count', 'meter', 'set', 'map'];

/** Whether a packet gets past all of these statements of a rule. */
export function passes(expr: readonly Entry[], packet: Packet, elementsOf: ElementsOf): Answer {
  return expr.map((entry) => holds(entry, packet, elementsOf)).reduce(both, 'yes');
}

/** Whether both hold. */
export function both(a: Answer, b: Answer): Answer {
  if (a === 'no' || b === 'no') return 'no';
  return a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes';
}

/** Whether the field `left` has one of the values that `right` stands for. */
export function isAmong(left: unknown, right: unknown, packet: Packet, elementsOf: ElementsOf): Answer {
  const [field, values] = [fieldOf(left, packet), valuesOf(right, elementsOf)];
  if (field === 'absent') return 'no';
  if (field === undefined || values === undefined) return 'maybe';
  const answers = values.map((value) => ('words' in field ? isWord(field.words, value) : isWithin(field.span, value)));
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

/** An IPv4 address in dotted form as a number. */
export function addressNumber(address: string): number | undefined {
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) return undefined;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function holds(entry: Entry, packet: Packet, elementsOf: ElementsOf): Answer {
  const { match, xt } = entry as { readonly match?: Entry; readonly xt?: Entry | null };
  // A match of iptables, of which nft tells the name only, or not even that.
  if (xt !== undefined) return xt?.['type'] === 'target' ? 'yes' : 'maybe';
  if (match === undefined) return SOMETIMES.some((word) => word in entry) ? 'maybe' : 'yes';
  const { op, left, right } = match;
  const isSo = isAmong(left, right, packet, elementsOf);
  if (op === '==' || op === 'in' || fieldOf(left, packet) === 'absent') return isSo;
  if (op !== '!=' || isSo === 'maybe') return 'maybe';
  return isSo === 'yes' ? 'no' : 'yes';
}

function fieldOf(left: unknown, packet: Packet): Field {
  if (typeof left !== 'object' || left === null) return undefined;
  const { meta, ct, payload, fib } = left as Readonly<Record<string, Entry | undefined>>;
  if (meta !== undefined) return metaField(meta['key'], packet);
  if (payload !== undefined) return headerField(payload['protocol'], payload['field'], packet);
  if (ct?.['key'] === 'state') return { words: [packet.state] };
  if (ct?.['key'] === 'status') return { words: packet.state === 'new' ? [] : ['confirmed', 'seen-reply', 'assured'] };
  // It is sent to this machine, also when it answers a broadcast.
  const isOfReceiver = JSON.stringify(fib?.['flags'] ?? []).includes('daddr');
  return fib?.['result'] === 'type' && isOfReceiver ? { words: ['local'] } : undefined;
}

function metaField(key: unknown, { protocol, over }: Packet): Field {
  switch (key) {
    case 'iif':
    case 'iifname':
      return { words: [over] };
    case 'l4proto':
      return { words: [protocol, PROTOCOL_NUMBERS[protocol]] };
    case 'nfproto':
      return { words: ['ipv4', '2'] };
    case 'protocol':
      return { words: ['ip'] };
    case 'pkttype':
      return { words: ['host', 'unicast'] };
    default:
      return undefined;
  }
}

function headerField(header: unknown, name: unknown, packet: Packet): Field {
  const { protocol } = packet;
  if (header === 'ip' && name === 'protocol') return { words: [protocol, PROTOCOL_NUMBERS[protocol]] };
  if (header === 'ip' && name === 'saddr') return { span: packet.from };
  if (header === 'ip' && name === 'daddr') return { span: packet.to };
  if (header === 'th' || header === protocol) {
    if (name === 'sport') return { span: packet.sourcePort };
    return name === 'dport' ? { span: packet.port } : undefined;
  }
  return OTHER_HEADERS.includes(String(header)) ? 'absent' : undefined;
}

/** A value, a list of flags, a set in place or a named one. */
function valuesOf(right: unknown, elementsOf: ElementsOf): readonly unknown[] | undefined {
  const listed = typeof right === 'string' && right.startsWith('@') ? elementsOf(right.slice(1)) : undefined;
  if (typeof right === 'string' && right.startsWith('@') && listed === undefined) return undefined;
  const { set } = (typeof right === 'object' && right !== null ? right : {}) as { readonly set?: unknown };
  const all: unknown = listed ?? set ?? right;
  return (Array.isArray(all) ? (all as unknown[]) : [all]).map(withoutWrapping);
}

/** An element with a time limit or a counter is wrapped. */
function withoutWrapping(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('elem' in value)) return value;
  return (value.elem as { readonly val?: unknown } | null)?.val;
}

function isWord(words: readonly string[], value: unknown): Answer {
  if (typeof value !== 'string' && typeof value !== 'number') return 'maybe';
  const text = value.toString();
  if (text.endsWith('*')) return words.some((word) => word.startsWith(text.slice(0, -1))) ? 'yes' : 'no';
  return words.includes(text) ? 'yes' : 'no';
}

function isWithin([first, last]: Span, value: unknown): Answer {
  const span = spanOf(value);
  if (span === undefined) return 'maybe';
  if (span[0] <= first && last <= span[1]) return 'yes';
  return span[1] < first || last < span[0] ? 'no' : 'maybe';
}

function spanOf(value: unknown): Span | undefined {
  const one = numberOf(value);
  if (one !== undefined) return [one, one];
  if (typeof value !== 'object' || value === null) return undefined;
  const { range, prefix } = value as { readonly range?: readonly unknown[]; readonly prefix?: Entry };
  if (range !== undefined) {
    const [first, last] = [numberOf(range[0]), numberOf(range[1])];
    return first === undefined || last === undefined ? undefined : [first, last];
  }
  const [address, bits] = [numberOf(prefix?.['addr']), numberOf(prefix?.['len'])];
  return address === undefined || bits === undefined ? undefined : [address, address + 2 ** (32 - bits) - 1];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'string' ? addressNumber(value) : typeof value === 'number' ? value : undefined;
}
