// One discovery packet: "LNYD", major, minor, then MessagePack [cluster, tag, ...]. At most 1400 bytes, so that it never fragments.
import { decode, encode } from './codec.ts';
import type { DiscoveryMessage, NakReason, NodeKind } from './discovery-messages.ts';
import { fits, isAmount, isListOf, isOneOf, isPlainName, isPort, isText, type Check } from './shapes.ts';
import { PROTOCOL_VERSION, type ProtocolVersion } from './version.ts';

export const PACKET_BYTES_MAX = 1400;
const CLUSTER_NAME_CHARS_MAX = 64;
const MAGIC = Uint8Array.of(0x4c, 0x4e, 0x59, 0x44);
const HEADER_BYTES = MAGIC.length + 2;
const TAG = { request: 1, ack: 2, nak: 3, connect: 4 } as const;

/** What a packet that is dropped is counted as. */
export type PacketFault = 'oversized' | 'truncated' | 'foreign' | 'malformed';

export type Packet =
  | {
      readonly ok: true;
      readonly version: ProtocolVersion;
      readonly cluster: string;
      readonly message: DiscoveryMessage;
    }
  | { readonly ok: false; readonly fault: PacketFault };

const isToken = isPlainName(64);
const NODE_KINDS: readonly NodeKind[] = ['slave', 'monitor'];
const NAK_REASONS: readonly NakReason[] = [
  'pool-full',
  'wrong-cluster',
  'wrong-version',
  'bad-key',
  'draining',
  'not-served',
];

export function encodePacket(cluster: string, message: DiscoveryMessage, version = PROTOCOL_VERSION): Uint8Array {
  const body = encode([cluster, ...fieldsOf(message)]);
  const packet = new Uint8Array(HEADER_BYTES + body.length);
  packet.set(MAGIC);
  packet.set([version.major, version.minor], MAGIC.length);
  packet.set(body, HEADER_BYTES);
  return packet;
}

/** Reads a packet; says what is wrong with it instead of throwing. Cluster and version are the caller's to judge. */
export function decodePacket(packet: Uint8Array): Packet {
  if (packet.length > PACKET_BYTES_MAX) return { ok: false, fault: 'oversized' };
  if (MAGIC.some((byte, i) => i < packet.length && packet[i] !== byte)) return { ok: false, fault: 'foreign' };
  if (packet.length <= HEADER_BYTES) return { ok: false, fault: 'truncated' };
  const body = decode(packet.subarray(HEADER_BYTES));
  if (!body.ok) return { ok: false, fault: body.kind };
  const fields = body.value;
  if (!Array.isArray(fields) || !isText(CLUSTER_NAME_CHARS_MAX)(fields[0])) return { ok: false, fault: 'malformed' };
  const message = messageOf(fields);
  if (message === undefined) return { ok: false, fault: 'malformed' };
  const version = { major: packet[MAGIC.length] ?? 0, minor: packet[MAGIC.length + 1] ?? 0 };
  return { ok: true, version, cluster: fields[0] as string, message };
}

function fieldsOf(message: DiscoveryMessage): unknown[] {
  switch (message.type) {
    case 'request':
      return [TAG.request, message.nonce, message.instanceId, message.kind];
    case 'ack':
      return [TAG.ack, message.nonce, message.masterId, message.masterName, message.pollIntervalMs];
    case 'nak':
      return [TAG.nak, message.nonce, message.masterName, message.reason, message.detail];
    case 'connect':
      return [TAG.connect, message.nonce, message.instanceId, message.ports];
  }
}

function messageOf(fields: readonly unknown[]): DiscoveryMessage | undefined {
  const [, tag, nonce, second, third, fourth] = fields as [string, unknown, string, never, never, never];
  const matches = (...checks: readonly Check[]): boolean => fits([isToken, ...checks], fields, 2);
  switch (tag) {
    case TAG.request:
      if (!matches(isToken, isOneOf(...NODE_KINDS))) return undefined;
      return { type: 'request', nonce, instanceId: second, kind: third };
    case TAG.ack:
      if (!matches(isToken, isText(128), isAmount)) return undefined;
      return { type: 'ack', nonce, masterId: second, masterName: third, pollIntervalMs: fourth };
    case TAG.nak:
      if (!matches(isText(128), isOneOf(...NAK_REASONS), isText(400))) return undefined;
      return { type: 'nak', nonce, masterName: second, reason: third, detail: fourth };
    case TAG.connect:
      if (!matches(isToken, isListOf(isPort, 3))) return undefined;
      return { type: 'connect', nonce, instanceId: second, ports: third };
    default:
      return undefined;
  }
}
