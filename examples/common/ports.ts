// A port for a master of its own.
import { createSocket } from 'node:dgram';

/** A UDP port that nobody has: the master of an example must not be found by the slaves of another. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
