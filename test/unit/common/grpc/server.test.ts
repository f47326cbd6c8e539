// The gRPC server with a client of grpc-js: what handlers see and say, failures by their status, deadlines, calls given up, and the end.
import { expect } from 'chai';
import { Metadata, status } from '@grpc/grpc-js';
import { LanyardError } from '../../../../src/common/errors.ts';
import type { Log } from '../../../../src/common/log.ts';
import type { UnaryCall } from '../../../../src/common/grpc/unary.ts';
import { COMPUTE, DONE, GrpcDesk, HEALTH, LOAD_BALANCER } from '../../../support/grpc-server.ts';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME,
  Http2Attacker,
  message,
} from '../../../support/http2-attacker.ts';
import type { GrpcAnswer, GrpcClient } from '../../../support/grpc-client.ts';

describe('A gRPC server', () => {
  const desk = new GrpcDesk();
  afterEach(() => desk.close());

  const taskClient = async (handler: (call: UnaryCall) => typeof DONE | Promise<typeof DONE>): Promise<GrpcClient> =>
    desk.client(await desk.open({ ComputeTask: (_request, call) => handler(call) }));

  it('says a failure by its status, its sentence and its code', async () => {
    const client = await taskClient(() => {
      throw new LanyardError('QUEUE_FULL', 'all 8 places are taken: ask again in a second');
    });
    const { status: code, details, trailers } = await client.call(COMPUTE, 'ComputeTask', {});
    expect([code, details]).to.deep.equal([status.RESOURCE_EXHAUSTED, 'all 8 places are taken: ask again in a second']);
    expect(trailers?.get('lanyard-code')).to.deep.equal(['QUEUE_FULL']);
  });

  it('says a sentence of any characters, also of broken ones', async () => {
    const client = await taskClient(() => Promise.reject(new LanyardError('NOT_FOUND', 'no “ä” 100 % \n \ud800')));
    const { status: code, details } = await client.call(COMPUTE, 'ComputeTask', {});
    expect([code, details]).to.deep.equal([status.NOT_FOUND, 'no “ä” 100 % \n \ufffd']);
  });

  it('keeps what went wrong in itself to its log', async () => {
    const lines: unknown[] = [];
    const log = { error: (...args: unknown[]) => lines.push(args) } as unknown as Log;
    const ComputeTask = (): never => {
      throw new TypeError('secret of /home/me is not a function');
    };
    const client = await desk.client(await desk.open({ ComputeTask }, { log }));
    const { status: code, details, trailers } = await client.call(COMPUTE, 'ComputeTask', {});
    expect([code, details]).to.deep.equal([
      status.INTERNAL,
      'the call failed for a reason that is not its own; the log of this node says why',
    ]);
    expect(JSON.stringify(trailers)).not.to.contain('secret');
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.have.nested.property('[0].err.message', 'secret of /home/me is not a function');
  });

  it('takes an answer that is no message for a fault of its own', async () => {
    const client = await taskClient(() => undefined as never);
    expect(await client.call(COMPUTE, 'ComputeTask', {})).to.include({ status: status.INTERNAL });
    expect(await client.call(HEALTH, 'Check', {}), 'it serves on').to.include({ status: status.OK });
  });

  it('refuses bytes that are no such message, by its code, and asks no handler', async () => {
    let asked = 0;
    const client = await taskClient(() => (asked++, DONE));
    const broken = {
      ...client.method(COMPUTE, 'ComputeTask'),
      requestSerialize: () => Buffer.from([0x0a, 0x7f, 0x41]),
    };
    const { status: code, details, trailers } = await client.callMethod(broken, {});
    expect([code, trailers?.get('lanyard-code')]).to.deep.equal([status.INVALID_ARGUMENT, ['BAD_PARAMETER']]);
    expect(details).to.match(/ComputeTask/);
    expect(asked).to.equal(0);
  });

  it('does not serve what it does not know, and says what it serves', async () => {
    const server = await desk.open();
    const client = await desk.client(server);
    const callAt = (path: string): Promise<GrpcAnswer> =>
      client.callMethod({ ...client.method(LOAD_BALANCER, 'GetBackend'), path }, {});
    const answer = await callAt('/lanyard.LoadBalancer/Gone');
    expect(answer.status).to.equal(status.UNIMPLEMENTED);
    expect(answer.details).to.contain('no method /lanyard.LoadBalancer/Gone here');
    expect(answer.details).to.contain('/lanyard.Compute/ComputeTask');
    for (const path of ['/__proto__/constructor', '/x', '/lanyard.LoadBalancer/', `/${'a'.repeat(3000)}/b`])
      expect(await callAt(path), path).to.include({ status: status.UNIMPLEMENTED });
  });

  it('lets a call go when its deadline passes, and tells the handler', async () => {
    let cancelled = 0;
    let left = 0;
    const client = await taskClient(
      (call) =>
        new Promise((resolve) => {
          left = call.deadlineMs;
          call.onCancel(() => {
            cancelled++;
            resolve(DONE);
          });
        }),
    );
    const answer = await client.call(COMPUTE, 'ComputeTask', {}, { timeoutMs: 150 });
    expect(answer).to.include({ status: status.DEADLINE_EXCEEDED });
    expect(left).to.be.within(1, 150);
    await client.call(HEALTH, 'Check', {});
    expect(cancelled).to.equal(1);
  });

  it('waits as long as it takes for a call without a deadline, or with one in a month', async () => {
    const seen: number[] = [];
    const client = await taskClient((call) => {
      seen.push(call.deadlineMs);
      return new Promise((resolve) => setImmediate(() => resolve(DONE)));
    });
    const metadata = new Metadata();
    expect(await client.call(COMPUTE, 'ComputeTask', {}, { timeoutMs: Infinity, metadata })).to.include({ status: 0 });
    expect(await client.call(COMPUTE, 'ComputeTask', {}, { timeoutMs: 40 * 86_400_000 })).to.include({ status: 0 });
    expect(seen).to.deep.equal([Infinity, Infinity]);
  });

  it('tells the handler of a call that is given up, and of one whose client is gone', async () => {
    let calls: (() => void)[] = [];
    const ended: Promise<void>[] = [];
    const server = await desk.open({
      ComputeTask: (_request, call) => {
        const end = new Promise<void>((resolve) => call.onCancel(resolve));
        ended.push(end);
        for (const tell of calls) tell();
        return end.then(() => DONE);
      },
    });
    const begun = (): Promise<void> => new Promise((resolve) => (calls = [resolve]));
    const client = await desk.client(server);

    let giveUp: () => void = () => undefined;
    let hasBegun = begun();
    const answer = client.call(COMPUTE, 'ComputeTask', {}, { onStart: (cancel) => (giveUp = cancel) });
    await hasBegun;
    giveUp();
    expect(await answer).to.include({ status: status.CANCELLED });
    await ended[0];

    hasBegun = begun();
    const gone = await Http2Attacker.open(server.port);
    gone.write(frame(FRAME.HEADERS, END_HEADERS, 1, callHeaders('/lanyard.Compute/ComputeTask')));
    gone.write(frame(FRAME.DATA, END_STREAM, 1, message(Buffer.alloc(0))));
    await hasBegun;
    gone.destroy();
    await ended[1];
  });

  it('tells nobody of the end of a call that was answered', async () => {
    let cancelled = 0;
    const client = await taskClient((call) => {
      call.onCancel(() => cancelled++);
      return DONE;
    });
    for (let i = 0; i < 3; i++) await client.call(COMPUTE, 'ComputeTask', {});
    client.close();
    await desk.close();
    expect(cancelled).to.equal(0);
  });

  it('refuses to open a service of which a method has no handler', async () => {
    const error: unknown = await desk
      .open({}, { services: { [COMPUTE]: {} as never } })
      .catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', '/lanyard.Compute/ComputeTask of proto/lanyard.proto has no handler');
  });
});
