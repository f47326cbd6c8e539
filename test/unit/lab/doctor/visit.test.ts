// How a visit tells masters that hear this machine from those that do not, with real connections on loopback and a clock that is turned by hand.
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { FramedConnection } from '../../../../src/common/net/framed-connection.ts';
import { ROLES, Tag } from '../../../../src/common/protocol/messages.ts';
import { encodeBatch } from '../../../../src/common/protocol/framing.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { Visit } from '../../../../src/lab/doctor/visit.ts';
import { eventually } from '../../../support/wait.ts';

const NONCE = 'n1';
const ETHERNET_MTU = 1500;
/** How long a master may take for its hellos. */
const LIMIT_MS = 3000;

describe('a visit of the doctor', () => {
  let clock: ManualClock;
  let visit: Visit;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    clock = new ManualClock();
    visit = await Visit.open('127.0.0.1', undefined, NONCE, clock);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await visit.end();
  });

  function dial(i: number): Socket {
    const socket = connect(visit.ports[i]!, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  function hello(i: number, masterId: string): Parameters<FramedConnection['send']>[0] {
    return [Tag.Hello, i, NONCE, masterId, 1, 1, 0];
  }

  /** Dials as a master does; `ends`: it knows what Leave means. Counts what it got on the load socket, up to the Leave. */
  function call(masterId: string, { ends }: { ends: boolean }): { bytes: number; left: boolean } {
    const heard = { bytes: 0, left: false };
    const connections: FramedConnection[] = ROLES.map((role, i) => {
      const connection = new FramedConnection(dial(i), {
        onMessage: ([tag]) => {
          if (tag !== Tag.Leave) return;
          heard.left = true;
          if (ends) for (const one of connections) one.end();
        },
        onClose: () => undefined,
        onBytes: (count) => void (heard.bytes += role === 'load' ? count : 0),
      });
      connection.send(hello(i, masterId));
      return connection;
    });
    return heard;
  }

  /** Dials, says hello, and takes nothing of what comes. */
  async function callDeaf(masterId: string): Promise<void> {
    ROLES.forEach((_role, i) =>
      dial(i)
        .pause()
        .write(encodeBatch([hello(i, masterId)]).frames[0]!),
    );
    await eventually('all hellos', () => visit.factsOf(masterId).greeted.length === ROLES.length);
  }

  it('sends more than a packet holds and leaves at once, and is over when the master ends it', async () => {
    expect(visit.expect('m1', LIMIT_MS)).to.equal(true);
    const heard = call('m1', { ends: true });
    await visit.settled();
    expect(heard.left).to.equal(true);
    expect(heard.bytes).to.be.greaterThan(ETHERNET_MTU);
    expect(visit.factsOf('m1')).to.deep.include({ heard: true, connected: [...ROLES] });
  });

  it('knows a master that hears nothing, and one that the way resets', async () => {
    visit.expect('deaf', LIMIT_MS);
    await callDeaf('deaf');
    clock.advance(3499);
    expect(visit.factsOf('deaf').heard).to.equal(undefined);
    clock.advance(1);
    await visit.settled();
    expect(visit.factsOf('deaf').heard).to.equal(false);
    visit.expect('reset', LIMIT_MS);
    await callDeaf('reset');
    for (const socket of sockets) socket.resetAndDestroy();
    await visit.settled();
    expect(visit.factsOf('reset').heard).to.equal(false);
  });

  it('knows an older master, which takes the goodbye for nothing', async () => {
    visit.expect('old', LIMIT_MS);
    const heard = call('old', { ends: false });
    await eventually('the goodbye', () => heard.left);
    expect(visit.factsOf('old').heard).to.equal(undefined);
    clock.advance(2000);
    await visit.settled();
    expect(visit.factsOf('old').heard).to.equal(true);
  });

  it('claims nothing of a master whose hellos were so late that it gives up dialling soon', async () => {
    visit.expect('late', LIMIT_MS);
    clock.advance(2900);
    await callDeaf('late');
    clock.advance(1850);
    await visit.settled();
    expect(visit.factsOf('late')).to.deep.include({ greeted: [...ROLES] });
    expect(visit.factsOf('late').heard).to.equal(undefined);
  });

  it('tells masters apart, and waits for each', async () => {
    visit.expect('m1', LIMIT_MS);
    visit.expect('m2', LIMIT_MS);
    call('m1', { ends: true });
    await eventually('the first is over', () => visit.factsOf('m1').heard);
    let isSettled = false;
    const settled = visit.settled().then(() => (isSettled = true));
    await new Promise(setImmediate);
    expect(isSettled).to.equal(false);
    clock.advance(LIMIT_MS);
    await settled;
    expect(visit.factsOf('m2')).to.deep.equal({ ports: visit.ports, greeted: [], connected: [] });
  });

  it('gives back a place that was promised again after it had left', async () => {
    visit.expect('m1', LIMIT_MS);
    expect(visit.expect('m1', LIMIT_MS), 'while it is there').to.equal(false);
    call('m1', { ends: true });
    await visit.settled();
    expect(visit.expect('m1', LIMIT_MS), 'after it has left').to.equal(true);
    const again = call('m1', { ends: true });
    await eventually('a second goodbye', () => again.left);
    expect(visit.factsOf('m1').heard).to.equal(true);
  });

  it('knows that somebody connected who did not say hello', async () => {
    visit.expect('m1', LIMIT_MS);
    dial(1);
    await eventually('the connection', () => visit.factsOf('m1').connected.length > 0);
    clock.advance(LIMIT_MS);
    await eventually('its end', () => sockets.every(({ closed }) => closed));
    await visit.settled();
    expect(visit.factsOf('m1')).to.deep.include({ greeted: [], connected: ['dispatch'] });
  });

  it('turns away a master that was not told the ports', async () => {
    visit.expect('m1', LIMIT_MS);
    const heard = call('m9', { ends: true });
    await eventually('all closed', () => sockets.every(({ closed }) => closed));
    expect(heard.left).to.equal(false);
    expect(visit.factsOf('m1').greeted).to.deep.equal([]);
  });
});
