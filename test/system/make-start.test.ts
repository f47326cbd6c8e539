// `make start`: a working cluster from one command, and nothing left of it after Ctrl-C.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { request } from '../support/http.ts';
import { ROOT } from '../support/node-process.ts';
import { freeDiscoveryPort, freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const START_MS = 30_000;
const STOP_MS = 3000 * (process.env['CI'] === 'true' ? 3 : 1);

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  /** Of the master and the slaves, as it printed them. */
  readonly pids: readonly number[];
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

const started = new Set<Started>();

/** Runs a command that starts the cluster, in a process group of its own like a terminal's foreground job. */
async function start(command: string, args: readonly string[]): Promise<Started> {
  const port = await freeTcpPort();
  const discovery = await freeDiscoveryPort();
  const ports = { LANYARD_HTTP_PORT: port.toString(), LANYARD_DISCOVERY_PORT: discovery.toString() };
  const env = { ...process.env, ...ports, LANYARD_HTTP_HOST: '127.0.0.1', LANYARD_GRPC_PORT: 'off' };
  const child = spawn(command, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const pids: number[] = [];
  const url = `http://127.0.0.1:${port}`;
  const it: Started = { child, url, pids, ended, output: () => output };
  started.add(it);
  await eventually(
    'the names and pids of three nodes',
    () => /^Started .*$/m.test(output) || child.exitCode !== null,
    START_MS,
  );
  pids.push(...Array.from(output.matchAll(/\(pid (\d+)\)/g), ([, pid]) => Number(pid)));
  const isAnnounced = (): boolean => output.includes(`Open ${url}/`);
  await eventually(
    () => `a line with the URL in:\n${output}`,
    () => isAnnounced() || child.exitCode !== null,
    START_MS,
  );
  if (!isAnnounced()) throw new Error(`it ended with code ${child.exitCode}:\n${output}`);
  return it;
}

/** Runs the script with this HTTP port to its end. */
async function startAt(port: number): Promise<{ code: number | null; output: string }> {
  const ports = { LANYARD_HTTP_PORT: port.toString(), LANYARD_DISCOVERY_PORT: (await freeDiscoveryPort()).toString() };
  const env = { ...process.env, ...ports, LANYARD_HTTP_HOST: '127.0.0.1', LANYARD_GRPC_PORT: 'off' };
  const child = spawn(process.execPath, ['scripts/start.mjs'], { cwd: ROOT, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('make start', () => {
  afterEach(() => {
    for (const { child, pids } of started) {
      if (child.exitCode === null) child.kill('SIGKILL');
      for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    }
    started.clear();
  });

  it('prints a URL that answers, and Ctrl-C ends all of it within 3 s', async function () {
    this.timeout(START_MS + 20_000);
    const { child, url, pids, ended, output } = await start('make', ['start']);
    expect(pids).to.have.length(3);
    expect(output()).to.contain(`${url}/task?type=fib&n=80`);
    expect(output()).to.match(/\.\/slave --interface lo --discovery-port \d+\n/);
    const { body } = await request(`${url}/task?type=fib&n=80`);
    expect(body).to.equal('23416728348467685');
    const slaves = JSON.parse((await request(`${url}/slaves`)).body) as { name: string; address: string }[];
    expect(slaves.map(({ name }) => name).sort()).to.deep.equal(['slave-1', 'slave-2']);
    for (const { address } of slaves) expect(address).to.match(/^127\.0\.0\.1:/);
    const stoppedAt = performance.now();
    process.kill(-child.pid!, 'SIGINT'); // a terminal signals the whole group
    await ended;
    expect(performance.now() - stoppedAt).to.be.below(STOP_MS);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('runs a script that exits 0 after SIGINT, also when a task is under way', async () => {
    const { child, url, pids, ended } = await start(process.execPath, ['scripts/start.mjs']);
    const answer = request(`${url}/task?type=burn&ms=600000`).then(
      ({ status }) => status,
      () => 'connection lost',
    );
    await eventually('it runs', async () => (await request(`${url}/slaves`)).body.includes('"leases":1'));
    const stoppedAt = performance.now();
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    expect(performance.now() - stoppedAt).to.be.below(STOP_MS);
    expect(pids.filter(isAlive)).to.deep.equal([]);
    expect(await answer).to.be.oneOf([503, 'connection lost']);
  });

  it('goes on when a slave dies, and ends the others and fails when the master does', async () => {
    const { url, pids, ended, output } = await start(process.execPath, ['scripts/start.mjs']);
    process.kill(pids[1]!, 'SIGKILL');
    await eventually('it says so', () => output().includes('its tasks run on the others'));
    expect((await request(`${url}/task?type=fib&n=80`)).body).to.equal('23416728348467685');
    process.kill(pids[0]!, 'SIGKILL');
    expect(await ended).to.equal(1);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('says so when a master already answers on its port', async () => {
    const { url } = await start(process.execPath, ['scripts/start.mjs']);
    const { code, output } = await startAt(Number(new URL(url).port));
    expect(code).to.equal(1);
    expect(output).to.contain(url).and.to.contain('LANYARD_HTTP_PORT');
  });

  it('says so when a program that hangs up on everybody has its port', async () => {
    const other = createServer((socket) => socket.destroy());
    const port = await freeTcpPort();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      // More than once: how soon it hangs up makes a difference.
      for (let i = 0; i < 3; i++) {
        const { code, output } = await startAt(port);
        expect(output).to.contain(`port ${port} is in use`).and.to.contain('master exited with code 1');
        expect(code).to.equal(1);
      }
    } finally {
      other.close();
    }
  });
});
