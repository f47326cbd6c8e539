// Ports that cannot be bound: the node exits with a sentence that names the port and the option that chooses another.
import { createServer, type Server } from 'node:net';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startMaster, stopAll } from '../support/cluster.ts';
import { NodeProcess, type NodeOptions } from '../support/node-process.ts';
import { freeDiscoveryPort } from '../support/ports.ts';

const LOOPBACK = ['--interface', 'lo', '--http-host', '127.0.0.1'];

describe('a port that is', () => {
  const servers: Server[] = [];
  afterEach(stopAll);
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Takes a TCP port on loopback: `port`, or one chosen by the system. */
  function take(port = 0): Promise<number> {
    const server = createServer();
    servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }

  async function expectFailure(file: string, options: NodeOptions, ...says: string[]): Promise<void> {
    const child = new NodeProcess(file, options);
    const { code } = await child.exited;
    expect(code, child.output).to.equal(1);
    expect(child.logs.map(({ code: name }) => name)).to.include('CANNOT_BIND');
    for (const what of says) expect(child.output).to.contain(what);
    expect(child.output, 'a sentence, not a stack').not.to.contain('    at ');
  }

  const discovery = async (): Promise<string[]> => ['--discovery-port', (await freeDiscoveryPort()).toString()];

  it('in use by another program ends a master with its number and --http-port', async () => {
    const port = await take();
    const args = [...LOOPBACK, '--http-port', port.toString(), ...(await discovery())];
    await expectFailure('bin/master', { args }, 'HTTP', `127.0.0.1:${port}`, 'in use', '--http-port');
  });

  it('the discovery port of another master ends a second one with its number and --discovery-port', async () => {
    const { discoveryPort } = await startMaster();
    const args = [...LOOPBACK, '--http-port', '0', '--discovery-port', discoveryPort.toString()];
    await expectFailure('bin/master', { args }, `UDP`, `${discoveryPort}`, 'in use', '--discovery-port');
  });

  it('the metrics port of another slave ends a slave with its number and --metrics-port', async () => {
    const port = await take();
    const args = ['--interface', 'lo', '--metrics-port', port.toString()];
    await expectFailure('bin/slave', { args }, `127.0.0.1:${port}`, 'in use', '--metrics-port');
  });

  it('in use is passed over inside --port-range, and a range that is too full ends a slave', async () => {
    const first = await freeRange();
    await take(first);
    const range = (length: number): string[] => ['--port-range', `${first}-${first + length - 1}`];
    await expectFailure(
      'bin/slave',
      { args: ['--interface', 'lo', ...range(3)] },
      '--port-range',
      `${first}-${first + 2}`,
      'in use',
    );
    const slave = new NodeProcess('bin/slave', { args: ['--interface', 'lo', ...range(4), ...(await discovery())] });
    expect((await slave.log('slave is up'))['ports']).to.deep.equal([first + 1, first + 2, first + 3]);
  });

  it('below 1024 ends a master without privileges with a hint', async function () {
    const below = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
    if (process.platform !== 'linux' || Number(readFileSync(below, 'utf8')) < 1024) this.skip();
    const args = [...LOOPBACK, '--http-port', '81', ...(await discovery())];
    const root = process.getuid?.() === 0;
    const prefix = root ? ['setpriv', '--bounding-set', '-net_bind_service'] : [];
    await expectFailure('bin/master', { args, prefix }, '127.0.0.1:81', 'privileges', '--http-port');
  });

  it('of an address that this machine has not got ends a master', async () => {
    const args = ['--interface', 'lo', '--http-host', '192.0.2.1', '--http-port', '0', ...(await discovery())];
    const child = new NodeProcess('bin/master', { args });
    expect((await child.exited).code, child.output).to.equal(2);
    expect(child.output).to.contain('--http-host: expected an address of this machine, got 192.0.2.1');
  });

  /** The first of four TCP ports in a row that are free, below those that the system chooses. */
  async function freeRange(): Promise<number> {
    for (;;) {
      const first = await freeDiscoveryPort();
      const before = servers.length;
      const all = await Promise.all(
        [0, 1, 2, 3].map((i) =>
          take(first + i).then(
            () => true,
            () => false,
          ),
        ),
      );
      await Promise.all(servers.splice(before).map((server) => new Promise((resolve) => server.close(resolve))));
      if (all.every(Boolean)) return first;
    }
  }
});
