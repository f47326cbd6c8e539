// Opens the three TCP connections to a slave, says hello on each, and waits for its capabilities: all of it in time or not at
// all. A connection attempt that gets no answer is given up early and tried afresh, since a lost SYN is repeated only after 1 s.
import { connect, type Socket } from 'node:net';
import { FramedConnection } from '../../common/net/framed-connection.ts';
import { ROLES, Tag, type Role, type SlaveCapabilities } from '../../common/protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../common/protocol/version.ts';
import type { Clock } from '../../common/time/clock.ts';
import { SlaveLink } from './slave-link.ts';

/** One try of one connection. */
const TRY_MS = 700;

export interface DialTarget {
  readonly address: string;
  /** In the order of ROLES. */
  readonly ports: readonly number[];
  readonly nonce: string;
  readonly masterId: string;
  /** Counts the dials of one session: a later one replaces the sockets of an earlier one. */
  readonly dial: number;
  readonly timeoutMs: number;
}

export type Dialled =
  | { readonly ok: true; readonly link: SlaveLink; readonly capabilities: SlaveCapabilities }
  /** `refused`: somebody at that address said no, so the slave that we knew is not there. Otherwise nobody answered in time. */
  | { readonly ok: false; readonly refused: boolean; readonly reason: string };

export function dialSlave(target: DialTarget, clock: Clock): Promise<Dialled> {
  return new Promise((resolve) => new Dial(target, clock, resolve).start());
}

class Dial {
  readonly #target: DialTarget;
  readonly #clock: Clock;
  readonly #resolve: (dialled: Dialled) => void;
  readonly #connections = new Map<Role, FramedConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #deadlineMs: number;
  #capabilities: SlaveCapabilities | undefined;
  #over = false;

  constructor(target: DialTarget, clock: Clock, resolve: (dialled: Dialled) => void) {
    this.#target = target;
    this.#clock = clock;
    this.#deadlineMs = clock.nowMs() + target.timeoutMs;
    this.#resolve = resolve;
  }

  start(): void {
    const timer = this.#clock.after(this.#target.timeoutMs, () => {
      this.#fail(false, `no complete connection within ${this.#target.timeoutMs.toString()} ms`);
    });
    const { ports } = this.#target;
    ROLES.forEach((role, i) => {
      const port = ports[i];
      if (port === undefined) this.#fail(true, `the node named ${ports.length.toString()} ports, expected 3`);
      else this.#try(role, port);
    });
    if (this.#over) timer.cancel();
  }

  #try(role: Role, port: number): void {
    if (this.#over) return;
    const socket = connect({ host: this.#target.address, port, noDelay: true });
    this.#sockets.add(socket);
    const again = this.#clock.after(TRY_MS, () => {
      this.#sockets.delete(socket);
      socket.destroy();
      if (this.#clock.nowMs() < this.#deadlineMs) this.#try(role, port);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      again.cancel();
      if (this.#sockets.has(socket) && !this.#connections.has(role)) this.#fail(isRefusal(error), error.message);
    });
    socket.once('connect', () => {
      again.cancel();
      this.#greet(role, socket);
    });
  }

  #greet(role: Role, socket: Socket): void {
    const { nonce, masterId, dial } = this.#target;
    const connection = new FramedConnection(socket, {
      onMessage: (message) => {
        if (role !== 'load' || message[0] !== Tag.Capabilities) return;
        this.#capabilities = message[1];
        this.#complete();
      },
      onClose: (reason) => this.#fail(false, `${role} socket: ${reason}`),
    });
    this.#connections.set(role, connection);
    const { major, minor } = PROTOCOL_VERSION;
    connection.send([Tag.Hello, ROLES.indexOf(role), nonce, masterId, dial, major, minor]);
    this.#complete();
  }

  #complete(): void {
    const [load, dispatch, results] = ROLES.map((role) => this.#connections.get(role));
    const capabilities = this.#capabilities;
    if (this.#over || capabilities === undefined || !load || !dispatch || !results) return;
    this.#over = true;
    this.#resolve({ ok: true, link: new SlaveLink({ load, dispatch, results }), capabilities });
  }

  #fail(refused: boolean, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    for (const connection of this.#connections.values()) connection.destroy(reason);
    for (const socket of this.#sockets) socket.destroy();
    this.#resolve({ ok: false, refused, reason });
  }
}

function isRefusal({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
