// TCP listeners, optionally inside a fixed range of ports so that a firewall can let them through.
import { createServer, type Server, type Socket } from 'node:net';
import { LanyardError } from '../errors.ts';
import { bindError } from './bind-errors.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface Listener {
  readonly port: number;
  close(): void;
}

export interface ListenOptions {
  readonly what: string;
  readonly host: string;
  readonly range: PortRange | undefined;
  /** The port to try, instead of a range; 0, as absent: `range`, or chosen by the system. */
  readonly port?: number;
  /** The option that chooses the port, for errors; `--port-range` unless given. */
  readonly option?: string;
  /** The option that chooses the host, for errors, if there is one. */
  readonly hostOption?: string;
  readonly connectionsMax: number;
  /** A connection of which one side has ended may go on the other way. */
  readonly allowHalfOpen?: boolean;
  /** Of each connection, both ways; as usual unless given. */
  readonly bufferBytes?: number;
  readonly onConnection: (socket: Socket) => void;
}

/** Listens on `port`, on a port chosen by the system, or on the first free one of `range`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { range, what, host, port: only = 0 } = options;
  if (range === undefined || only !== 0) return tryListen(options, only);
  for (let port = range.first; port <= range.last; port++) {
    try {
      return await tryListen(options, port);
    } catch (error) {
      if (!isInUse(error)) throw error;
    }
  }
  const ports = `${range.first.toString()}-${range.last.toString()}`;
  throw new LanyardError(
    'CANNOT_BIND',
    `${what}: no TCP port is left in --port-range ${ports} on ${host}; those that this node did not get are in use`,
  );
}

function isInUse(error: unknown): boolean {
  const cause = error instanceof LanyardError ? error.cause : error;
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}

function tryListen(options: ListenOptions, port: number): Promise<Listener> {
  const { what, host, connectionsMax, onConnection, option = '--port-range', hostOption } = options;
  const { allowHalfOpen = false, bufferBytes } = options;
  const binding = {
    what,
    protocol: 'TCP',
    host,
    port,
    option,
    ...(hostOption !== undefined && { hostOption }),
  } as const;
  const server: Server = createServer(
    { noDelay: true, allowHalfOpen, ...(bufferBytes !== undefined && { highWaterMark: bufferBytes }) },
    onConnection,
  );
  server.maxConnections = connectionsMax;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(bindError(binding, cause)));
    server.listen({ host, port }, () => {
      // A connection that cannot be accepted (too many open files) costs itself only.
      server.on('error', () => undefined);
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () => void server.close(),
      });
    });
  });
}
