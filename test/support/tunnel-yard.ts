// Both ends of tunnels in one process: a slave's `Tunnels` with a service behind them, a master's connector, and strangers.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Log } from '../../src/common/log.ts';
import { encodeBatch } from '../../src/common/protocol/framing.ts';
import { Tag, TUNNEL_ROLE, type Hello, type Message } from '../../src/common/protocol/messages.ts';
import { systemClock } from '../../src/common/time/clock.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { NoTunnel, tunnelConnector, type TunnelTarget } from '../../src/master/forwarding/tunnel.ts';
import { Tunnels, type LinkFacts } from '../../src/slave/forwarding/tunnels.ts';
import { eventually } from './wait.ts';

/** What the service `web` of a `TunnelYard` takes at once. */
export const SLOTS = 2;
/** The link that stands at first, and which tunnels name unless told otherwise. */
export const OWN: LinkFacts = { nonce: 'n1', masterId: 'm1', address: '127.0.0.1' };

interface Stranger {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly heard: Buffer[];
}

export class TunnelYard {
  /** The slave's. */
  readonly clock = new ManualClock();
  /** The slave's to its master, who is here as well. */
  link: LinkFacts | undefined = OWN;
  readonly tunnels: Tunnels;
  /** Why connections were turned away or refused, as logged. */
  readonly problems: string[] = [];
  /** What the service does with a connection; it echoes at first. */
  onService: (socket: Socket) => void = (socket) => socket.pipe(socket);
  readonly atService: Socket[] = [];
  servicePort = 0;
  readonly clients = new Set<Socket>();
  readonly #servers: Server[] = [];
  /** Of the slave. */
  #port = 0;

  private constructor() {
    const log = { debug: ({ problem, reason = '' }: Record<string, string>) => this.problems.push(problem ?? reason) };
    this.tunnels = new Tunnels({
      clock: this.clock,
      log: log as unknown as Log,
      link: () => this.link,
      service: (name) => (name === 'web' ? { hostname: '127.0.0.1', port: this.servicePort, slots: SLOTS } : undefined),
    });
  }

  static async open(): Promise<TunnelYard> {
    const yard = new TunnelYard();
    yard.servicePort = await yard.listen((socket) => {
      yard.atService.push(socket.on('error', () => undefined));
      yard.onService(socket);
    });
    yard.#port = await yard.listen((socket) => yard.tunnels.receive(socket));
    return yard;
  }

  async close(): Promise<void> {
    this.tunnels.close();
    for (const socket of [...this.clients, ...this.atService]) socket.destroy();
    for (const server of this.#servers) server.close();
    await eventually('no tunnel is left', () => this.tunnels.open === 0);
  }

  /** A server on loopback for as long as the yard is open; returns its port. */
  async listen(onConnection: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, onConnection);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
    return (server.address() as { port: number }).port;
  }

  target(change: Partial<TunnelTarget> = {}): TunnelTarget {
    const { nonce, masterId, address } = OWN;
    return { address, port: this.#port, nonce, masterId, dial: 1, service: 'web', ...change };
  }

  /** A tunnel, as undici would get it. */
  open(change: Partial<TunnelTarget> = {}, limitMs = 5000): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const connector = tunnelConnector(() => this.target(change), { clock: systemClock, limitMs });
      connector({}, (error, socket) => {
        if (error !== null) {
          reject(error);
          return;
        }
        this.clients.add(socket);
        resolve(socket.on('error', () => undefined));
      });
    });
  }

  /** Why no tunnel is opened. */
  async refused(change: Partial<TunnelTarget> = {}, limitMs?: number): Promise<string> {
    const error: unknown = await this.open(change, limitMs).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(NoTunnel);
    expect(error).to.include({ nothingWasSent: true, code: 'NO_TUNNEL' });
    return (error as NoTunnel).message.replace(/^no tunnel to \S+ at \S+: /, '');
  }

  /** Who connects to the forwarding port by himself, and says this. */
  stranger(bytes?: Uint8Array | string): Stranger {
    const socket = connect(this.#port, '127.0.0.1');
    this.clients.add(socket);
    const heard: Buffer[] = [];
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => heard.push(chunk));
    if (bytes !== undefined) socket.write(bytes);
    return { socket, heard, closed: new Promise((resolve) => socket.once('close', resolve)) };
  }
}

/** The master's hello for a tunnel to `web`, with some positions changed, and other messages in the same frame. */
export function tunnelHello(change: Partial<Record<number, unknown>> = {}, ...more: readonly Message[]): Uint8Array {
  const { nonce, masterId } = OWN;
  const message: Hello = [Tag.Hello, TUNNEL_ROLE, nonce, masterId, 1, 1, 3, 'web'];
  return encodeBatch([Object.assign([...message], change) as unknown as Message, ...more]).frames[0]!;
}

/** All that comes until the end; rejects when the connection breaks. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.once('end', () => resolve(text)).once('error', reject);
  });
}

/** What comes next. */
export function readNext(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString())));
}
