// What a peer does to a gRPC server on a bare socket costs its own call or connection: another client is served after every one of them.
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { ServerRequestMessage } from '../../../../src/common/grpc/messages.ts';
import type { GrpcServer } from '../../../../src/common/grpc/server.ts';
import type { GrpcClient } from '../../../support/grpc-client.ts';
import { ECHO, GrpcDesk, LOAD_BALANCER, MESSAGE_BYTES_MAX } from '../../../support/grpc-server.ts';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME,
  headerBlock,
  Http2Attacker,
  message,
  PREFACE,
} from '../../../support/http2-attacker.ts';
import { Http2Caller, type Ending, type RawCall } from '../../../support/http2-caller.ts';
import { eventually } from '../../../support/wait.ts';

const STREAMS_MAX = 50;
const CALLS_MAX = 80;
const CONNECTIONS_MAX = 30;
const PATH = '/lanyard.LoadBalancer/GetBackend';
const PART = Buffer.alloc(3);
const EMPTY = message(Buffer.alloc(0));
const ENHANCE_YOUR_CALM = 11;

const headers = (stream: number, ...more: [string, string][]): Buffer =>
  frame(FRAME.HEADERS, END_HEADERS, stream, callHeaders(PATH, more));
const data = (stream: number, bytes: Buffer, flags = END_STREAM): Buffer => frame(FRAME.DATA, flags, stream, bytes);
const reset = (stream: number): Buffer => frame(FRAME.RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8]));
const odd = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i + 1);

describe('A gRPC server under attack', () => {
  const desk = new GrpcDesk();
  const attackers: { destroy(): void }[] = [];
  let asked: string[] = [];
  let server: GrpcServer;
  let client: GrpcClient;

  const services = {
    [LOAD_BALANCER]: {
      ...ECHO,
      GetBackend: ({ serviceName }: ServerRequestMessage) => {
        asked.push(serviceName);
        return { id: '', address: '', port: 1, load: 0, service: '' };
      },
    },
  };

  before(async () => {
    const limits = { streamsMax: STREAMS_MAX, callsMax: CALLS_MAX, receivingBytesMax: 512 * 1024 };
    server = await desk.open({}, { services, limits, connectionsMax: CONNECTIONS_MAX });
    client = await desk.client(server);
  });
  beforeEach(() => (asked = []));
  afterEach(async () => {
    for (const attacker of attackers.splice(0)) attacker.destroy();
    const { status: code } = await client.call(LOAD_BALANCER, 'GetBackend', { serviceName: 'well' });
    expect([code, asked.at(-1)], 'another client is served').to.deep.equal([status.OK, 'well']);
  });
  after(() => desk.close());

  async function attack(): Promise<Http2Attacker> {
    const attacker = await Http2Attacker.open(server.port);
    attackers.push(attacker);
    return attacker;
  }

  /** Until HTTP/2 has given the connection up; it is closed then, or as soon as it is silent for a while. */
  const givenUp = (attacker: Http2Attacker): Promise<unknown> => attacker.until(({ type }) => type === FRAME.GOAWAY);

  /** One call on a connection of its own. */
  function call(raw: RawCall): Promise<Ending> {
    return newCaller().call(raw);
  }

  function newCaller(): Http2Caller {
    const caller = new Http2Caller(server.port);
    attackers.push(caller);
    return caller;
  }

  it('ends connections that do not speak HTTP/2', async () => {
    const openings = [
      Buffer.from('GET /task?type=fib&n=80 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, ...Array<number>(50).fill(7)]),
      Buffer.alloc(5000, 0xff),
      Buffer.concat([PREFACE, Buffer.alloc(5000, 0xff)]),
      Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(0), 2 ** 24 - 1)]),
      Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), frame(FRAME.DATA, 0, 0, Buffer.alloc(5))]),
      Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.alloc(4))]),
    ];
    for (const bytes of openings) {
      const attacker = await Http2Attacker.connect(server.port);
      attackers.push(attacker);
      attacker.write(bytes);
      await givenUp(attacker);
    }
  });

  it('ends a connection whose headers never end', async () => {
    const attacker = await attack();
    attacker.write(frame(FRAME.HEADERS, 0, 1, callHeaders(PATH)));
    const more = frame(FRAME.CONTINUATION, 0, 1, headerBlock([['x-more', 'x'.repeat(1000)]]));
    for (let i = 0; i < 200 && !attacker.isClosed; i++) attacker.write(more);
    await attacker.closed();
    expect(asked).to.deep.equal([]);
  });

  it('refuses a call with headers that are too long', async () => {
    const caller = newCaller();
    // The bound counts from when the client has heard of it.
    expect(await caller.call({ body: EMPTY })).to.include({ grpc: status.OK });
    const long = await caller.call({ headers: { 'x-long': 'x'.repeat(9000) }, body: EMPTY });
    expect(long).to.include({ grpc: undefined, rstCode: ENHANCE_YOUR_CALM });
    expect(await caller.call({ body: EMPTY })).to.include({ grpc: status.OK });
    expect(asked).to.deep.equal(['', '']);
  });

  it('ends a connection that opens more streams than it may', async () => {
    const attacker = await attack();
    attacker.write(...odd(10_000).map((stream) => headers(stream)));
    await attacker.closed();
    expect(asked).to.deep.equal([]);
  });

  it('refuses calls beyond the bound of all connections', async () => {
    const [first, second] = [newCaller(), newCaller()];
    const open = [first, second].flatMap((caller) =>
      Array.from({ length: CALLS_MAX / 2 }, () => caller.call({ body: PART, isUnfinished: true })),
    );
    expect(await second.call({ body: EMPTY })).to.include({ grpc: status.RESOURCE_EXHAUSTED });
    for (const caller of [first, second]) caller.destroy();
    await Promise.all(open);
    expect(await call({ body: EMPTY })).to.include({ grpc: status.OK });
  });

  it('ends a connection that opens and resets calls without end', async () => {
    const attacker = await attack();
    for (const stream of odd(5000)) {
      if (attacker.isClosed) break;
      const path = stream % 4 === 1 ? PATH : '/no/such';
      attacker.write(frame(FRAME.HEADERS, END_HEADERS, stream, callHeaders(path)), data(stream, EMPTY), reset(stream));
    }
    await givenUp(attacker);
    expect(asked.length).to.be.below(odd(5000).length / 2);
  });

  it('does not wait for a message that is declared to be too long, nor for the rest of one that is', async () => {
    for (const length of [MESSAGE_BYTES_MAX + 1, 2 ** 32 - 1]) {
      const ending = await call({ body: message(Buffer.alloc(10), length), isUnfinished: true });
      expect(ending).to.deep.equal({ http: 200, grpc: status.RESOURCE_EXHAUSTED, rstCode: 0 });
    }
    const long = await client.call(LOAD_BALANCER, 'GetBackend', { serviceName: 'x'.repeat(10_000_000) });
    expect(long).to.include({ status: status.RESOURCE_EXHAUSTED });
    expect(asked).to.deep.equal([]);
  });

  it('unpacks nothing', async () => {
    const gzip = { 'grpc-encoding': 'gzip' };
    const bomb = message(gzipSync(Buffer.alloc(20_000_000)), undefined, true);
    expect(await call({ headers: gzip, body: bomb })).to.include({ grpc: status.UNIMPLEMENTED });
    expect(asked).to.deep.equal([]);
    expect(await call({ headers: gzip, body: EMPTY }), 'this one is not packed').to.include({ grpc: status.OK });
  });

  it('takes one message a call', async () => {
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => EMPTY));
    expect(await call({ body: many })).to.include({ grpc: status.UNIMPLEMENTED });
    expect(await call({}), 'none').to.include({ grpc: status.UNIMPLEMENTED });
    expect(asked).to.deep.equal([]);
  });

  it('keeps no more of unfinished requests than its bound', async () => {
    const caller = newCaller();
    const body = message(Buffer.alloc(20_000), MESSAGE_BYTES_MAX);
    const open = Array.from({ length: 30 }, () => caller.call({ body, isUnfinished: true }));
    expect(await Promise.race(open)).to.include({ grpc: undefined, rstCode: ENHANCE_YOUR_CALM });
    caller.destroy();
    await Promise.all(open);
    const large = await client.call(LOAD_BALANCER, 'GetBackend', { clientId: 'x'.repeat(60_000) });
    expect(large).to.include({ status: status.OK });
  });

  it('says to what is no gRPC that it expects it', async () => {
    const headersOfPage = { ':method': 'GET', ':path': '/', 'content-type': 'text/html' };
    expect(await call({ headers: headersOfPage })).to.include({ http: 415, grpc: undefined });
  });

  it('bears odd headers', async () => {
    const odds: readonly (readonly [string, string])[] = [
      ...[['grpc-timeout', 'soon'] as const, ['grpc-timeout', '99999999H'] as const, ['grpc-timeout', '0n'] as const],
      ...[['grpc-encoding', '__proto__'] as const, ['x-bin', '%%%'] as const, ['grpc-status', '0'] as const],
    ];
    for (const [name, value] of odds) {
      const { http } = await call({ headers: { [name]: value }, body: EMPTY });
      expect(http, `${name}: ${value}`).to.equal(200);
    }
  });

  it('turns connections away beyond its bound', async () => {
    const opened = await Promise.all(
      Array.from({ length: CONNECTIONS_MAX + 5 }, () => Http2Attacker.connect(server.port)),
    );
    attackers.push(...opened);
    await eventually('those beyond are closed', () => opened.filter(({ isClosed }) => isClosed).length >= 5);
    expect(opened.filter(({ isClosed }) => !isClosed).length).to.be.above(CONNECTIONS_MAX - 5);
  });
});
