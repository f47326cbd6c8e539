// Dialling a node: one socket or several, a hello on each, and what the node says of itself; all of it in time or not at all.
import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { FramedConnection } from '../../../../src/common/net/framed-connection.ts';
import { Tag, type Hello, type Message } from '../../../../src/common/protocol/messages.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { dial, type Dialled, type Introduction } from '../../../../src/master/membership/dial.ts';
import { eventually } from '../../../support/wait.ts';

type Eye = 'left' | 'right';

const TWO: Introduction<Eye, string> = {
  roles: [
    ['left', 1],
    ['right', 2],
  ],
  read: (role, message) => (role === 'right' && message[0] === Tag.Welcome ? message[1] : undefined),
};
const ONE: Introduction<'right', string> = {
  roles: [['right', 3]],
  read: (_role, message) => (message[0] === Tag.Welcome ? message[1] : undefined),
  bytesMax: 100,
};

describe('dialling', () => {
  let clock: ManualClock;
  let servers: Server[];
  let heard: Hello[];
  let peers: FramedConnection[];
  let sockets: Socket[];

  beforeEach(() => ([clock, servers, heard, peers, sockets] = [new ManualClock(), [], [], [], []]));
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  /** Opens a port; what connects to it hears `answer` after the hello, if anything. */
  async function port(...answer: Message[]): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      const peer = new FramedConnection(socket, {
        onMessage: (message) => {
          heard.push(message as Hello);
          for (const reply of answer) peer.send(reply);
        },
        onClose: () => undefined,
      });
      peers.push(peer);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  function start<R extends string>(
    introduction: Introduction<R, string>,
    ports: number[],
  ): Promise<Dialled<R, string>> {
    const target = { address: '127.0.0.1', ports, nonce: 'n1', masterId: 'm1', dial: 4, timeoutMs: 5000 };
    return dial(target, introduction, clock);
  }

  const outcome = <R extends string>(dialled: Dialled<R, string>): [boolean, string] =>
    dialled.ok ? [true, dialled.said] : [dialled.refused, dialled.reason];
  const allClosed = (): Promise<unknown> =>
    eventually('the peers are closed', () => peers.every(({ state }) => state.kind === 'closed'));

  it('opens one socket, says hello with its role, and hands on what the node says of itself', async () => {
    const dialled = await start(ONE, [await port([Tag.Welcome, 'me'])]);
    expect(outcome(dialled)).to.deep.equal([true, 'me']);
    expect(heard.map((hello) => hello.slice(1, 5))).to.deep.equal([[3, 'n1', 'm1', 4]]);
    if (!dialled.ok) return;
    expect(Object.keys(dialled.connections)).to.deep.equal(['right']);
    expect(dialled.connections.right.state.kind).to.equal('open');
    clock.advance(60_000);
    expect(dialled.connections.right.state.kind, 'no time limit is left over').to.equal('open');
    dialled.connections.right.destroy('test over');
  });

  it('opens several, in the order of their ports', async () => {
    const dialled = await start(TWO, [await port(), await port([Tag.Welcome, 'me'])]);
    expect(outcome(dialled)).to.deep.equal([true, 'me']);
    await eventually('both are greeted', () => heard.length === 2);
    expect(heard.map(([, role]) => role).sort()).to.deep.equal([1, 2]);
    if (dialled.ok) for (const connection of Object.values(dialled.connections)) connection.destroy('test over');
  });

  it('hears only the socket on which the node introduces itself', async () => {
    const dialling = start(TWO, [await port([Tag.Welcome, 'wrong-eye']), await port()]);
    await eventually('both are greeted', () => heard.length === 2);
    clock.advance(5000);
    expect(outcome(await dialling)).to.deep.equal([false, 'no complete connection within 5000 ms']);
    await allClosed();
  });

  it('fails when the node says nothing in time, and closes what was open', async () => {
    const dialling = start(ONE, [await port()]);
    await eventually('it is greeted', () => heard.length === 1);
    clock.advance(4999);
    expect(peers[0]!.state.kind).to.equal('open');
    clock.advance(1);
    expect(outcome(await dialling)).to.deep.equal([false, 'no complete connection within 5000 ms']);
    await allClosed();
  });

  it('fails as refused when nobody listens, or when there are too few ports', async () => {
    const silent = await port();
    servers.at(-1)!.close();
    expect(outcome(await start(ONE, [silent]))).to.deep.equal([true, `connect ECONNREFUSED 127.0.0.1:${silent}`]);
    expect(outcome(await start(TWO, [silent]))).to.deep.equal([true, 'the node named 1 ports, expected 2']);
  });

  it('closes the others when one socket cannot be opened', async () => {
    const good = await port();
    const bad = await port();
    servers.at(-1)!.close();
    expect((await start(TWO, [good, bad])).ok).to.be.false;
    await allClosed();
  });

  it('turns away who says anything else, where that is the rule, and waits where it is not', async () => {
    const other: Message = [Tag.Leave];
    expect(outcome(await start(ONE, [await port(other, [Tag.Welcome, 'me'])]))).to.deep.equal([
      false,
      'unexpected message 15',
    ]);
    const dialled = await start(TWO, [await port(other), await port(other, [Tag.Welcome, 'me'])]);
    expect(outcome(dialled)).to.deep.equal([true, 'me']);
    if (dialled.ok) for (const connection of Object.values(dialled.connections)) connection.destroy('test over');
  });

  it('turns away who says too much', async () => {
    const long: Message = [Tag.Rejected, 'x'.repeat(100)];
    expect(outcome(await start(ONE, [await port(long)]))).to.deep.equal([false, 'the node says too much']);
    await allClosed();
  });
});
