// The end of a gRPC server, and its health: who watches hears of it first, calls under way get their time, nothing is left.
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { WATCHERS_MAX } from '../../../../src/common/grpc/health.ts';
import type { GrpcServer } from '../../../../src/common/grpc/server.ts';
import type { GrpcClient } from '../../../support/grpc-client.ts';
import { COMPUTE, DONE, GrpcDesk, HEALTH, LOAD_BALANCER } from '../../../support/grpc-server.ts';
import { Http2Caller } from '../../../support/http2-caller.ts';
import { message } from '../../../support/http2-attacker.ts';
import { eventually } from '../../../support/wait.ts';

describe('A gRPC server', () => {
  const desk = new GrpcDesk();
  let server: GrpcServer;
  let client: GrpcClient;
  let running: (() => void)[];
  let cancelled: number;

  beforeEach(async () => {
    [running, cancelled] = [[], 0];
    server = await desk.open({
      ComputeTask: (_request, { onCancel }) =>
        new Promise((resolve) => {
          onCancel(() => cancelled++);
          running.push(() => resolve(DONE));
        }),
    });
    client = await desk.client(server);
  });
  afterEach(() => desk.close());

  const check = (service: string): ReturnType<GrpcClient['call']> => client.call(HEALTH, 'Check', { service });

  /** What a watcher has heard, and how its call ended. */
  function watch(service: string): { heard: unknown[]; ended: Promise<ServiceError> } {
    const { path, requestSerialize, responseDeserialize } = client.method(HEALTH, 'Watch');
    const stream: ClientReadableStream<object> = client.raw.makeServerStreamRequest(
      ...([path, requestSerialize, responseDeserialize, { service }] as const),
    );
    const heard: unknown[] = [];
    stream.on('data', ({ status: what }: { status: unknown }) => heard.push(what));
    return { heard, ended: once(stream, 'error').then(([error]) => error as ServiceError) };
  }

  it('tells its health for itself and for each of its services, and of no other', async () => {
    for (const service of ['', LOAD_BALANCER, COMPUTE])
      expect((await check(service)).response, service).to.deep.equal({ status: 'SERVING' });
    const other = await check('lanyard.Other');
    expect(other).to.include({ status: status.NOT_FOUND });
    expect(other.details).to.equal(
      `no service "lanyard.Other" here; there is ${LOAD_BALANCER}, ${COMPUTE}, and "" for the node`,
    );
    const { response } = await client.call(HEALTH, 'List', {});
    expect(Object.keys(response['statuses'] as object)).to.have.members(['', LOAD_BALANCER, COMPUTE]);
  });

  it('tells watchers of every change, and of a service that is not there', async () => {
    const [node, compute, other] = [watch(''), watch(COMPUTE), watch('lanyard.Other')];
    await eventually('all have heard', () => [node, compute, other].every(({ heard }) => heard.length === 1));
    server.setServing(false);
    server.setServing(false);
    server.setServing(true);
    await eventually('they hear of it', () => node.heard.length === 3 && compute.heard.length === 3);
    expect(node.heard).to.deep.equal(['SERVING', 'NOT_SERVING', 'SERVING']);
    expect(other.heard[0]).to.equal('SERVICE_UNKNOWN');
    for (const { ended } of [node, compute, other]) ended.catch(() => undefined);
  });

  it('has a bound for watchers, which those who leave make room under', async () => {
    const crowd = new Http2Caller(server.port);
    const request = { path: `/${HEALTH}/Watch`, body: message(Buffer.alloc(0)) };
    const watchers = Array.from({ length: WATCHERS_MAX }, () => crowd.call(request));
    expect(await crowd.call(request)).to.include({ grpc: status.RESOURCE_EXHAUSTED });
    expect((await watch('').ended).details).to.equal(
      `${WATCHERS_MAX.toString()} watch already; ask with Check now and then instead`,
    );
    crowd.destroy();
    await Promise.all(watchers);
    const late = watch('');
    late.ended.catch(() => undefined);
    await eventually('there is room', () => late.heard.length === 1);
  });

  it('says NOT_SERVING, waits for calls under way and takes no new ones while it closes', async () => {
    const watcher = watch(COMPUTE);
    const call = client.call(COMPUTE, 'ComputeTask', {});
    const other = new Http2Caller(server.port);
    let hasGoneAway = false;
    other.session.on('goaway', (code) => (hasGoneAway = code === 0));
    await other.ping();
    await eventually('both are there', () => running.length === 1 && watcher.heard.length === 1);

    let isClosed = false;
    const closed = server.close(5000).then(() => (isClosed = true));
    const { code, details } = await watcher.ended;
    expect([watcher.heard, code, details]).to.deep.equal([
      ['SERVING', 'NOT_SERVING'],
      status.UNAVAILABLE,
      'this node is shutting down',
    ]);
    await other.closed();
    expect(hasGoneAway, 'who does nothing is told at once').to.equal(true);
    const [refused] = (await once(connect(server.port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    expect(refused.code).to.equal('ECONNREFUSED');
    expect(isClosed).to.equal(false);
    running[0]?.();
    expect(await call).to.deep.include({ status: status.OK });
    await closed;
    expect(cancelled).to.equal(0);
  });

  it('gives calls that do not end no more than their time', async () => {
    const call = client.call(COMPUTE, 'ComputeTask', {});
    await eventually('it has begun', () => running.length === 1);
    const begunMs = performance.now();
    await server.close(100);
    expect(performance.now() - begunMs).to.be.above(95);
    expect((await call).status).to.be.oneOf([status.CANCELLED, status.UNAVAILABLE]);
    await eventually('its handler knows', () => cancelled === 1);
  });

  it('closes at once when nothing is under way', async () => {
    await check('');
    const begunMs = performance.now();
    await server.close(30_000);
    expect(performance.now() - begunMs).to.be.below(10_000);
  });
});
