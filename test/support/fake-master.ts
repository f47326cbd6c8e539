// A master made of the protocol alone, to see a real ./slave from its master's side: answers discovery on loopback, dials the
// three sockets, and keeps every message that comes.
import { connect } from 'node:net';
import { openDatagramPort, type DatagramPort } from '../../src/common/net/datagram.ts';
import { FramedConnection } from '../../src/common/net/framed-connection.ts';
import type { DiscoveryMessage } from '../../src/common/protocol/discovery-messages.ts';
import { ROLES, Tag, type LoadReport, type Message, type Role } from '../../src/common/protocol/messages.ts';
import { decodePacket, encodePacket } from '../../src/common/protocol/packet.ts';
import { systemClock } from '../../src/common/time/clock.ts';
import { tunnelConnector, type TunnelConnector, type TunnelTarget } from '../../src/master/forwarding/tunnel.ts';
import { freeDiscoveryPort } from './ports.ts';
import { eventually } from './wait.ts';

const FAKE_MASTER_ID = 'fa4e';

export class FakeMaster {
  readonly discoveryPort: number;
  readonly messages: Message[] = [];
  readonly packets: DiscoveryMessage[] = [];
  readonly #sockets: DatagramPort[] = [];
  #connections = new Map<Role, FramedConnection>();
  #dialled = new Set<string>();
  #polls = new Map<number, (report: LoadReport) => void>();
  #sequence = 0;
  /** Of the slave's last search: what its tunnels are let through by. */
  nonce = '';

  private constructor(discoveryPort: number) {
    this.discoveryPort = discoveryPort;
  }

  static async listen(): Promise<FakeMaster> {
    const master = new FakeMaster(await freeDiscoveryPort());
    for (const host of ['127.0.0.1', '127.255.255.255']) await master.#open(host);
    return master;
  }

  /** The slave has said hello, been welcomed, and can be given tasks. */
  async joined(): Promise<void> {
    await eventually('a slave has sent its capabilities', () => this.first(Tag.Capabilities) !== undefined);
    this.send('dispatch', [Tag.Welcome, 'fake']);
  }

  send(role: Role, message: Message): void {
    this.#connections.get(role)?.send(message);
  }

  first<T extends Message[0]>(tag: T): Extract<Message, readonly [T, ...unknown[]]> | undefined {
    return this.all(tag)[0];
  }

  all<T extends Message[0]>(tag: T): Extract<Message, readonly [T, ...unknown[]]>[] {
    return this.messages.filter((message) => message[0] === tag) as Extract<Message, readonly [T, ...unknown[]]>[];
  }

  /** A load poll; resolves to the answer. */
  poll(): Promise<LoadReport> {
    const sequence = ++this.#sequence;
    this.send('load', [Tag.LoadRequest, sequence]);
    return new Promise((resolve) => this.#polls.set(sequence, resolve));
  }

  /** Opens tunnels to a service of the slave, as undici would have it. */
  tunnels(service: string): TunnelConnector {
    const target = (): TunnelTarget => {
      const port = this.all(Tag.Capabilities).at(-1)?.[1].forwardPort ?? 0;
      return { address: '127.0.0.1', port, nonce: this.nonce, masterId: FAKE_MASTER_ID, dial: 1, service };
    };
    return tunnelConnector(target, { clock: systemClock, limitMs: 5000 });
  }

  task(id: string, type: string, params: unknown, weight = 1): void {
    this.send('dispatch', [Tag.Task, `${FAKE_MASTER_ID}-${id}`, 1, type, params, weight, 0]);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
    for (const connection of this.#connections.values()) connection.destroy('test over');
  }

  async #open(host: string): Promise<void> {
    const socket = await openDatagramPort({
      what: 'fake master',
      host,
      port: this.discoveryPort,
      option: '',
      onPacket: (bytes, source) => {
        const packet = decodePacket(bytes);
        if (!packet.ok) return;
        const { message } = packet;
        this.packets.push(message);
        if (message.type === 'connect') this.#dial(message.nonce, message.ports);
        if (message.type !== 'request') return;
        const [masterId, masterName] = [FAKE_MASTER_ID, 'fake'];
        const ack = { type: 'ack', nonce: message.nonce, masterId, masterName, pollIntervalMs: 1000 } as const;
        this.#sockets[0]!.send(encodePacket(packet.cluster, ack), source.port, source.address);
      },
      onError: () => undefined,
    });
    this.#sockets.push(socket);
  }

  #dial(nonce: string, ports: readonly number[]): void {
    if (this.#dialled.has(nonce)) return;
    this.#dialled.add(nonce);
    this.nonce = nonce;
    ROLES.forEach((role, i) => {
      const connection = new FramedConnection(connect(ports[i]!, '127.0.0.1'), {
        onMessage: (message) => this.#receive(message),
        onClose: () => undefined,
      });
      this.#connections.set(role, connection);
      connection.send([Tag.Hello, i, nonce, FAKE_MASTER_ID, 1, 1, 0]);
    });
  }

  #receive(message: Message): void {
    this.messages.push(message);
    if (message[0] !== Tag.LoadResponse) return;
    this.#polls.get(message[1])?.(message[2]);
    this.#polls.delete(message[1]);
  }
}
