// The TCP side of joining, without joining: three listeners as a slave has them, on which masters connect and say hello. Each is told
// goodbye as soon as it has (`call.ts`), so that it forgets this machine without a word.
import type { Socket } from 'node:net';
import { messageOf } from '../../common/errors.ts';
import { createLog } from '../../common/log.ts';
import { HELLO_TIMEOUT_MS, helloProblem, receiveStranger } from '../../common/net/greeting.ts';
import { listen, type Listener, type PortRange } from '../../common/net/listen.ts';
import { ROLES, type Role } from '../../common/protocol/messages.ts';
import { sleep, type Clock } from '../../common/time/clock.ts';
import { Call } from './call.ts';
import type { VisitFact } from './facts.ts';

const CONNECTIONS_MAX = 64;
/** A master that has not said hello everywhere gets this long to read the goodbye. */
const GOODBYE_MS = 300;

type Receive = (role: Role, socket: Socket) => void;

export class Visit {
  /** Why the slave's own range could not be used; then the ports are others. */
  readonly rangeProblem: string | undefined;
  readonly #listeners: readonly Listener[];
  readonly #clock: Clock;
  readonly #log = createLog('doctor', 'silent');
  readonly #calls = new Map<string, Call>();
  /** Connections per role, less those of which a master said hello. */
  readonly #strangers = new Map<Role, number>();

  private constructor(listeners: readonly Listener[], clock: Clock, rangeProblem: string | undefined) {
    this.#listeners = listeners;
    this.#clock = clock;
    this.rangeProblem = rangeProblem;
  }

  get ports(): readonly number[] {
    return this.#listeners.map(({ port }) => port);
  }

  /** Opens the listeners on `host`; in any ports when the range has no room. `nonce`: what the masters must repeat. */
  static async open(host: string, range: PortRange | undefined, nonce: string, clock: Clock): Promise<Visit> {
    let visit: Visit | undefined;
    const receive: Receive = (role, socket) => visit?.receive(role, socket, nonce);
    try {
      visit = new Visit(await openAll(host, range, receive), clock, undefined);
    } catch (error) {
      if (range === undefined) throw error;
      visit = new Visit(await openAll(host, undefined, receive), clock, messageOf(error));
    }
    return visit;
  }

  /** A master promised a place. Whether it is to be told the ports: then it has `limitMs` to say hello on them. */
  expect(masterId: string, limitMs: number): boolean {
    const call = this.#calls.get(masterId);
    if (call !== undefined) return call.again();
    this.#calls.set(masterId, new Call(this.#clock, limitMs));
    return true;
  }

  /** Once every master that is expected has come and gone, or had its time. */
  async settled(): Promise<void> {
    for (;;) {
      const open = [...this.#calls.values()].filter(({ isOver }) => !isOver);
      if (open.length === 0) return;
      await Promise.all(open.map(({ over }) => over));
    }
  }

  /** How that master did. */
  factsOf(masterId: string): Pick<VisitFact, 'ports' | 'greeted' | 'connected' | 'heard'> {
    const { greeted, heard } = this.#calls.get(masterId) ?? { greeted: new Set<Role>(), heard: undefined };
    const connected = ROLES.filter((role) => greeted.has(role) || (this.#strangers.get(role) ?? 0) > 0);
    return { ports: this.ports, greeted: [...greeted], connected, ...(heard !== undefined && { heard }) };
  }

  /** Says goodbye and closes everything. */
  async end(): Promise<void> {
    const calls = [...this.#calls.values()];
    const isAnyOpen = calls.map((call) => call.end()).includes(true);
    if (isAnyOpen) await sleep(GOODBYE_MS);
    for (const call of calls) call.destroy();
    for (const listener of this.#listeners) listener.close();
  }

  private receive(role: Role, socket: Socket, nonce: string): void {
    this.#countStranger(role, 1);
    receiveStranger(socket, {
      clock: this.#clock,
      log: this.#log,
      greet: (hello, connection) => {
        const problem = helloProblem(hello, ROLES.indexOf(role), [nonce]);
        if (problem !== undefined) return problem;
        const call = this.#calls.get(hello[3]);
        if (call === undefined) return 'a master that was not told the ports';
        this.#countStranger(role, -1);
        call.greet(role, connection, socket);
        return undefined;
      },
    });
  }

  #countStranger(role: Role, by: number): void {
    this.#strangers.set(role, (this.#strangers.get(role) ?? 0) + by);
  }
}

/** How long a master that connects has to say hello. */
export const VISIT_MS = HELLO_TIMEOUT_MS;

async function openAll(host: string, range: PortRange | undefined, receive: Receive): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const role of ROLES) {
      const onConnection = (socket: Socket): void => receive(role, socket);
      listeners.push(
        await listen({ what: `${role} socket`, host, range, connectionsMax: CONNECTIONS_MAX, onConnection }),
      );
    }
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
}
