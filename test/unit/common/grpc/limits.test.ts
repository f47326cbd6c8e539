// What a gRPC server does not wait for: time passes by hand, sockets are real.
import { expect } from 'chai';
import { status } from '@grpc/grpc-js';
import { GATE_LIMITS, LOOK_MS } from '../../../../src/common/grpc/gate.ts';
import type { GrpcServer } from '../../../../src/common/grpc/server.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { COMPUTE, DONE, GrpcDesk, HEALTH } from '../../../support/grpc-server.ts';
import {
  ACK,
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME,
  type Frame,
  Http2Attacker,
  message,
  PREFACE,
} from '../../../support/http2-attacker.ts';
import { Http2Caller } from '../../../support/http2-caller.ts';
import { eventually } from '../../../support/wait.ts';

const EMPTY = message(Buffer.alloc(0));
const TASK = '/lanyard.Compute/ComputeTask';
const CANCEL = 8;
const { receiveMs, sendMs, idleMs, pingsMax, keepAliveMs, keepAliveTimeoutMs } = GATE_LIMITS;

describe('A gRPC server does not wait', () => {
  const desk = new GrpcDesk();
  let clock: ManualClock;
  let server: GrpcServer;
  let callers: { destroy(): void }[];
  /** What a task answers with, when it does. */
  let text: string;
  let running: ((answer: typeof DONE) => void)[];

  beforeEach(async () => {
    clock = new ManualClock();
    [callers, running, text] = [[], [], 'done'];
    const ComputeTask = (): Promise<typeof DONE> =>
      text === '' ? new Promise((resolve) => running.push(resolve)) : Promise.resolve({ ...DONE, text });
    server = await desk.open({ ComputeTask }, { clock });
  });
  afterEach(async () => {
    for (const caller of callers) caller.destroy();
    const closed = desk.close();
    clock.advance(1);
    await closed;
  });

  const keep = <Caller extends { destroy(): void }>(caller: Caller): Caller => {
    callers.push(caller);
    return caller;
  };
  const newCaller = (): Http2Caller => keep(new Http2Caller(server.port));

  it('for a connection to begin', async () => {
    const [silent, half] = [
      keep(await Http2Attacker.connect(server.port)),
      keep(await Http2Attacker.connect(server.port)),
    ];
    half.write(PREFACE.subarray(0, 10));
    await half.until(({ type }) => type === FRAME.SETTINGS);
    const settled = newCaller();
    expect(await settled.call({ path: TASK, body: EMPTY })).to.include({ grpc: 0 });
    clock.advance(receiveMs - LOOK_MS);
    expect([silent.isClosed, half.isClosed]).to.deep.equal([false, false]);
    clock.advance(2 * LOOK_MS);
    await Promise.all([silent.closed(), half.closed()]);
    await settled.ping();
  });

  it('for a connection that sends garbage: the server gives it up, and is rid of it in two looks', async () => {
    const garbage = [Buffer.alloc(50, 0xff), frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(0), 2 ** 24 - 1)];
    garbage.push(frame(FRAME.DATA, 0, 0, Buffer.alloc(5)), Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const broken: Http2Attacker[] = [];
    for (const bytes of garbage) {
      const attacker = keep(await Http2Attacker.open(server.port));
      broken.push(attacker);
      attacker.write(bytes);
      await attacker.until(({ type }) => type === FRAME.GOAWAY);
    }
    const well = newCaller();
    await well.ping();
    clock.advance(LOOK_MS);
    await well.ping();
    clock.advance(LOOK_MS);
    await Promise.all(broken.map((attacker) => attacker.closed()));
    await well.ping();
  });

  it('to ask a client that said nothing since it last answered', async () => {
    const quiet = keep(await Http2Attacker.open(server.port));
    const pings = (): Frame[] => quiet.frames.filter(({ type, flags }) => type === FRAME.PING && flags === 0);
    await eventually('the server has read the settings', () => quiet.frames.length >= 2);
    const other = newCaller();
    for (let looks = 0; looks < 5; looks++) {
      clock.advance(LOOK_MS);
      const [ping] = pings();
      if (looks === 0) await quiet.until(({ type }) => type === FRAME.PING);
      else if (looks === 1 && ping !== undefined) quiet.write(frame(FRAME.PING, ACK, 0, ping.payload));
      for (let i = 0; i < 3; i++) await other.ping();
    }
    expect(pings()).to.have.length(1);
  });

  it('for the rest of a request', async () => {
    const caller = newCaller();
    const call = caller.call({ path: TASK, body: EMPTY.subarray(0, 3), isUnfinished: true });
    expect(await caller.call({ path: TASK, body: EMPTY }), 'the one before has come as well').to.include({ grpc: 0 });
    clock.advance(receiveMs + LOOK_MS);
    expect(await call).to.include({ grpc: undefined, rstCode: CANCEL });
    expect(await caller.call({ path: TASK, body: EMPTY }), 'the connection goes on').to.include({ grpc: 0 });
  });

  it('for an answer to be taken, but for a task and for a watcher as long as it takes', async () => {
    const caller = newCaller();
    text = '';
    const task = caller.call({ path: TASK, body: EMPTY });
    const watch = caller.call({ path: `/${HEALTH}/Watch`, body: EMPTY });
    await eventually('the task has begun', () => running.length === 1);
    text = 'x'.repeat(200_000);
    const deaf = caller.call({ path: TASK, body: EMPTY, isDeaf: true });
    expect(await newCaller().call({ path: TASK, body: EMPTY })).to.include({ grpc: 0 });
    clock.advance(LOOK_MS);
    clock.advance(sendMs - LOOK_MS);
    const ended: string[] = [];
    for (const [name, call] of Object.entries({ deaf, task, watch })) void call.then(() => ended.push(name));
    clock.advance(LOOK_MS);
    expect(await deaf).to.include({ grpc: undefined, rstCode: CANCEL });
    running[0]?.(DONE);
    expect(await task).to.include({ grpc: 0 });
    expect(ended).to.deep.equal(['deaf', 'task']);
    caller.destroy();
    await watch;
  });

  it('on a connection that nobody uses', async () => {
    const [idle, busy] = [newCaller(), newCaller()];
    text = '';
    const call = busy.call({ path: TASK, body: EMPTY });
    await eventually('the task has begun', () => running.length === 1);
    text = 'done';
    expect(await idle.call({ path: TASK, body: EMPTY })).to.include({ grpc: 0 });
    const goneAway = new Set<string>();
    for (const [name, { session }] of Object.entries({ idle, busy })) session.on('goaway', () => goneAway.add(name));
    for (let ms = 0; ms <= idleMs; ms += LOOK_MS) {
      clock.advance(LOOK_MS);
      // Both answer the server's pings meanwhile.
      if (ms % keepAliveMs === 0 && ms < idleMs) await Promise.all([idle, busy].map((caller) => caller.ping()));
    }
    await idle.closed();
    await busy.ping();
    expect([...goneAway]).to.deep.equal(['idle']);
    running[0]?.(DONE);
    expect(await call).to.include({ grpc: 0 });
  });

  it('for a client that does not answer any more, and tells its calls', async () => {
    let isCancelled = false;
    const other = await desk.open(
      { ComputeTask: (_request, call) => new Promise(() => call.onCancel(() => (isCancelled = true))) },
      { clock },
    );
    const gone = keep(await Http2Attacker.open(other.port));
    gone.write(frame(FRAME.HEADERS, END_HEADERS, 1, callHeaders(TASK)), frame(FRAME.DATA, END_STREAM, 1, EMPTY));
    const there = keep(new Http2Caller(other.port));
    expect(await there.call({ path: `/${HEALTH}/Check`, body: EMPTY })).to.include({ grpc: 0 });
    await eventually('the server has read the settings', () => gone.frames.length >= 2);
    clock.advance(keepAliveMs);
    await gone.until(({ type }) => type === FRAME.PING);
    await there.ping();
    clock.advance(keepAliveTimeoutMs + LOOK_MS);
    await gone.closed();
    await eventually('the call is given up', () => isCancelled);
    await there.ping();
  });

  it('for a client that does nothing but ping', async () => {
    const [much, little] = [keep(await Http2Attacker.open(server.port)), keep(await Http2Attacker.open(server.port))];
    const ping = frame(FRAME.PING, 0, 0, Buffer.alloc(8));
    const pongs = (attacker: Http2Attacker): number => attacker.frames.filter(({ type }) => type === FRAME.PING).length;
    much.write(...Array.from({ length: pingsMax + 1 }, () => ping));
    little.write(ping);
    await eventually('all have come', () => pongs(much) === pingsMax + 1 && pongs(little) === 1);
    clock.advance(LOOK_MS);
    await much.closed();
    expect(little.isClosed).to.equal(false);
  });

  it('for a client of its own kind either', async () => {
    const client = await desk.client(server);
    expect(await client.call(COMPUTE, 'ComputeTask', {})).to.include({ status: status.OK });
    clock.advance(idleMs);
    expect(await client.call(COMPUTE, 'ComputeTask', {}), 'it connects again').to.include({ status: status.OK });
  });
});
