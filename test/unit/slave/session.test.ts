// A slave's tie to its master, from the master's side of real sockets, with the clock turned by hand.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Log } from '../../../src/common/log.ts';
import type { DiscoveryClient } from '../../../src/common/net/discovery-client.ts';
import { FramedConnection } from '../../../src/common/net/framed-connection.ts';
import { FRAME_BYTES_MAX } from '../../../src/common/protocol/framing.ts';
import {
  ROLES,
  Tag,
  type Message,
  type Role,
  type SlaveCapabilities,
  type TaskMessage,
} from '../../../src/common/protocol/messages.ts';
import { ManualClock } from '../../../src/common/time/manual-clock.ts';
import type { Intake } from '../../../src/slave/intake.ts';
import { Session } from '../../../src/slave/session.ts';
import { eventually } from '../../support/wait.ts';

const REPORT = { cpu: 0.5, memoryRatio: 0.5, foreignWeight: 0, foreignStarts: 0, slots: [], running: 0 } as const;
const SIZE = { cores: 1, concurrency: 1, maxLoad: 1, groups: [] };
const CAPABILITIES = { ...SIZE, instanceId: 'i', name: 's', labels: {}, metricsPort: 0, draining: false };
const POLL_MS = 1000;

interface Dialled {
  readonly connection: FramedConnection;
  readonly messages: Message[];
  closed: boolean;
}

describe('a session', () => {
  let clock: ManualClock;
  let calls: string[];
  let holds: SlaveCapabilities['holds'];
  let nonce: string | undefined;
  let session: Session;
  let servers: Server[];
  let accepted: number;
  let leaving: boolean;
  const clients = new Set<Socket>();

  beforeEach(async () => {
    leaving = false;
    [clock, calls, holds, nonce, servers, accepted] = [new ManualClock(), [], [], 'n1', [], 0];
    const note =
      (name: string) =>
      (...args: unknown[]): void =>
        void calls.push([name, ...args.slice(0, 3)].join(' '));
    const log = { debug: note('debug'), info: () => undefined, warn: note('warn') } as unknown as Log;
    const discovery = {
      get nonce() {
        return nonce;
      },
      search: note('search'),
      settle: note('settle'),
      close: note('close'),
    } as unknown as DiscoveryClient;
    const intake = {
      holds: () => holds,
      accept: ([, id]: TaskMessage) => calls.push(`accept ${id}`),
      cancel: note('cancel'),
      recall: note('recall'),
      drain: note('drain'),
      resume: note('resume'),
      get leaving() {
        return leaving;
      },
      dropForeign: note('dropForeign'),
    } as unknown as Intake;
    session = new Session({
      ...{ clock, log, discovery, intake, loadReport: () => REPORT },
      capabilities: (held) => ({ ...CAPABILITIES, holds: held }),
      serviceStates: () => Promise.resolve([]),
      onLink: () => undefined,
    });
    session.pollIntervalMs = POLL_MS;
    for (const role of ROLES) {
      const server = createServer((socket) => {
        accepted++;
        session.receive(role, socket);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  });

  afterEach(() => {
    for (const client of clients) client.destroy();
    for (const server of servers) server.close();
    clients.clear();
  });

  /** Connects as a master and says hello; fields of the hello may be other than right. */
  function dial(
    role: Role,
    hello: { as?: Role; nonce?: string; masterId?: string; dial?: number; major?: number } = {},
  ): Dialled {
    const socket = connect((servers[ROLES.indexOf(role)]!.address() as { port: number }).port, '127.0.0.1');
    clients.add(socket);
    const messages: Message[] = [];
    const connection = new FramedConnection(socket, {
      onMessage: (message) => messages.push(message),
      onClose: () => (dialled.closed = true),
    });
    const dialled: Dialled = { connection, messages, closed: false };
    const { as = role, nonce: said = 'n1', masterId = 'm1', dial: number = 1, major = 1 } = hello;
    connection.send([Tag.Hello, ROLES.indexOf(as), said, masterId, number, major, 0]);
    return dialled;
  }

  /** Dials all three sockets and welcomes the slave. */
  async function join(hello: Parameters<typeof dial>[1] = {}): Promise<Readonly<Record<Role, Dialled>>> {
    const link = { load: dial('load', hello), dispatch: dial('dispatch', hello), results: dial('results', hello) };
    await eventually('capabilities', () => link.load.messages.length > 0);
    link.dispatch.connection.send([Tag.Welcome, 's']);
    await eventually('it has joined', () => session.joined);
    return link;
  }

  const held = ({ load }: { load: Dialled }): unknown => (load.messages[0]![1] as SlaveCapabilities).holds;

  const turnedAway = async (dialled: Dialled): Promise<void> => {
    await eventually('the connection is closed', () => dialled.closed);
    expect(dialled.messages).to.deep.equal([]);
  };

  it('sends its capabilities with what it holds on the load socket and joins when it is welcomed', async () => {
    holds = [['m1-1', 1]];
    const { load } = await join();
    expect(load.messages).to.deep.equal([[Tag.Capabilities, { ...CAPABILITIES, holds: [['m1-1', 1]] }]]);
    expect(calls).to.include('dropForeign m1').and.to.include('settle');
  });

  it('turns away who has a nonce that was never asked for, or another version, or the wrong port', async () => {
    await turnedAway(dial('load', { nonce: 'guessed' }));
    await turnedAway(dial('load', { major: 2 }));
    await turnedAway(dial('load', { as: 'dispatch' }));
    nonce = undefined;
    await turnedAway(dial('load', { nonce: '' }));
    expect(session.joined).to.equal(false);
  });

  it('turns away who says something else first, or nothing in time', async () => {
    const talker = dial('dispatch', { nonce: 'guessed' });
    talker.connection.send([Tag.Task, 'm1-1', 1, 'fib', {}, 1, 0]);
    await turnedAway(talker);
    expect(calls.filter((call) => call.startsWith('accept'))).to.deep.equal([]);
    const silent = connect((servers[0]!.address() as { port: number }).port, '127.0.0.1');
    clients.add(silent);
    await eventually('it is accepted', () => accepted === 2);
    clock.advance(4999);
    expect(silent.destroyed).to.equal(false);
    clock.advance(1);
    silent.resume();
    await eventually('it is closed', () => silent.closed);
  });

  it('hands on what its master says', async () => {
    const { dispatch, load } = await join();
    dispatch.connection.send([Tag.Task, 'm1-1', 1, 'fib', { n: 1 }, 1, 0]);
    dispatch.connection.send([Tag.Recall, 'm1-1', 1]);
    dispatch.connection.send([Tag.Cancel, 'm1-1', 1]);
    load.connection.send([Tag.LoadRequest, 7]);
    await eventually('the poll is answered', () => load.messages.length === 2);
    await eventually('all is handed on', () => calls.includes('cancel m1-1 1'));
    expect(calls.slice(-3)).to.deep.equal(['accept m1-1', 'recall m1-1 1', 'cancel m1-1 1']);
    expect(load.messages[1]).to.deep.equal([Tag.LoadResponse, 7, REPORT]);
  });

  it('replaces a result that fits no message by one that says so, and keeps its connection', async () => {
    const { results } = await join();
    session.send([Tag.Result, 'm1-1', 1, 0, 'x'.repeat(FRAME_BYTES_MAX), 5, false]);
    session.send([Tag.Result, 'm1-2', 1, 0, 'small', 5, false]);
    await eventually('both arrive', () => results.messages.length === 2);
    const large = results.messages.find(([, id]) => id === 'm1-1')!;
    expect([large[3], large[5], large[6]]).to.deep.equal([1, 5, true]);
    expect(large[4]).to.contain('1048576 bytes');
    expect(results.messages).to.deep.include([Tag.Result, 'm1-2', 1, 0, 'small', 5, false]);
    expect(results.closed).to.equal(false);
  });

  it('drains and resumes as its master says, and stays', async () => {
    const { dispatch, results } = await join();
    for (const on of [true, false]) dispatch.connection.send([Tag.Drain, on]);
    await eventually('both are handed on', () => calls.includes('resume'));
    expect(calls.slice(-2)).to.deep.equal(['drain', 'resume']);
    expect([session.joined, results.closed, results.messages]).to.deep.equal([true, false, []]);
  });

  it('tells a master that it joins while it leaves', async () => {
    leaving = true;
    const { results } = await join();
    await eventually('it says so', () => results.messages.length > 0);
    expect(results.messages).to.deep.equal([[Tag.Draining]]);
  });

  it('sends odd results in a way that costs no connection', async () => {
    const { results } = await join();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    session.send([Tag.Result, 'm1-1', 1, 0, circular, 5, false]);
    session.send([Tag.Result, 'm1-2', 1, 1, '\ud800', 5, false, '\ud800 at x']);
    session.send([Tag.Result, 'm1-3', 1, 0, undefined, 5, false]);
    await eventually('all arrive', () => results.messages.length === 3);
    expect(results.messages.find(([, id]) => id === 'm1-1')!.slice(3)).to.deep.include(true);
    expect(results.closed).to.equal(false);
  });

  it('says how many results it drops when too many wait for a master', async () => {
    for (let i = 0; i < 10_002; i++) session.send([Tag.Result, `m1-${i}`, 1, 0, i, 5, false]);
    expect(calls.filter((call) => call.startsWith('warn')).length).to.equal(2);
    const { load } = await join();
    const kept = held({ load }) as SlaveCapabilities['holds'];
    expect([kept.length, kept[0]]).to.deep.equal([10_000, ['m1-2', 1]]);
  });

  it('keeps results while there is no master and sends them to the same one when it is back, acks not', async () => {
    const { load } = await join();
    load.connection.destroy('cable pulled');
    await eventually('it notices', () => !session.joined);
    session.send([Tag.Ack, 'm1-1', 1, 1, '']);
    session.send([Tag.Result, 'm1-1', 1, 0, 21n, 5, false]);
    const again = await join({ dial: 2 });
    expect(held(again)).to.deep.equal([['m1-1', 1]]);
    await eventually('the result', () => again.results.messages.length > 0);
    expect(again.results.messages).to.deep.equal([[Tag.Result, 'm1-1', 1, 0, 21n, 5, false]]);
  });

  it('tells its master what started between its capabilities and the welcome', async () => {
    holds = [['m1-1', 1, false]];
    const [load, dispatch, results] = [dial('load'), dial('dispatch'), dial('results')];
    await eventually('capabilities', () => load.messages.length > 0);
    session.send([Tag.Ack, 'm1-1', 1, 1, '']);
    holds = [['m1-1', 1, true], ['m1-2', 1, false]]; // prettier-ignore
    dispatch.connection.send([Tag.Welcome, 's']);
    await eventually('it is told', () => results.messages.length > 0);
    expect([held({ load }), results.messages]).to.deep.equal([[['m1-1', 1, false]], [[Tag.Ack, 'm1-1', 1, 1, '']]]);
  });

  it('gives no result of one master to another', async () => {
    const { load } = await join();
    load.connection.destroy('master killed');
    await eventually('it notices', () => !session.joined);
    session.send([Tag.Result, 'm1-1', 1, 0, 21n, 5, false]);
    nonce = 'n2';
    const other = await join({ nonce: 'n2', masterId: 'm2' });
    expect(calls).to.include('dropForeign m2');
    expect(held(other)).to.deep.equal([]);
    session.send([Tag.Result, 'm2-1', 1, 0, 1n, 5, false]);
    await eventually('a result', () => other.results.messages.length > 0);
    expect(other.results.messages.map(([, id]) => id)).to.deep.equal(['m2-1']);
  });

  it('takes a higher dial of its master for new sockets, and not a lower one', async () => {
    const first = await join({ dial: 2 });
    await turnedAway(dial('load', { dial: 1 }));
    const second = dial('load', { dial: 3 });
    await eventually('capabilities', () => second.messages.length > 0);
    await eventually('the old sockets are closed', () => ROLES.every((role) => first[role].closed));
    expect(calls.filter((call) => call === 'search')).to.deep.equal([]);
  });

  it('drops all sockets when one closes, waits half a second for its master, then searches', async () => {
    const { dispatch, load, results } = await join();
    results.connection.destroy('gone');
    await eventually('the others are closed', () => load.closed && dispatch.closed);
    expect(session.joined).to.equal(false);
    clock.advance(499);
    expect(calls).not.to.include('search');
    clock.advance(1);
    expect(calls).to.include('search');
  });

  it('searches when its master has not polled for six intervals, and not before', async () => {
    const { load } = await join();
    clock.advance(5 * POLL_MS);
    load.connection.send([Tag.LoadRequest, 1]);
    await eventually('the poll is answered', () => load.messages.length === 2);
    clock.advance(6 * POLL_MS);
    expect(session.joined).to.equal(true);
    clock.advance(POLL_MS);
    expect(session.joined).to.equal(false);
    clock.advance(500);
    expect(calls).to.include('search');
    await eventually('its sockets are closed', () => load.closed);
  });

  it('says goodbye after its last results and takes no other master', async () => {
    const { results } = await join();
    session.send([Tag.Result, 'm1-1', 1, 0, 21n, 5, false]);
    session.leave();
    await eventually('it is closed', () => results.closed);
    expect(results.messages.map(([tag]) => tag)).to.deep.equal([Tag.Result, Tag.Leave]);
    await turnedAway(dial('load', { dial: 2 }));
    clock.advance(60_000);
    expect(calls).to.include('close').and.not.to.include('search');
  });
});
