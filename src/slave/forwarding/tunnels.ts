// The slave's end of tunnels: who connects must be the master that this slave has, and reaches the services of this slave and nothing
// else. From then on bytes go both ways; what they mean is not looked at.
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Log } from '../../common/log.ts';
import { receiveFirstMessage } from '../../common/net/first-message.ts';
import { HELLO_TIMEOUT_MS } from '../../common/net/greeting.ts';
import { encodeBatch } from '../../common/protocol/framing.ts';
import { Tag, TUNNEL_ROLE, type Hello, type Message } from '../../common/protocol/messages.ts';
import { negotiate, PROTOCOL_VERSION } from '../../common/protocol/version.ts';
import type { Place } from '../../common/services/looks.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import { breakOff, joinSockets } from './joined-sockets.ts';

/** So many may be about to say hello; one more, and the one that has been silent for longest is closed: the master says it at once. */
export const SILENT_MAX = 256;
/** So long a service may take to accept a connection. */
const CONNECT_MS = 3000;
/** Beside twice its slots, so many tunnels may lead to one service: those that end, and those that wait for a request. */
const TUNNELS_BESIDE_MAX = 16;
/** While this slave leaves, a request that the master sent on its way before it knew may need a tunnel within this time. */
const CROSSING_MS = 300;
const KEEP_ALIVE_MS = 60_000;
export const BUFFER_BYTES = 64 * 1024;

/** The link to the master that stands now. */
export interface LinkFacts {
  readonly nonce: string;
  readonly masterId: string;
  /** Of the master, as its sockets show it. */
  readonly address: string;
}

export interface TunnelService extends Place {
  readonly slots: number;
}

export interface TunnelsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly link: () => LinkFacts | undefined;
  readonly service: (name: string) => TunnelService | undefined;
}

/** One of them; destroying either socket ends it. */
interface Tunnel {
  readonly socket: Socket;
  readonly service: string;
  readonly nonce: string;
  readonly masterId: string;
}

export class Tunnels {
  readonly #parts: TunnelsParts;
  readonly #silent = new Set<Socket>();
  readonly #open = new Set<Tunnel>();
  readonly counters = { opened: 0, refused: 0 };
  #onQuiet: (() => void) | undefined;
  #quiet: Timer | undefined;

  constructor(parts: TunnelsParts) {
    this.#parts = parts;
  }

  get open(): number {
    return this.#open.size;
  }

  /** A new socket on the forwarding port; it must allow half-open. */
  receive(socket: Socket): void {
    const { clock, link } = this.#parts;
    if (socket.remoteAddress === undefined || socket.remoteAddress !== link()?.address) {
      this.#turnAway(socket, 'not from the address of the master');
      return;
    }
    this.#silent.add(socket);
    const [longest] = this.#silent;
    if (this.#silent.size > SILENT_MAX && longest !== undefined) {
      this.#silent.delete(longest);
      longest.destroy();
    }
    receiveFirstMessage(
      socket,
      { clock, limitMs: HELLO_TIMEOUT_MS },
      {
        onMessage: (message) => {
          this.#silent.delete(socket);
          this.#greet(socket, message);
        },
        onProblem: (reason) => {
          this.#silent.delete(socket);
          this.#turnAway(socket, reason);
        },
      },
    );
  }

  /** A link stands: tunnels of any other end. */
  keepOnly({ nonce, masterId }: Pick<LinkFacts, 'nonce' | 'masterId'>): void {
    for (const tunnel of this.#open)
      if (tunnel.nonce !== nonce || tunnel.masterId !== masterId) breakOff(tunnel.socket);
  }

  /** Resolves when none has been open for a moment. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      this.#awaitQuiet();
    });
  }

  /** Ends all of them at once. */
  close(): void {
    this.#quiet?.cancel();
    for (const socket of this.#silent) socket.destroy();
    for (const { socket } of this.#open) breakOff(socket);
  }

  #greet(socket: Socket, message: Message): void {
    const { link, service } = this.#parts;
    const known = link();
    if (message[0] !== Tag.Hello || known === undefined) {
      this.#turnAway(socket, 'no hello, or no master to say one');
      return;
    }
    const problem = helloProblem(message, known);
    if (problem !== undefined) {
      this.#turnAway(socket, problem);
      return;
    }
    const name = message[7] ?? '';
    const to = service(name);
    if (to === undefined) this.#reject(socket, `this slave does not serve ${name}`);
    else if (this.#count(name) >= 2 * to.slots + TUNNELS_BESIDE_MAX)
      this.#reject(socket, `too many tunnels to ${name}: ${this.#count(name).toString()}`);
    else this.#lead({ socket, service: name, nonce: known.nonce, masterId: known.masterId }, to);
  }

  #count(name: string): number {
    let count = 0;
    for (const { service } of this.#open) if (service === name) count++;
    return count;
  }

  /** Connects to the service and says so to the master, who has sent nothing before that. */
  #lead(tunnel: Tunnel, { hostname: host, port }: TunnelService): void {
    const { socket } = tunnel;
    this.#open.add(tunnel);
    this.#quiet?.cancel();
    const options: TcpNetConnectOpts & { highWaterMark: number } = {
      ...{ host, port, noDelay: true, allowHalfOpen: true, highWaterMark: BUFFER_BYTES },
    };
    const service = connect(options);
    const over = (): void => {
      this.#open.delete(tunnel);
      this.#awaitQuiet();
    };
    const fail = (reason: string): void => {
      late.cancel();
      service
        .off('error', onError)
        .on('error', () => undefined)
        .destroy();
      socket.off('close', onGone);
      this.#reject(socket, reason);
      over();
    };
    const at = `${tunnel.service} at ${host}:${port.toString()}`;
    const late = this.#parts.clock.after(CONNECT_MS, () =>
      fail(`${at} accepts no connection within ${CONNECT_MS.toString()} ms`),
    );
    const onError = (error: Error): void => fail(`${at}: ${error.message}`);
    const onGone = (): void => fail('the master went away');
    socket.on('error', () => undefined).once('close', onGone);
    service.on('error', onError);
    service.once('connect', () => {
      late.cancel();
      service.off('error', onError);
      socket.off('close', onGone);
      for (const end of [socket, service]) end.setKeepAlive(true, KEEP_ALIVE_MS);
      this.counters.opened++;
      send(socket, [Tag.TunnelOpen]);
      joinSockets(socket, service, over);
    });
  }

  /** To the master: it is told why. */
  #reject(socket: Socket, reason: string): void {
    const { log } = this.#parts;
    this.counters.refused++;
    log.debug({ reason }, 'tunnel refused');
    if (socket.destroyed) return;
    send(socket, [Tag.Rejected, reason]);
    socket.on('error', () => undefined).end(() => socket.destroy());
  }

  /** To a stranger: he is told nothing. */
  #turnAway(socket: Socket, problem: string): void {
    this.counters.refused++;
    this.#parts.log.debug({ from: socket.remoteAddress, problem }, 'connection turned away');
    socket.on('error', () => undefined).destroy();
  }

  #awaitQuiet(): void {
    this.#quiet?.cancel();
    if (this.#onQuiet !== undefined && this.#open.size === 0)
      this.#quiet = this.#parts.clock.after(CROSSING_MS, this.#onQuiet);
  }
}

function send(socket: Socket, message: Message): void {
  for (const frame of encodeBatch([message]).frames) socket.write(frame);
}

function helloProblem([, role, nonce, masterId, , major, minor]: Hello, link: LinkFacts): string | undefined {
  if (role !== TUNNEL_ROLE) return 'hello for something else on the forwarding port';
  if (negotiate(PROTOCOL_VERSION, { major, minor }) === undefined) return 'wrong protocol version';
  if (nonce !== link.nonce) return 'unknown nonce';
  return masterId === link.masterId ? undefined : 'another master';
}
