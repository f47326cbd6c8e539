// The master's side of the UDP handshake: answers requests with ACK or NAK at the source address they came from, and hands on
// the first ConnectionAck of each promised place. Anything else is counted by kind and dropped.
import type { Source } from '../../common/protocol/handshake.ts';
import type {
  ConnectionAck,
  ConnectionRequest,
  NakReason,
  NodeKind,
} from '../../common/protocol/discovery-messages.ts';
import { decodePacket, encodePacket } from '../../common/protocol/packet.ts';
import { negotiate, PROTOCOL_VERSION, type ProtocolVersion } from '../../common/protocol/version.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { DiscoveryCounters } from './discovery-counters.ts';
import type { Reply } from './discovery-sockets.ts';
import type { Reservations } from './reservations.ts';

/** One kind of node and the places for it. */
export interface Admittance {
  readonly placesMax: number;
  /** For nodes that find no place. */
  readonly fullSentence: string;
  readonly members: { readonly size: number; has(instanceId: string): boolean };
  readonly reservations: Reservations;
  /** A node waits to be dialled at `address`. */
  readonly connect: (ack: ConnectionAck, address: string) => void;
}

export interface ResponderParts {
  readonly cluster: string;
  readonly masterId: string;
  /** How people know this master, for warnings at nodes. */
  readonly masterName: string;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly counters: DiscoveryCounters;
  /** Kinds do not take each other's places. */
  readonly admit: Readonly<Record<NodeKind, Admittance>>;
  readonly isDraining: () => boolean;
}

export class DiscoveryResponder {
  readonly #parts: ResponderParts;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
  }

  receive(bytes: Uint8Array, source: Source, reply: Reply): void {
    const { counters, cluster } = this.#parts;
    const packet = decodePacket(bytes);
    if (!packet.ok) {
      counters[packet.fault]++;
      return;
    }
    const { message } = packet;
    if (message.type === 'request') {
      this.#answer(message, packet.cluster, packet.version, reply);
      return;
    }
    if (message.type !== 'connect' || packet.cluster !== cluster) {
      counters.unexpected++;
      return;
    }
    this.#connect(message, source.address);
  }

  /** The packet does not say what kind of node it is from; the promise does. */
  #connect(ack: ConnectionAck, address: string): void {
    const { counters, clock, admit } = this.#parts;
    for (const { reservations, connect } of Object.values(admit)) {
      const claim = reservations.claim(ack.nonce, ack.instanceId, clock.nowMs());
      if (claim === 'unknown') continue;
      if (claim === 'busy') break;
      counters.connect++;
      if (claim === 'claimed') connect(ack, address);
      return;
    }
    counters.unexpected++;
  }

  #answer(request: ConnectionRequest, cluster: string, version: ProtocolVersion, reply: Reply): void {
    const { counters, masterId, masterName, pollIntervalMs, admit, clock } = this.#parts;
    counters.request++;
    const { nonce, instanceId, kind } = request;
    const refusal = this.#refusal(request, cluster, version);
    if (refusal !== undefined) {
      const [reason, detail] = refusal;
      if (reason === 'wrong-cluster' || reason === 'wrong-version') counters[reason]++;
      counters.nak++;
      reply(encodePacket(this.#parts.cluster, { type: 'nak', nonce, masterName, reason, detail }));
      return;
    }
    admit[kind].reservations.reserve(nonce, instanceId, clock.nowMs());
    counters.ack++;
    reply(encodePacket(this.#parts.cluster, { type: 'ack', nonce, masterId, masterName, pollIntervalMs }));
  }

  /** Why this node may not join, with a sentence for its log; undefined when it may. */
  #refusal(
    { kind, instanceId }: ConnectionRequest,
    cluster: string,
    version: ProtocolVersion,
  ): [reason: NakReason, detail: string] | undefined {
    const { cluster: ours, admit, clock, isDraining } = this.#parts;
    if (negotiate(PROTOCOL_VERSION, version) === undefined) {
      return ['wrong-version', `the master speaks version ${text(PROTOCOL_VERSION)}, this node ${text(version)}`];
    }
    if (cluster !== ours) return ['wrong-cluster', `the master's cluster is ${ours}, this node's is ${cluster}`];
    if (isDraining()) return ['draining', 'the master is shutting down'];
    const { members, reservations, placesMax, fullSentence } = admit[kind];
    const taken = members.size + reservations.othersThan(instanceId, clock.nowMs());
    if (!members.has(instanceId) && taken >= placesMax) return ['pool-full', fullSentence];
    return undefined;
  }
}

function text({ major, minor }: ProtocolVersion): string {
  return `${major.toString()}.${minor.toString()}`;
}
