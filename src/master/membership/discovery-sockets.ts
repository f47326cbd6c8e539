// The UDP sockets on which a master hears nodes. With no interface chosen one socket hears everything. A master bound to one
// interface needs, on Linux, a socket on its address and one on its broadcast address; elsewhere the latter cannot be bound, so
// one socket hears everything and what comes from outside the chosen subnets is dropped.
import { platform } from 'node:os';
import { openDatagramPort, type DatagramPort } from '../../common/net/datagram.ts';
import { broadcastAddress, chooseInterfaces, listInterfaces } from '../../common/net/interfaces.ts';
import type { Source } from '../../common/protocol/handshake.ts';

export type Reply = (packet: Uint8Array) => void;

export interface DiscoverySocketOptions {
  readonly port: number;
  readonly interfaces: readonly string[];
  readonly onPacket: (packet: Uint8Array, source: Source, reply: Reply) => void;
  readonly onError: (error: Error) => void;
}

/** Opens all that is needed; fails when one cannot be bound. Returns how to close them and the addresses bound. */
export async function openDiscoverySockets(
  options: DiscoverySocketOptions,
): Promise<{ readonly addresses: readonly string[]; close(): void }> {
  const { interfaces, port, onPacket, onError } = options;
  const open: DatagramPort[] = [];
  const listenOn = async (
    host: string,
    replyFrom?: DatagramPort,
    hears = (_from: string) => true,
  ): Promise<DatagramPort> => {
    const socket: DatagramPort = await openDatagramPort({
      what: 'discovery',
      host,
      port,
      option: '--discovery-port',
      onError,
      onPacket(packet, source) {
        if (!hears(source.address)) return;
        onPacket(packet, source, (answer) => (replyFrom ?? socket).send(answer, source.port, source.address));
      },
    });
    open.push(socket);
    return socket;
  };
  const close = (): void => {
    for (const socket of open) socket.close();
  };
  try {
    const chosen = chooseInterfaces(interfaces);
    if (interfaces.length === 0) {
      await listenOn('0.0.0.0');
    } else if (platform() === 'linux') {
      // Two addresses of one subnet share its broadcast address, which is bound once and answered from the first.
      const broadcasts = new Set<string>();
      for (const { address, broadcast } of chosen) {
        const socket = await listenOn(address);
        if (!broadcasts.has(broadcast)) await listenOn(broadcast, socket);
        broadcasts.add(broadcast);
      }
    } else {
      const subnets = new Set(chosen.map(({ broadcast }) => broadcast));
      await listenOn('0.0.0.0', undefined, (from) => subnets.has(broadcastOf(from)));
    }
    return { addresses: chosen.map(({ address }) => address), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The broadcast address of whichever of our subnets `address` lies in. */
function broadcastOf(address: string): string {
  for (const { broadcast, netmask } of listInterfaces()) {
    if (broadcastAddress(address, netmask) === broadcast) return broadcast;
  }
  return '';
}
