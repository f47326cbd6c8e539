// A monitor made of the protocol alone, to see a master from its monitors' side: a listener, the handshake, and every message that
// comes. It asks, or misbehaves, only when the test says so.
import { createServer, type Server, type Socket } from 'node:net';
import type { DatagramPort } from '../../src/common/net/datagram.ts';
import { FramedConnection } from '../../src/common/net/framed-connection.ts';
import { Tag, type Message } from '../../src/common/protocol/messages.ts';
import { CONNECTION_ACK_BURST } from '../../src/common/protocol/discovery-messages.ts';
import type { Source } from '../../src/common/protocol/handshake.ts';
import { encodePacket } from '../../src/common/protocol/packet.ts';
import type { SlaveInfo } from '../../src/common/protocol/slave-info.ts';
import { openFakeDiscovery } from './fake-discovery.ts';
import { eventually } from './wait.ts';

const TRIES_MAX = 20;
const RETRY_MS = 500;
let instances = 0;
const open = new Set<FakeMonitor>();

/** Closes every fake monitor: for `after` and `afterEach`. */
export function closeFakeMonitors(): void {
  for (const monitor of open) monitor.close();
}

export interface FakeMonitorOptions {
  readonly instanceId?: string;
  /** What it says when a master says hello; a first request unless given. */
  readonly first?: Message | Uint8Array;
}

export class FakeMonitor {
  readonly instanceId: string;
  readonly messages: Message[] = [];
  /** Set by the first ACK or NAK. */
  answer: string | undefined;
  /** Why the last connection closed; undefined while it is open. */
  closedBy: string | undefined;
  socket: Socket | undefined;
  port = 0;
  readonly #first: Message | Uint8Array;
  #server: Server | undefined;
  #udp: DatagramPort | undefined;
  #connection: FramedConnection | undefined;

  private constructor({ instanceId, first = [Tag.SlavesRequest, 1] }: FakeMonitorOptions) {
    this.instanceId = instanceId ?? `monitor${process.pid.toString(16)}${(++instances).toString(16)}`;
    this.#first = first;
    open.add(this);
  }

  /** Waits to be dialled. */
  static async listen(options: FakeMonitorOptions = {}): Promise<FakeMonitor> {
    const monitor = new FakeMonitor(options);
    const server = createServer((socket) => monitor.#accept(socket));
    monitor.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    monitor.port = (server.address() as { port: number }).port;
    return monitor;
  }

  /** Shakes hands with a master; resolves when it is dialled, or refused (see `answer`). */
  static async join(discoveryPort: number, options: FakeMonitorOptions = {}): Promise<FakeMonitor> {
    const monitor = await FakeMonitor.listen(options);
    await monitor.#shakeHands(discoveryPort);
    if (!monitor.#isMet()) throw new Error('no master dialled the fake monitor, or said no');
    return monitor;
  }

  send(message: Message): void {
    this.#connection?.send(message);
  }

  /** Writes bytes that no encoder would make. */
  write(bytes: Uint8Array): void {
    this.socket?.write(bytes);
  }

  all<T extends Message[0]>(tag: T): Extract<Message, readonly [T, ...unknown[]]>[] {
    return this.messages.filter((message) => message[0] === tag) as Extract<Message, readonly [T, ...unknown[]]>[];
  }

  /** The slaves of the whole answer to this request; undefined until it is there. */
  answerTo(sequence: number): SlaveInfo[] | undefined {
    const pages = this.all(Tag.Slaves).filter(([, number]) => number === sequence);
    return pages.at(-1)?.[2] === true ? pages.flatMap(([, , , slaves]) => slaves) : undefined;
  }

  /** Goes away as a killed process does. */
  close(): void {
    open.delete(this);
    this.#udp?.close();
    this.#server?.close();
    this.#connection?.destroy('test over');
  }

  async #shakeHands(discoveryPort: number): Promise<void> {
    const [cluster, nonce, ports, { instanceId }] = ['lanyard', `nonce-${this.instanceId}`, [this.port], this];
    const heard: { master?: Source } = {};
    const udp = await openFakeDiscovery('fake monitor', (answer, source) => {
      this.answer = answer;
      if (answer === 'ack') heard.master = source;
    });
    this.#udp = udp;
    const request = encodePacket(cluster, { type: 'request', nonce, instanceId, kind: 'monitor' });
    const connect = encodePacket(cluster, { type: 'connect', nonce, instanceId, ports });
    // Many at once may overflow the master's socket: what is not answered is sent again.
    for (let tries = 0; tries < TRIES_MAX && !this.#isMet(); tries++) {
      const { master } = heard;
      if (master === undefined) udp.send(request, discoveryPort, '127.0.0.1');
      else for (let i = 0; i < CONNECTION_ACK_BURST; i++) udp.send(connect, master.port, master.address);
      const hasAnswered = (): boolean => heard.master !== master || this.#isMet();
      await eventually('an answer', hasAnswered, RETRY_MS).catch(() => undefined);
    }
  }

  /** Greeted, or told no. */
  #isMet(): boolean {
    return this.answer?.startsWith('nak') === true || this.messages.length > 0;
  }

  #accept(socket: Socket): void {
    this.socket = socket;
    this.closedBy = undefined;
    this.#connection = new FramedConnection(socket, {
      onMessage: (message) => this.#receive(message),
      onClose: (reason) => (this.closedBy ??= reason),
    });
  }

  #receive(message: Message): void {
    this.messages.push(message);
    if (message[0] !== Tag.Hello) return;
    if (this.#first instanceof Uint8Array) this.write(this.#first);
    else this.send(this.#first);
  }
}
