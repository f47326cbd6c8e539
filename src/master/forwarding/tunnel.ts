// The master's end of a tunnel: a connection to a slave's forwarding port that leads to one of its services once the slave has said so.
// In the form of a connector of undici: what it gives is used like a connection to the service itself.
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { receiveFirstMessage } from '../../common/net/first-message.ts';
import { encodeBatch } from '../../common/protocol/framing.ts';
import { Tag, TUNNEL_ROLE, type Message } from '../../common/protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../common/protocol/version.ts';
import { printable } from '../../common/text/printable.ts';
import type { Clock } from '../../common/time/clock.ts';

/** Where a tunnel begins, and what the slave lets it through by: the nonce and the ids of the link that stands now. */
export interface TunnelTarget {
  readonly address: string;
  /** `Capabilities.forwardPort` */
  readonly port: number;
  readonly nonce: string;
  readonly masterId: string;
  readonly dial: number;
  readonly service: string;
}

/** There is no tunnel, so nothing of the request was sent. */
export class NoTunnel extends Error {
  override readonly name = 'NoTunnel';
  readonly code = 'NO_TUNNEL';
  readonly nothingWasSent = true;
}

export interface TunnelParts {
  readonly clock: Clock;
  /** For the connection and the slave's answer together. */
  readonly limitMs: number;
}

/** Called once; the socket is connected to the service, nothing of it has been read. */
export type TunnelCallback = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void;

/** A connector; what undici says about where to connect to means nothing to it. */
export type TunnelConnector = (options: unknown, callback: TunnelCallback) => void;

/** How long a connection must have been silent before the system asks whether the other end is still there. */
const KEEP_ALIVE_MS = 60_000;
/** As undici's own connections. */
const BUFFER_BYTES = 64 * 1024;
const REASON_CHARS_MAX = 200;

/** `target` is asked for each tunnel, since a link may be dialled again meanwhile; undefined: there is no link just now. */
export function tunnelConnector(target: () => TunnelTarget | undefined, parts: TunnelParts): TunnelConnector {
  return (_options, callback) => {
    const to = target();
    if (to === undefined) queueMicrotask(() => callback(new NoTunnel('there is no link to the slave just now'), null));
    else openTunnel(to, parts, callback);
  };
}

function openTunnel(target: TunnelTarget, { clock, limitMs }: TunnelParts, callback: TunnelCallback): void {
  const { address: host, port, service, nonce, masterId, dial } = target;
  const options: TcpNetConnectOpts & { highWaterMark: number } = {
    host,
    port,
    noDelay: true,
    highWaterMark: BUFFER_BYTES,
  };
  const socket = connect(options);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const fail = (reason: string): void => {
    const where = `no tunnel to ${service} at ${host}:${port.toString()}`;
    callback(new NoTunnel(`${where}: ${printable(reason, REASON_CHARS_MAX)}`), null);
  };
  receiveFirstMessage(
    socket,
    { clock, limitMs },
    {
      onMessage: (message) => {
        if (message[0] === Tag.TunnelOpen) callback(null, socket);
        else {
          socket.on('error', () => undefined).destroy();
          fail(message[0] === Tag.Rejected ? message[1] : `unexpected message ${message[0].toString()}`);
        }
      },
      onProblem: fail,
    },
  );
  const { major, minor } = PROTOCOL_VERSION;
  write(socket, [Tag.Hello, TUNNEL_ROLE, nonce, masterId, dial, major, minor, service]);
}

/** Kept in the socket until it is connected. */
function write(socket: Socket, message: Message): void {
  for (const frame of encodeBatch([message]).frames) socket.write(frame);
}
