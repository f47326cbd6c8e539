// What arrived on the discovery port, by kind. Everything that is not an answerable message is counted and dropped.
import type { PacketFault } from '../../common/protocol/packet.ts';

export type DiscoveryCounters = Record<
  'request' | 'connect' | 'ack' | 'nak' | 'unexpected' | 'wrong-cluster' | 'wrong-version' | PacketFault,
  number
>;

export function newDiscoveryCounters(): DiscoveryCounters {
  return {
    request: 0,
    connect: 0,
    ack: 0,
    nak: 0,
    unexpected: 0,
    'wrong-cluster': 0,
    'wrong-version': 0,
    oversized: 0,
    truncated: 0,
    foreign: 0,
    malformed: 0,
  };
}
