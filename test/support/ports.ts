// Free ports on loopback for what a test starts a moment later, so that test files and developers' own clusters do not meet.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// Below the range from which systems choose ports by themselves: nobody who asks for any port gets one of these meanwhile.
const FIRST = 20_000;
const COUNT = 10_000;

/** A UDP port that is free on loopback's own and broadcast address. */
export async function freeDiscoveryPort(): Promise<number> {
  for (;;) {
    const port = anyPort();
    if ((await isFree('127.0.0.1', port)) && (await isFree('127.255.255.255', port))) return port;
  }
}

/** A TCP port that is free on loopback. */
export async function freeTcpPort(): Promise<number> {
  for (;;) {
    const port = anyPort();
    if (await canListen(port)) return port;
  }
}

function anyPort(): number {
  return FIRST + Math.floor(Math.random() * COUNT);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    // Elsewhere than on Linux a broadcast address cannot be bound at all.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => socket.close(() => resolve(code === 'EADDRNOTAVAIL')));
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
