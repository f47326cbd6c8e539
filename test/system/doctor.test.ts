// ./lab doctor on loopback: what it prints, for people and for programs, and its exit codes. Broken networks are in test/lan/doctor.test.ts.
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { LOOPBACK, Master, Slave, stopAll } from '../support/cluster.ts';
import { NodeProcess, type Exit, type NodeOptions } from '../support/node-process.ts';
import { freeDiscoveryPort } from '../support/ports.ts';

interface Run {
  readonly code: Exit['code'];
  readonly text: string;
}

async function lab(args: readonly string[], options: NodeOptions = {}): Promise<Run> {
  const child = new NodeProcess('bin/lab', { ...options, args });
  const { code } = await child.exited;
  return { code, text: child.output };
}

const doctor = (port: number, ...args: readonly string[]): Promise<Run> =>
  lab(['doctor', ...LOOPBACK, '--discovery-port', port.toString(), '--timeout', '4s', ...args]);

describe('./lab doctor on this machine', () => {
  let master: Master;
  let slave: Slave;
  let lonelyPort: number;
  before(async () => {
    const port = await freeDiscoveryPort();
    lonelyPort = await freeDiscoveryPort();
    master = await new Master(port).ready();
    slave = new Slave(port, { args: ['--concurrency', '1'] });
    await slave.log('joined');
  });
  after(stopAll);

  it('finds the master, exits 0 and leaves the cluster as it was', async () => {
    const before = await master.slaves();
    const { code, text } = await doctor(master.discoveryPort);
    expect(text).to.match(
      /A slave could join from here: master .+ \(127\.0\.0\.1\) answers over lo and connects to its ports\./,
    );
    expect(text).to.match(/TCP \d+ \(results\): .+ connected and said hello/);
    expect(text).to.match(/UDP \d+ is in use( by node master)?/);
    expect(text).not.to.include('\u001b');
    expect(code).to.equal(0);
    expect((await master.slaves()).map(({ id, address }) => [id, address])).to.deep.equal(
      before.map(({ id, address }) => [id, address]),
    );
    expect(master.logs.filter(({ level }) => level >= 40)).to.deep.equal([]);
  });

  it('prints the same for programs', async () => {
    const { code, text } = await doctor(master.discoveryPort, '--json');
    const { canJoin, kind, sections, facts } = JSON.parse(text) as Record<string, never> & {
      sections: { title: string }[];
      facts: { answers: object[] };
    };
    expect([code, canJoin, kind]).to.deep.equal([0, true, 'healthy']);
    expect(sections.map(({ title }) => title)).to.include.members([
      'Networks',
      'Masters',
      'Connections from the master',
    ]);
    expect(facts.answers[0]).to.include({ interface: 'lo', kind: 'ack', cluster: 'lanyard' });
  });

  it('exits 1 without a master, and says what to do', async () => {
    const [plain, json] = await Promise.all([
      doctor(lonelyPort, '--timeout', '1s'),
      doctor(lonelyPort, '--timeout', '1s', '--json'),
    ]);
    expect(plain.code).to.equal(1);
    expect(plain.text).to.match(
      /no master of cluster lanyard answered on UDP \d+ \(asked: lo 127\.255\.255\.255\)\.\n {2}- /,
    );
    expect(json.code).to.equal(1);
    expect(JSON.parse(json.text)).to.include({ canJoin: false, kind: 'no-master' });
  });

  it('exits 1 for an interface that is not there', async () => {
    const startedAtMs = performance.now();
    const { code, text } = await lab(['doctor', '--interface', 'nowhere0', '--timeout', '60s']);
    expect(code).to.equal(1);
    expect(performance.now() - startedAtMs, 'nobody is waited for').to.be.lessThan(30_000);
    expect(text).to.match(/--interface nowhere0: this machine has no such interface or address/);
  });

  it('says when another program has the ports', async () => {
    const servers: Server[] = [];
    const first = await threeInARow(servers);
    const { code, text } = await doctor(
      master.discoveryPort,
      '--port-range',
      `${first.toString()}-${(first + 2).toString()}`,
    );
    for (const server of servers) server.close();
    expect(code).to.equal(1);
    expect(text).to.match(/its ports cannot be opened: .*no TCP port is left in --port-range /);
  });

  it('exits 2 for options that make no sense, and ./lab for a tool that it has not', async () => {
    const runs = await Promise.all([
      lab(['doctor', '--port-range', '5000-5001']),
      lab(['doctor', '--timeout', '1']),
      lab(['doctor', '--verbose']),
      lab(['surgeon']),
      lab([]),
    ]);
    expect(runs.map(({ code }) => code)).to.deep.equal([2, 2, 2, 2, 2]);
    expect(runs[0].text).to.match(/at least 3 ports/);
    for (const { text } of runs.slice(3)) expect(text).to.match(/Tools:\n {2}doctor {2}/);
    const help = await lab(['--help']);
    expect([help.code, /doctor/.test(help.text)]).to.deep.equal([0, true]);
  });
});

/** Takes three ports in a row; the first of them. */
async function threeInARow(servers: Server[]): Promise<number> {
  const take = async (port: number): Promise<number> => {
    const server = createServer();
    servers.push(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  for (let i = 0; i < 20; i++) {
    const first = await take(0);
    const others = await Promise.allSettled([take(first + 1), take(first + 2)]);
    if (others.every(({ status }) => status === 'fulfilled')) return first;
  }
  throw new Error('no three free ports in a row');
}
