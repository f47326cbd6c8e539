// What a session tells its master of the services beside the slave, with the master's side of real sockets and the clock turned by hand.
import { connect, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { Log } from '../../../src/common/log.ts';
import type { DiscoveryClient } from '../../../src/common/net/discovery-client.ts';
import { FramedConnection } from '../../../src/common/net/framed-connection.ts';
import { ROLES, Tag, type Message, type Role, type ServiceState } from '../../../src/common/protocol/messages.ts';
import { ManualClock } from '../../../src/common/time/manual-clock.ts';
import type { Intake } from '../../../src/slave/intake.ts';
import { Session } from '../../../src/slave/session.ts';
import { eventually } from '../../support/wait.ts';

const REPORT = { cpu: 0.5, memoryRatio: 0.5, foreignWeight: 0, foreignStarts: 0, slots: [], running: 0 } as const;
const CAPABILITIES = {
  instanceId: 'i',
  name: 's',
  cores: 1,
  concurrency: 1,
  maxLoad: 1,
  groups: [],
  labels: {},
  metricsPort: 0,
};

describe('a session of a slave with services', () => {
  let session: Session;
  let reading: { limitMs: number; done: (states: ServiceState[]) => void }[];
  let links: unknown[];
  let servers: Server[];
  let connections: FramedConnection[];
  let messages: Message[];

  beforeEach(async () => {
    [reading, links, servers, connections, messages] = [[], [], [], [], []];
    const nothing = (): void => undefined;
    const none = { holds: () => [], dropForeign: nothing, leaving: false };
    session = new Session({
      clock: new ManualClock(),
      log: { debug: nothing, info: nothing, warn: nothing } as unknown as Log,
      discovery: { nonce: 'n1', search: nothing, settle: nothing, close: nothing } as unknown as DiscoveryClient,
      intake: none as unknown as Intake,
      capabilities: (holds) => ({ ...CAPABILITIES, holds, draining: false }),
      loadReport: () => REPORT,
      serviceStates: (limitMs) => new Promise((done) => reading.push({ limitMs, done })),
      onLink: ({ nonce, masterId }) => links.push([nonce, masterId]),
    });
    session.pollIntervalMs = 1000;
    for (const role of ROLES) {
      const server = createServer((socket) => session.receive(role, socket));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  });
  afterEach(() => {
    for (const connection of connections) connection.destroy('test over');
    for (const server of servers) server.close();
  });

  async function dial(role: Role, dialled = 1, masterId = 'm1'): Promise<FramedConnection> {
    const { port } = servers[ROLES.indexOf(role)]!.address() as { port: number };
    const connection = new FramedConnection(connect(port, '127.0.0.1'), {
      onMessage: (message) => messages.push(message),
      onClose: () => undefined,
    });
    connections.push(connection);
    const before = links.length;
    connection.send([Tag.Hello, ROLES.indexOf(role), 'n1', masterId, dialled, 1, 3]);
    if (role === 'load') await eventually('the link stands', () => links.length > before && session.master);
    return connection;
  }

  const told = (): Message[] => messages.filter(([tag]) => tag === Tag.ServiceStates);

  it('reads them when the master asks on the load socket, and tells how they are with its number', async () => {
    const load = await dial('load');
    load.send([Tag.LoadRequest, 7]);
    await eventually('it reads', () => reading.length === 1);
    expect(reading[0]!.limitMs).to.equal(800);
    await eventually('the load is not held up', () => messages.some(([tag]) => tag === Tag.LoadResponse));
    expect(told()).to.deep.equal([]);
    reading[0]!.done([['web', true, 3]]);
    await eventually('it is told', () => told().length > 0);
    expect(told()).to.deep.equal([[Tag.ServiceStates, 7, [['web', true, 3]]]]);
  });

  it('does not answer what is asked while it reads, and says nothing when there is none', async () => {
    const load = await dial('load');
    load.send([Tag.LoadRequest, 7]);
    load.send([Tag.LoadRequest, 8]);
    await eventually('both are answered', () => messages.filter(([tag]) => tag === Tag.LoadResponse).length === 2);
    expect(reading).to.have.length(1);
    reading[0]!.done([]);
    await new Promise((resolve) => setImmediate(resolve));
    load.send([Tag.LoadRequest, 9]);
    await eventually('it reads again', () => reading.length === 2);
    reading[1]!.done([['web', false, null]]);
    await eventually('it is told', () => told().length > 0);
    expect(told()).to.deep.equal([[Tag.ServiceStates, 9, [['web', false, null]]]]);
  });

  it('tells nothing over another link than the one that asked', async () => {
    const load = await dial('load');
    load.send([Tag.LoadRequest, 7]);
    await eventually('it reads', () => reading.length === 1);
    await dial('load', 2);
    reading[0]!.done([['web', true, 3]]);
    const again = connections.at(-1)!;
    again.send([Tag.LoadRequest, 1]);
    await eventually('it reads again', () => reading.length === 2);
    reading[1]!.done([['web', true, 4]]);
    await eventually('it is told', () => told().length > 0);
    expect(told()).to.deep.equal([[Tag.ServiceStates, 1, [['web', true, 4]]]]);
  });

  it('knows its master by nonce, id and address while the link stands, and no longer', async () => {
    expect(session.master).to.equal(undefined);
    const load = await dial('load');
    expect(session.master).to.deep.equal({ nonce: 'n1', masterId: 'm1', address: '127.0.0.1' });
    expect(links).to.deep.equal([['n1', 'm1']]);
    load.destroy('gone');
    await eventually('it is lost', () => session.master === undefined);
  });
});
