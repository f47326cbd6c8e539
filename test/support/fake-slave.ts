// A slave made of the protocol alone, to see a real ./master from its slaves' side: it joins like any other, keeps every message,
// and answers only what the test tells it to answer.
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { DatagramPort } from '../../src/common/net/datagram.ts';
import { FramedConnection } from '../../src/common/net/framed-connection.ts';
import {
  ROLES,
  Tag,
  type GroupOffer,
  type LoadReport,
  type Message,
  type Role,
  type SlaveCapabilities,
  type TaskMessage,
} from '../../src/common/protocol/messages.ts';
import { encodePacket } from '../../src/common/protocol/packet.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../../src/common/task-types/registry.ts';
import { openFakeDiscovery } from './fake-discovery.ts';
import { eventually } from './wait.ts';

const COMPUTE: GroupOffer = { name: 'compute', slots: 4, taskTypes: BUILT_IN_TASK_TYPES.map(specOf) };

export interface FakeSlaveOptions {
  readonly discoveryPort: number;
  readonly cluster?: string;
  readonly capabilities?: Partial<SlaveCapabilities>;
  /** What to do with a task; nothing when left out. */
  readonly onTask?: (task: TaskMessage, slave: FakeSlave) => void;
  /** Whether load polls are answered; they are when left out. */
  readonly answersPolls?: () => boolean;
  /** What its load reports say otherwise. */
  readonly load?: () => Partial<LoadReport>;
}

let instances = 0;
const open = new Set<FakeSlave>();

/** Closes every fake slave: for `after` and `afterEach`. */
export function closeFakeSlaves(): void {
  for (const slave of open) slave.close();
}

export class FakeSlave {
  readonly instanceId = `fake${process.pid.toString(16)}${(++instances).toString(16)}`;
  readonly messages: Message[] = [];
  readonly #options: FakeSlaveOptions;
  readonly #servers: Server[] = [];
  readonly #connections = new Map<Role, FramedConnection>();
  readonly #sockets = new Map<Role, Socket>();
  #udp: DatagramPort | undefined;
  /** Set by the first ACK or NAK. */
  answer: string | undefined;
  closedBy: string | undefined;

  private constructor(options: FakeSlaveOptions) {
    this.#options = options;
    open.add(this);
  }

  /** Shakes hands; resolves when the master has welcomed it, or refused it (see `answer`). */
  static async join(options: FakeSlaveOptions): Promise<FakeSlave> {
    const slave = new FakeSlave(options);
    await slave.#shakeHands();
    await eventually('the master says welcome or no', () => {
      return (
        slave.answer?.startsWith('nak') === true ||
        slave.messages.some(([tag]) => tag === Tag.Welcome || tag === Tag.Rejected)
      );
    });
    return slave;
  }

  send(role: Role, message: Message): void {
    this.#connections.get(role)?.send(message);
  }

  /** Writes bytes that no encoder would make. */
  write(role: Role, bytes: Uint8Array): void {
    this.#sockets.get(role)?.write(bytes);
  }

  /** Ends one attempt with a value, or with a message when it failed. */
  finish([, id, attempt]: TaskMessage, value: unknown, outcome = 0, tooLarge = false): void {
    this.send('results', [Tag.Result, id, attempt, outcome, value, 1, tooLarge]);
  }

  get tasks(): TaskMessage[] {
    return this.messages.filter((message) => message[0] === Tag.Task);
  }

  close(): void {
    open.delete(this);
    this.#udp?.close();
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections.values()) connection.destroy('test over');
  }

  async #shakeHands(): Promise<void> {
    const { discoveryPort, cluster = 'lanyard' } = this.#options;
    const ports: number[] = [];
    for (const role of ROLES) ports.push(await this.#listen(role));
    const [nonce, { instanceId }] = [`nonce-${this.instanceId}`, this];
    const udp = await openFakeDiscovery('fake slave', (answer, source) => {
      this.answer = answer;
      if (answer !== 'ack') return;
      for (let i = 0; i < 10; i++)
        udp.send(encodePacket(cluster, { type: 'connect', nonce, instanceId, ports }), source.port, source.address);
    });
    this.#udp = udp;
    udp.send(encodePacket(cluster, { type: 'request', nonce, instanceId, kind: 'slave' }), discoveryPort, '127.0.0.1');
  }

  #listen(role: Role): Promise<number> {
    const server = createServer((socket) => this.#accept(role, socket));
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }

  #accept(role: Role, socket: Socket): void {
    const connection = new FramedConnection(socket, {
      onMessage: (message) => this.#receive(role, message),
      onClose: (reason) => (this.closedBy ??= reason),
    });
    this.#connections.set(role, connection);
    this.#sockets.set(role, socket);
  }

  #receive(role: Role, message: Message): void {
    this.messages.push(message);
    const { capabilities, onTask, load, answersPolls = () => true } = this.#options;
    if (message[0] === Tag.Hello && role === 'load') {
      const { instanceId } = this;
      const facts = { instanceId, name: 'fake', cores: 1, concurrency: 1, maxLoad: 1e9, groups: [COMPUTE] };
      const rest = { labels: {}, metricsPort: 0, holds: [], draining: false };
      this.send('load', [Tag.Capabilities, { ...facts, ...rest, ...capabilities }]);
    }
    if (message[0] === Tag.Task) onTask?.(message, this);
    if (message[0] === Tag.LoadRequest && answersPolls()) {
      const report = { cpu: 0.5, memoryRatio: 0.5, foreignWeight: 0, foreignStarts: 0, slots: [], running: 0 };
      // A poll comes over both paths: its answer goes where a report or a result would.
      this.send(role === 'load' ? 'load' : 'results', [Tag.LoadResponse, message[1], { ...report, ...load?.() }]);
    }
  }
}
