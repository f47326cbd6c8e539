// The real HTTP door with a forward door behind it, on loopback, before services that the test writes, raw or with node:http. Whom a
// request goes to is a list. Call `closeForwardDoors` in an `afterEach` hook.
import * as http from 'node:http';
import { once } from 'node:events';
import * as net from 'node:net';
import type { Writable } from 'node:stream';
import { createLog } from '../../src/common/log.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import type { Failure } from '../../src/common/errors.ts';
import type { Forwarding, Route, RouteAsker, RouteEnd } from '../../src/master/doors/door.ts';
import type { ForwardLimits } from '../../src/master/doors/forward/forward-door.ts';
import { openHttpDoor, type HttpDoor } from '../../src/master/doors/http/http-door.ts';
import type { Upstream } from '../../src/master/doors/upstream.ts';
import { openUpstream } from '../../src/master/forwarding/upstream.ts';
import { FakeCluster } from './fake-cluster.ts';
import { eventually, sleep } from './wait.ts';

const LIMITS: ForwardLimits = { timeoutMs: 60_000, idleMs: 300_000, bodyBytesMax: 8e9 };

/** Hands out members in turn, and writes down how each attempt ended. */
export class FakeForwarding implements Forwarding<Upstream> {
  readonly members: { name: string; port: number; upstream: Upstream }[] = [];
  readonly ends: string[] = [];
  readonly asked: string[] = [];
  readonly waiting = new Set<RouteAsker<Upstream>>();
  basePath = '';
  open = 0;
  /** Requests wait until it is undefined again. */
  isFull = false;
  refusal: Failure | undefined;
  #next = 0;

  add(name: string, port: number): void {
    this.members.push({ name, port, upstream: openUpstream({ host: '127.0.0.1', port }) });
  }

  route(service: string, asker: RouteAsker<Upstream>, without?: Route<Upstream>): () => void {
    this.asked.push(without === undefined ? service : `${service} without ${without.member}`);
    if (this.isFull) {
      this.waiting.add(asker);
      return () => void this.waiting.delete(asker);
    }
    const others = this.members.filter(({ name }) => name !== without?.member);
    const member = others[this.#next++ % Math.max(1, others.length)];
    if (this.refusal !== undefined || member === undefined)
      asker.onRefused(this.refusal ?? { code: 'NO_BACKEND', message: 'nobody serves it' });
    else asker.onRoute(this.#lead(member));
    return () => undefined;
  }

  #lead({ name, port, upstream }: FakeForwarding['members'][number]): Route<Upstream> {
    this.open++;
    let isOpen = true;
    const end = (end: RouteEnd): void => {
      if (!isOpen) throw new Error(`the route to ${name} ended twice`);
      isOpen = false;
      this.open--;
      this.ends.push(end.kind === 'answered' ? `${name} answered ${end.status}` : `${name} ${end.kind}`);
    };
    return { member: name, upstream, host: `127.0.0.1:${port}`, basePath: this.basePath, end };
  }
}

export interface OpenForwardDoor {
  readonly forwarding: FakeForwarding;
  readonly clock: ManualClock;
  readonly port: number;
  readonly url: string;
}

const doors = new Set<HttpDoor>();
const forwardings = new Set<FakeForwarding>();
const servers = new Set<net.Server>();
const sockets = new Set<net.Socket>();

export async function openForwardDoor(limits: Partial<ForwardLimits> = {}): Promise<OpenForwardDoor> {
  const forwarding = new FakeForwarding();
  forwardings.add(forwarding);
  const clock = new ManualClock();
  const door = await openHttpDoor({
    ...{ cluster: new FakeCluster(), clock, log: createLog('test', 'silent'), host: '127.0.0.1', port: 0, open: false },
    metrics: () => Promise.resolve({ body: '', contentType: 'text/plain' }),
    ...{ allowedHosts: ['good.example'], version: '0.0.0', pages: new Map(), slaveFiles: new Map() },
    forward: { forwarding, limits: { ...LIMITS, ...limits } },
  });
  doors.add(door);
  return { forwarding, clock, port: door.port, url: `http://127.0.0.1:${door.port}` };
}

export async function closeForwardDoors(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  for (const { members } of forwardings) for (const { upstream } of members) upstream.destroy();
  for (const server of servers) server.close();
  await Promise.all([...doors].map((door) => door.close()));
  for (const all of [sockets, forwardings, servers, doors]) all.clear();
}

/** A service by node:http. Resolves with its port. */
export async function serve(listener: http.RequestListener): Promise<number> {
  return listening(http.createServer(listener));
}

/** A service that is given bare connections. */
export async function serveRaw(onConnection: (socket: net.Socket) => void): Promise<number> {
  return listening(net.createServer(onConnection));
}

async function listening(server: net.Server): Promise<number> {
  servers.add(server);
  server.on('connection', keep);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

function keep(socket: net.Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}

/** A service that writes down every byte and answers each request head with 200. */
export class Recorder {
  text = '';
  connections = 0;
  port = 0;

  static async open(answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'): Promise<Recorder> {
    const recorder = new Recorder();
    recorder.port = await serveRaw((socket) => {
      recorder.connections++;
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        recorder.text += text;
        if (text.includes('\r\n\r\n')) socket.write(answer);
      });
    });
    return recorder;
  }

  /** Request lines, as the service saw them. */
  get requests(): string[] {
    return this.text.split('\r\n').filter((line) => / HTTP\/1\.1$/.test(line));
  }
}

/** A connection of its own: bytes out, bytes in. */
export class RawClient {
  readonly socket: net.Socket;
  text = '';
  isClosed = false;
  error: string | undefined;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    keep(socket);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.text += text));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
    socket.on('close', () => (this.isClosed = true));
  }

  static async to(port: number, text = ''): Promise<RawClient> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RawClient(socket);
    if (text !== '') socket.write(text, 'latin1');
    return client;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }
}

/** How much of a body has left so far. */
export interface Poured {
  mebibytes: number;
}

/** Writes so many MiB, one after the other as each has left. */
export function pour(to: Writable, mebibytes: number, onEnd: () => void = () => undefined): Poured {
  const block = Buffer.alloc(1024 * 1024);
  const poured = { mebibytes: 0 };
  const next = (): void => {
    if (poured.mebibytes === mebibytes) onEnd();
    else to.write(block, onLeft);
  };
  const onLeft = (error: Error | null | undefined): void => {
    if (error !== null && error !== undefined) return;
    poured.mebibytes++;
    next();
  };
  next();
  return poured;
}

/** Waits until nothing more leaves, and tells how many MiB have. */
export async function stopped(poured: Poured): Promise<number> {
  let before = -1;
  await eventually('it stops', async () => {
    await sleep(150);
    const isStill = poured.mebibytes === before;
    before = poured.mebibytes;
    return isStill;
  });
  return before;
}
