// Free discovery ports for clusters on loopback, so that test files and developers' own clusters do not meet.
import { createSocket } from 'node:dgram';

// Below the range from which systems choose ports by themselves.
const FIRST = 20_000;
const COUNT = 10_000;

/** A UDP port that is free on loopback's own and broadcast address. */
export async function freeDiscoveryPort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if ((await isFree('127.0.0.1', port)) && (await isFree('127.255.255.255', port))) return port;
  }
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    // Elsewhere than on Linux a broadcast address cannot be bound at all.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => socket.close(() => resolve(code === 'EADDRNOTAVAIL')));
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
