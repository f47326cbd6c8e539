// What a bad peer, or a bad network, must not be able to do: hold a socket, end the process, or have us send what cannot be sent.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { openDatagramPort } from '../../../../src/common/net/datagram.ts';
import { FramedConnection } from '../../../../src/common/net/framed-connection.ts';
import { encodeBatch } from '../../../../src/common/protocol/framing.ts';
import { checkMessage } from '../../../../src/common/protocol/check-message.ts';
import { Tag, type Message } from '../../../../src/common/protocol/messages.ts';
import { ParameterReader } from '../../../../src/common/task-types/parameters.ts';
import { eventually } from '../../../support/wait.ts';

const task = (params: unknown): Message => [Tag.Task, 'm-1', 1, 'any', params, 1, 0];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

describe('bad peers', () => {
  it('cannot hold a connection that we ended by never closing their side', async () => {
    const server: Server = createServer({ allowHalfOpen: true });
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    const theirs = await accepted;
    theirs.on('error', () => undefined).resume();
    const connection = new FramedConnection(socket, { onMessage: () => undefined, onClose: () => undefined });
    connection.end();
    await eventually('our socket is gone', () => socket.destroyed, 3000);
    theirs.destroy();
    server.close();
  });

  it('cannot end the process with values that no frame can hold: the others of the batch are sent', () => {
    const deep = task(nested(100_000));
    const { frames, tooLarge } = encodeBatch([task('a'), deep, task('b')]);
    expect(tooLarge).to.deep.equal([deep]);
    expect(frames).to.have.length(2);
  });

  it('cannot have a datagram port used after it was closed', async () => {
    const port = await openDatagramPort({
      what: 'test',
      host: '127.0.0.1',
      port: 0,
      option: '--test',
      onPacket: () => undefined,
      onError: () => expect.fail('an error of a closed port'),
    });
    port.close();
    port.close();
    port.send(Uint8Array.of(1), 9, '127.0.0.1');
  });

  it('cannot announce a weight, a result kind or a name that is none', () => {
    const spec = { name: 'x', description: '', schema: {}, resultKind: 'json', weight: { constant: 1 } };
    const capabilities = (more: object, name = 's1'): unknown => [
      Tag.Capabilities,
      {
        ...{ instanceId: 'abc', name, cores: 1, concurrency: 1, maxLoad: 1, labels: {}, metricsPort: 0, holds: [] },
        draining: false,
        groups: [{ name: 'x', slots: 1, taskTypes: [{ ...spec, ...more }] }],
      },
    ];
    expect(checkMessage(capabilities({}))).to.be.an('array');
    for (const more of [
      { weight: { constant: 1n } },
      { weight: { factor: 1 } },
      { resultKind: 'odd' },
      { name: 'a b' },
    ]) {
      expect(checkMessage(capabilities(more)), Object.keys(more)[0]).to.equal(undefined);
    }
    expect(checkMessage(capabilities({}, 'two\r\nlines'))).to.equal(undefined);
  });

  it('cannot announce schemas that run expressions of theirs, or that are no JSON', () => {
    const reader = (property: object): ParameterReader =>
      new ParameterReader({
        ...{ name: 'x', description: '', resultKind: 'json', weight: { constant: 1 } },
        schema: { type: 'object', properties: { x: property } },
      });
    expect(() => reader({ type: 'string', pattern: '^(a+)+$' })).to.throw('pattern');
    expect(() => reader({ const: 1n })).to.throw();
    const query = new Map([['x', [JSON.stringify(nested(40))]]]);
    expect(reader({}).fromQuery(query)).to.have.property('ok', false);
    expect(reader({}).fromQuery(new Map([['x', ['[[1]]']]]))).to.deep.equal({ ok: true, params: { x: [[1]] } });
  });
});
