// The gate with a server and streams of straw: calls that are over before they are looked at.
import { EventEmitter } from 'node:events';
import type { Http2Server } from 'node:http2';
import { expect } from 'chai';
import { Gate, GATE_LIMITS } from '../../../../src/common/grpc/gate.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';

describe('The gate of a gRPC server', () => {
  it('passes no call on that was reset before it is looked at, nor one whose connection is gone', () => {
    const server = Object.assign(new EventEmitter(), { updateSettings: () => undefined });
    const passed: unknown[] = [];
    server.on('stream', (stream: { name: string }) => passed.push(stream.name));
    new Gate(server as unknown as Http2Server, {
      ...{ clock: new ManualClock(), limits: GATE_LIMITS },
      methods: new Map([['/a/b', false]]),
      whenFull: 'try again later',
      refusal: () => ({}),
    });
    const session = new EventEmitter();
    server.emit('session', session);
    const call = (name: string, state: object): void => {
      const stream = Object.assign(new EventEmitter(), { name, session, destroyed: false, closed: false, ...state });
      server.emit('stream', stream, { ':path': '/a/b', 'content-type': 'application/grpc' }, 0);
    };
    call('reset', { closed: true });
    call('destroyed', { destroyed: true });
    call('of none', { session: undefined });
    call('well', {});
    expect(passed).to.deep.equal(['well']);
  });
});
