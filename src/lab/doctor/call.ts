// One master's call at this machine: it says hello on the three ports, and is sent a large message and a Leave at once, so that its place is
// free again. A master that heard them ends the connections; one that does not had hellos pass in its own direction only.
import type { Socket } from 'node:net';
import { JOIN_TIMEOUT_MS } from '../../common/net/discovery-client.ts';
import type { FramedConnection } from '../../common/net/framed-connection.ts';
import { ROLES, Tag, type Role } from '../../common/protocol/messages.ts';
import { randomToken } from '../../common/random/random.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';

/** More than a packet of Ethernet holds. */
const PADDING_BYTES = 4096;
/** A master that knows this Leave has ended the connections by then. An older one ignores it, but not a frame that is none. */
const LEAVE_MS = 2000;
/** After which what was sent counts as lost, the frame that is none included. */
const HEARING_MS = 3500;
/** Whoever gives up dialling closes as well, which proves nothing: less than its time limit by this. */
const SLACK_MS = 250;
/** A frame longer than any may be. */
const NO_FRAME = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
/** A place that is promised again is given back again, so many times. */
const TELLINGS_MAX = 8;

export class Call {
  readonly greeted = new Set<Role>();
  /** Whether the master has heard what this machine sent; undefined when that cannot be told. */
  heard: boolean | undefined;
  readonly over: Promise<void>;
  readonly #clock: Clock;
  readonly #toldAtMs: number;
  readonly #open = new Map<Role, FramedConnection>();
  #load: Socket | undefined;
  #state: 'greeting' | 'leaving' | 'over' = 'greeting';
  #timers: Timer[];
  #tellings = 1;
  #end: () => void = () => undefined;

  /** The master is told the ports now, and has `limitMs` for its hellos. */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#toldAtMs = clock.nowMs();
    this.over = new Promise((resolve) => (this.#end = resolve));
    this.#timers = [clock.after(limitMs, () => this.#finish(undefined))];
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Whether it is to be told the ports once more: it promised a place again after this machine had left. */
  again(): boolean {
    return this.#state !== 'greeting' && ++this.#tellings <= TELLINGS_MAX;
  }

  /** The master has said hello. */
  greet(role: Role, connection: FramedConnection, socket: Socket): void {
    this.greeted.add(role);
    this.#open.set(role, connection);
    connection.adopt({
      onMessage: () => undefined,
      onClose: () => {
        if (this.#open.get(role) === connection) this.#open.delete(role);
        // In order would have been an end first.
        if (role === 'load' && this.#state === 'leaving') this.#finish(false);
      },
    });
    if (role === 'load') {
      // Ahead of the connection's own listener, which closes.
      socket.prependOnceListener('end', () => {
        if (this.#state === 'leaving') this.#finish(this.#clock.nowMs() < this.#givesUpAtMs ? true : undefined);
      });
      this.#load = socket;
    }
    if (this.#open.size === ROLES.length) this.#leave();
  }

  get #givesUpAtMs(): number {
    return this.#toldAtMs + JOIN_TIMEOUT_MS - SLACK_MS;
  }

  /** Says goodbye to a master that has not said hello everywhere; whether there is any to say it to. */
  end(): boolean {
    this.#finish(this.heard);
    this.#open.get('load')?.send([Tag.Leave]);
    return this.#open.size > 0;
  }

  destroy(): void {
    for (const connection of this.#open.values()) connection.destroy('the visit is over');
  }

  #leave(): void {
    const connection = this.#open.get('load');
    // A result before the join means nothing to any master, but comes first: who heard the Leave has heard all of it.
    if (this.#state === 'greeting')
      connection?.send([Tag.Result, 'doctor', 0, 0, randomToken(PADDING_BYTES / 2), 0, false]);
    connection?.send([Tag.Leave]);
    connection?.flush();
    if (this.#state !== 'greeting') return;
    this.#state = 'leaving';
    this.#cancel();
    const restMs = this.#givesUpAtMs - this.#clock.nowMs();
    this.#timers = [
      this.#clock.after(LEAVE_MS, () => this.#load?.write(NO_FRAME)),
      this.#clock.after(Math.max(0, Math.min(HEARING_MS, restMs)), () =>
        this.#finish(restMs > LEAVE_MS ? false : undefined),
      ),
    ];
  }

  #finish(heard: boolean | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.heard = heard;
    this.#cancel();
    this.#end();
  }

  #cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}
