// Opens the TCP connections to a node, says hello on each, and waits for what the node says of itself: all of it in time or not at
// all. A connection attempt that gets no answer is given up early and tried afresh, since a lost SYN is repeated only after 1 s.
import { connect, type Socket } from 'node:net';
import { FramedConnection } from '../../common/net/framed-connection.ts';
import { Tag, type Message } from '../../common/protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../common/protocol/version.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';

/** One try of one connection. */
const TRY_MS = 700;

export interface DialTarget {
  readonly address: string;
  /** In the order of the introduction's roles. */
  readonly ports: readonly number[];
  readonly nonce: string;
  readonly masterId: string;
  /** Counts the dials of one session: a later one replaces the sockets of an earlier one. */
  readonly dial: number;
  readonly timeoutMs: number;
}

/** How a kind of node is met: one connection per role `R`, and `T`, the first that it says. */
export interface Introduction<R extends string, T> {
  /** Names for messages, numbers for the hello. */
  readonly roles: readonly (readonly [name: R, number: number])[];
  /** What the node says of itself; undefined when this message is something else. */
  readonly read: (role: R, message: Message) => T | undefined;
  /** Given: it may say nothing else, and in so many bytes. */
  readonly bytesMax?: number;
}

export type Dialled<R extends string, T> =
  | { readonly ok: true; readonly connections: Readonly<Record<R, FramedConnection>>; readonly said: T }
  /** `refused`: somebody at that address said no, so the node that we knew is not there. Otherwise nobody answered in time. */
  | { readonly ok: false; readonly refused: boolean; readonly reason: string };

/** Never rejects. Whoever gets the connections takes them over (`adopt`) in the same tick. */
export function dial<R extends string, T>(
  target: DialTarget,
  introduction: Introduction<R, T>,
  clock: Clock,
): Promise<Dialled<R, T>> {
  return new Promise((resolve) => new Dial(target, introduction, clock, resolve).start());
}

class Dial<R extends string, T> {
  readonly #target: DialTarget;
  readonly #introduction: Introduction<R, T>;
  readonly #clock: Clock;
  readonly #resolve: (dialled: Dialled<R, T>) => void;
  readonly #connections = new Map<R, FramedConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #deadlineMs: number;
  #timer: Timer | undefined;
  #said: T | undefined;
  #bytes = 0;
  #over = false;

  constructor(
    target: DialTarget,
    introduction: Introduction<R, T>,
    clock: Clock,
    resolve: (dialled: Dialled<R, T>) => void,
  ) {
    this.#target = target;
    this.#introduction = introduction;
    this.#clock = clock;
    this.#deadlineMs = clock.nowMs() + target.timeoutMs;
    this.#resolve = resolve;
  }

  start(): void {
    const { ports, timeoutMs } = this.#target;
    const { roles } = this.#introduction;
    if (ports.length < roles.length) {
      this.#fail(true, `the node named ${ports.length.toString()} ports, expected ${roles.length.toString()}`);
      return;
    }
    this.#timer = this.#clock.after(timeoutMs, () => {
      this.#fail(false, `no complete connection within ${timeoutMs.toString()} ms`);
    });
    roles.forEach(([role, number], i) => this.#try(role, number, ports[i] ?? 0));
  }

  #try(role: R, number: number, port: number): void {
    if (this.#over) return;
    const socket = connect({ host: this.#target.address, port, noDelay: true });
    this.#sockets.add(socket);
    const again = this.#clock.after(TRY_MS, () => {
      this.#sockets.delete(socket);
      socket.destroy();
      if (this.#clock.nowMs() < this.#deadlineMs) this.#try(role, number, port);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      again.cancel();
      if (this.#sockets.has(socket) && !this.#connections.has(role)) this.#fail(isRefusal(error), error.message);
    });
    socket.once('connect', () => {
      again.cancel();
      this.#greet(role, number, socket);
    });
  }

  #greet(role: R, number: number, socket: Socket): void {
    const { nonce, masterId, dial } = this.#target;
    const connection = new FramedConnection(socket, {
      onMessage: (message) => this.#hear(role, message),
      onClose: (reason) => this.#fail(false, `${role} socket: ${reason}`),
      onBytes: (count) => this.#count(count),
    });
    this.#connections.set(role, connection);
    const { major, minor } = PROTOCOL_VERSION;
    connection.send([Tag.Hello, number, nonce, masterId, dial, major, minor]);
    this.#complete();
  }

  #hear(role: R, message: Message): void {
    const { read, bytesMax } = this.#introduction;
    const said = read(role, message);
    if (said === undefined && bytesMax !== undefined) this.#fail(false, `unexpected message ${message[0].toString()}`);
    if (said !== undefined) this.#said = said;
    this.#complete();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > (this.#introduction.bytesMax ?? Infinity)) this.#fail(false, 'the node says too much');
  }

  #complete(): void {
    const said = this.#said;
    if (this.#over || said === undefined || this.#connections.size < this.#introduction.roles.length) return;
    const connections = Object.fromEntries(this.#connections) as Record<R, FramedConnection>;
    this.#end({ ok: true, connections, said });
  }

  #fail(refused: boolean, reason: string): void {
    if (this.#over) return;
    this.#end({ ok: false, refused, reason });
    for (const connection of this.#connections.values()) connection.destroy(reason);
    for (const socket of this.#sockets) socket.destroy();
  }

  #end(dialled: Dialled<R, T>): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#resolve(dialled);
  }
}

function isRefusal({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
