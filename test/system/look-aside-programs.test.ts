// scale_servers.ts and scale_clients.ts of examples/look-aside by themselves: what they say when something is wrong.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { startMaster, stopAll } from '../support/cluster.ts';
import { backendsOf, doorOf } from '../support/look-aside.ts';
import { ROOT } from '../support/node-process.ts';
import { readAll } from '../support/python.ts';
import { eventually } from '../support/wait.ts';

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';
const LIMIT_MS = 20_000;

describe('scale_servers.ts and scale_clients.ts', () => {
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await stopAll();
  });

  function start(program: string, ...args: string[]): ChildProcess {
    const file = `examples/look-aside/${program}.ts`;
    const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  /** What it says before it ends with `code`; nothing of it is on standard output. */
  async function fails(code: number, program: string, ...args: string[]): Promise<string> {
    const child = start(program, ...args);
    const read = readAll(child);
    expect((await once(child, 'close'))[0], read.errors).to.equal(code);
    expect(read.output).to.equal('');
    return read.errors;
  }

  it('without a master each says which address it tried', async () => {
    const [servers, clients] = await Promise.all([
      fails(1, 'scale_servers', '--master', NOBODY, '--servers', '2'),
      fails(1, 'scale_clients', '--master', NOBODY, '--clients', '2', '--timeout', '300'),
    ]);
    expect(servers).to.match(/^Server 1 could not be started: the master at 127\.0\.0\.1:1 did not register it: /);
    expect(clients).to.match(/^No master answers at 127\.0\.0\.1:1 \(its --grpc-port\): /);
  });

  it('an address that this machine has not got is no fault of the master, and a number that will not do is named', async () => {
    const [host, step, many, timeout] = await Promise.all([
      fails(1, 'scale_servers', '--master', NOBODY, '--host', '192.0.2.1'),
      fails(2, 'scale_servers', '--load-step', 'much'),
      fails(2, 'scale_clients', '--clients', '1000'),
      fails(2, 'scale_clients', '--timeout=-1'),
    ]);
    expect(host).to.match(/^Server 1 could not be started: it cannot listen at 192\.0\.2\.1: .*EADDRNOTAVAIL/m); // after a line of grpc-js
    expect(host).not.to.contain('master');
    expect(step).to.equal('--load-step takes a number from 0 up, not "much".\nSee --help.\n');
    expect(many).to.match(/^--clients takes a whole number from 1 to 900 \(.*1000 connections.*\), not "1000"\.\n/);
    expect(timeout).to.equal('--timeout takes a number from 0 up, not "-1".\nSee --help.\n');
  });

  it('servers that listen everywhere are called at the address that they register from', async () => {
    const master = await startMaster({ grpc: true });
    const read = readAll(start('scale_servers', '--master', doorOf(master), '--servers', '1', '--host', '0.0.0.0'));
    await eventually(
      () => `it registers: ${read.errors}`,
      () => read.output.includes('1 servers of "reverse" are registered'),
      LIMIT_MS,
    );
    const [backend] = await backendsOf(master);
    expect(backend).to.include({ id: 'backend-1', address: '127.0.0.1' });
  });
});
