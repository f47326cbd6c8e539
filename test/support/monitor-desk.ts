// A monitor's session with masters at the other end of real sockets, and a clock turned by hand.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Log } from '../../src/common/log.ts';
import { FramedConnection } from '../../src/common/net/framed-connection.ts';
import { MONITOR_ROLE, Tag, type Message } from '../../src/common/protocol/messages.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { Session } from '../../src/monitor/session.ts';
import { slaveInfo } from './slave-info.ts';
import { eventually } from './wait.ts';

export const POLL_MS = 2000;

/** A master at the other end: what it was sent, and whether it is still connected. */
export class Peer {
  readonly messages: Message[] = [];
  readonly socket: Socket;
  readonly connection: FramedConnection;
  closed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.connection = new FramedConnection(this.socket, {
      onMessage: (message) => this.messages.push(message),
      onClose: () => (this.closed = true),
    });
  }

  /** Numbers of the requests that came. */
  get asked(): number[] {
    return this.messages.map((message) => (message[0] === Tag.SlavesRequest ? message[1] : -1));
  }

  send(...messages: Message[]): void {
    for (const message of messages) this.connection.send(message);
  }

  answer(sequence: number, ...ids: string[]): void {
    this.send([Tag.Slaves, sequence, true, ids.map((id) => slaveInfo(id))]);
  }

  /** The same, by a master that began so long ago. */
  answerUp(upMs: number, sequence: number, ...ids: string[]): void {
    this.send([Tag.Slaves, sequence, true, ids.map((id) => slaveInfo(id)), upMs]);
  }
}

interface PartialHello {
  readonly role?: number;
  readonly nonce?: string;
  readonly masterId?: string;
  readonly major?: number;
}

export class MonitorDesk {
  readonly clock = new ManualClock();
  /** What was asked of the search, and log lines with their level. */
  readonly calls: string[] = [];
  /** Names of each list that was told. */
  readonly told: (readonly string[])[] = [];
  readonly session: Session;
  /** Of the search under way. */
  nonce: string | undefined = 'n1';
  readonly #server: Server;
  readonly #peers: Peer[] = [];

  private constructor(pollIntervalMs: number) {
    const note =
      (name: string) =>
      (...args: unknown[]): void =>
        void this.calls.push([name, args.at(-1)].filter(Boolean).join(' '));
    const discovery = { nonce: '', search: note('search'), settle: note('settle'), close: note('close') };
    Object.defineProperty(discovery, 'nonce', { get: () => this.nonce });
    const log = { debug: note('debug'), info: note('info'), warn: note('warn') } as unknown as Log;
    this.session = new Session({
      ...{ clock: this.clock, log, discovery, pollIntervalMs },
      onSlaves: (slaves) => this.told.push(slaves.map(({ name }) => name)),
    });
    this.#server = createServer((socket) => this.session.receive(socket));
  }

  static async open(pollIntervalMs = POLL_MS): Promise<MonitorDesk> {
    const desk = new MonitorDesk(pollIntervalMs);
    await new Promise<void>((resolve) => desk.#server.listen(0, '127.0.0.1', resolve));
    return desk;
  }

  close(): void {
    this.session.leave();
    for (const { connection } of this.#peers) connection.destroy('test over');
    this.#server.close();
  }

  /** Connects, and says nothing. */
  stranger(): Peer {
    const peer = new Peer((this.#server.address() as { port: number }).port);
    this.#peers.push(peer);
    return peer;
  }

  /** Connects as a master and says hello; fields of the hello may be other than right. */
  dial({ role = MONITOR_ROLE, nonce = 'n1', masterId = 'm1', major = 1 }: PartialHello = {}): Peer {
    const peer = this.stranger();
    peer.send([Tag.Hello, role, nonce, masterId, 1, major, 1]);
    return peer;
  }

  /** A master that was asked for the first time. */
  async greeted(masterId = 'm1'): Promise<Peer> {
    const peer = this.dial({ masterId });
    await eventually('a request', () => peer.asked.length > 0);
    return peer;
  }

  /** A master that has told these slaves. */
  async joined(masterId: string, ...ids: string[]): Promise<Peer> {
    const peer = await this.greeted(masterId);
    peer.answer(1, ...ids);
    await eventually('it has joined', () => this.session.joined);
    this.clock.advance(0);
    return peer;
  }

  get known(): readonly string[] | undefined {
    return this.session.slaves?.map(({ name }) => name);
  }

  /** Waits until exactly these are known, and have been told. */
  async knows(...names: string[]): Promise<void> {
    await eventually(`it knows ${names.join()}`, () => this.known?.join() === names.join());
    this.clock.advance(0);
    expect(this.told.at(-1)).to.deep.equal(names);
  }

  async lost(peer: Peer): Promise<void> {
    peer.connection.destroy('gone');
    await eventually('it notices', () => !this.session.joined);
  }

  async turnedAway(peer: Peer): Promise<void> {
    await eventually('the connection is closed', () => peer.closed);
    expect(peer.messages).to.deep.equal([]);
  }

  /** Lets the time for the next poll come, waits for the request, and answers it. */
  async answersNext(peer: Peer, ...ids: string[]): Promise<void> {
    const before = peer.asked.length;
    this.clock.advance(POLL_MS);
    await eventually('a request', () => peer.asked.length > before);
    peer.answer(peer.asked.at(-1)!, ...ids);
  }
}
