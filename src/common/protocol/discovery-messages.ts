// The three messages of the UDP handshake. Wire form: [cluster, tag, ...fields in the order below]. Tags are append-only.

export type NodeKind = 'slave' | 'monitor';

/** Node → master, broadcast: "I am here, who takes me?" */
export interface ConnectionRequest {
  readonly type: 'request';
  /** Random per search; every later step of the handshake repeats it. */
  readonly nonce: string;
  /** Random per process: a node's identity. */
  readonly instanceId: string;
  readonly kind: NodeKind;
}

/** Why a master refuses a node. */
export type NakReason = 'pool-full' | 'wrong-cluster' | 'wrong-version' | 'bad-key' | 'draining' | 'not-served';

/** Master → the source address of the request. */
export type ConnectionResponse =
  | {
      readonly type: 'ack';
      readonly nonce: string;
      readonly masterId: string;
      readonly masterName: string;
      readonly pollIntervalMs: number;
    }
  | {
      readonly type: 'nak';
      readonly nonce: string;
      readonly masterName: string;
      readonly reason: NakReason;
      /** A sentence for the node's log. */
      readonly detail: string;
    };

/** Node → master, a burst of ten: "dial these TCP ports at the address this came from". Slaves: load, dispatch, results. */
export interface ConnectionAck {
  readonly type: 'connect';
  readonly nonce: string;
  readonly instanceId: string;
  readonly ports: readonly number[];
}

export type DiscoveryMessage = ConnectionRequest | ConnectionResponse | ConnectionAck;

/** How many times a `ConnectionAck` is sent at once: UDP may lose some. */
export const CONNECTION_ACK_BURST = 10;
