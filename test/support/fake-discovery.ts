// The UDP socket of a fake node: what the master answered to its request, told once.
import { openDatagramPort, type DatagramPort } from '../../src/common/net/datagram.ts';
import type { Source } from '../../src/common/protocol/handshake.ts';
import { decodePacket } from '../../src/common/protocol/packet.ts';

/** `onAnswer` is told `ack`, and where from, or `nak <reason>: <sentence>`; later packets mean nothing. */
export function openFakeDiscovery(
  what: string,
  onAnswer: (answer: string, source: Source) => void,
): Promise<DatagramPort> {
  let isAnswered = false;
  return openDatagramPort({
    ...{ what, host: '127.0.0.1', port: 0, option: '' },
    onPacket: (bytes, source) => {
      const packet = decodePacket(bytes);
      if (!packet.ok || isAnswered) return;
      isAnswered = true;
      const { message } = packet;
      onAnswer(message.type === 'nak' ? `nak ${message.reason}: ${message.detail}` : message.type, source);
    },
    onError: () => undefined,
  });
}
