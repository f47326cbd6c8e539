// The node's side of the UDP handshake as a pure state machine: searching → acknowledged → (TCP takes over) or searching again.
import type { ConnectionResponse, NakReason } from './discovery-messages.ts';
import type { Random } from '../random/random.ts';

/** Where a packet came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

export interface MasterOffer {
  readonly masterId: string;
  readonly masterName: string;
  readonly pollIntervalMs: number;
  readonly source: Source;
}

export type Handshake =
  | { readonly state: 'searching'; readonly nonce: string }
  | { readonly state: 'acknowledged'; readonly nonce: string; readonly offer: MasterOffer };

export interface Refusal {
  readonly reason: NakReason;
  readonly masterName: string;
  readonly detail: string;
  readonly source: Source;
}

/** What a response means to this handshake. */
export type Verdict =
  /** The first ACK of this nonce: answer it with the ports. */
  | { readonly kind: 'accepted'; readonly handshake: Handshake; readonly offer: MasterOffer }
  /** A second master wants the same node: worth a warning by name. */
  | { readonly kind: 'second-master'; readonly masterName: string; readonly source: Source }
  /** Refused: shown to the user, who may have to act; the search goes on. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ignored' };

export function judgeResponse(handshake: Handshake, response: ConnectionResponse, source: Source): Verdict {
  if (response.nonce !== handshake.nonce) return { kind: 'ignored' };
  if (response.type === 'nak') {
    if (handshake.state === 'acknowledged') return { kind: 'ignored' };
    const { reason, masterName, detail } = response;
    return { kind: 'refused', refusal: { reason, masterName, detail, source } };
  }
  if (handshake.state === 'acknowledged') {
    if (handshake.offer.masterId === response.masterId) return { kind: 'ignored' };
    return { kind: 'second-master', masterName: response.masterName, source };
  }
  const { masterId, masterName, pollIntervalMs } = response;
  const offer = { masterId, masterName, pollIntervalMs, source };
  return { kind: 'accepted', offer, handshake: { state: 'acknowledged', nonce: handshake.nonce, offer } };
}

/** Requests go out at 0, 1 and 2 s, then every 2 s, each wait ±20 % so that a hall of machines does not shout in step. */
export function requestDelayMs(requestsSent: number, random: Random): number {
  if (requestsSent === 0) return 0;
  return (requestsSent <= 2 ? 1000 : 2000) * (0.8 + 0.4 * random());
}
