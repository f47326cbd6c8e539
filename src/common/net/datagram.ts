// UDP sockets for discovery. The rest of the code sees `DatagramPort`: something that sends and that calls back.
import { createSocket } from 'node:dgram';
import { LanyardError } from '../errors.ts';
import type { Source } from '../protocol/handshake.ts';
import { bindError } from './bind-errors.ts';

export interface DatagramPort {
  /** Best effort, as UDP is: a packet that cannot leave is lost, and `onError` of the opener hears why. */
  send(packet: Uint8Array, port: number, address: string): void;
  close(): void;
}

export interface DatagramOptions {
  readonly what: string;
  /** Address to bind; 0.0.0.0 hears every interface. */
  readonly host: string;
  /** 0 is chosen by the system. */
  readonly port: number;
  readonly option: string;
  readonly onPacket: (packet: Uint8Array, source: Source) => void;
  readonly onError: (error: Error) => void;
}

/** Binds a UDP socket that may broadcast. Fails with a `LanyardError` that names the port and what to try. */
export function openDatagramPort(options: DatagramOptions): Promise<DatagramPort> {
  const { what, host, port, option, onPacket, onError } = options;
  const socket = createSocket({ type: 'udp4' });
  return new Promise((resolve, reject) => {
    const onBindError = (cause: Error): void => {
      socket.close();
      reject(bindError({ what, protocol: 'UDP', host, port, option }, cause));
    };
    socket.once('error', onBindError);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', onBindError);
      socket.on('error', onError);
      socket.on('message', (packet, { address, port: from }) => onPacket(packet, { address, port: from }));
      try {
        socket.setBroadcast(true);
      } catch (cause) {
        onBindError(new LanyardError('CANNOT_BIND', 'the socket may not broadcast', cause));
        return;
      }
      let open = true;
      resolve({
        send(packet, toPort, address) {
          if (!open) return;
          socket.send(packet, toPort, address, (error) => {
            if (error !== null && open) onError(error);
          });
        },
        close() {
          if (open) socket.close();
          open = false;
        },
      });
    });
  });
}
