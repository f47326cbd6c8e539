// The programs of docs/look-aside.md work as they stand there, with stubs that protoc makes: an independent implementation of gRPC
// talks to the real master, a real slave and to each other.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { LanyardError } from '../../src/common/errors.ts';
import { type Cluster, startCluster, stopAll } from '../support/cluster.ts';
import { GrpcDesk } from '../support/grpc-server.ts';
import { backendsOf, connect, doorOf, endLookAside } from '../support/look-aside.ts';
import { ROOT } from '../support/node-process.ts';
import { extractPrograms, outputOf, pythonWithGrpc, readAll } from '../support/python.ts';
import { eventually } from '../support/wait.ts';

const PROTO = path.join(ROOT, 'proto/lanyard.proto');
const FIB_80 = '23416728348467685';
const REPORT_MS = 1000;
/** Python may be slow beside other suites. */
const LIMIT_MS = 20_000;

const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('docs/look-aside.md', () => {
  let cluster: Cluster;
  let folder: string;
  const backends: ChildProcess[] = [];
  const desk = new GrpcDesk();

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-look-aside-'));
    expect(extractPrograms('docs/look-aside.md', folder)).to.deep.equal(['client.mts', 'client.py', 'backend.py']);
    const master = ['round-robin', '--report-interval', `${REPORT_MS}ms`, '--grace', '500ms'];
    cluster = await startCluster({ grpc: true, master, slaves: [[]] });
  });
  after(async () => {
    for (const backend of backends) backend.kill('SIGKILL');
    endLookAside();
    await desk.close();
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the client in TypeScript has a slave compute fib(80)', async () => {
    copyFileSync(PROTO, path.join(folder, 'lanyard.proto'));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const args = ['--import', 'tsx', 'client.mts', doorOf(cluster.master), 'fib', 'n=80'];
    expect(await outputOf(process.execPath, args, folder)).to.equal(`${FIB_80} by s1`);
  });

  it('protoc compiles the proto to the bytes that it always had', async function () {
    if (spawnSync('protoc', ['--version']).status !== 0) return this.skip();
    const sent = 'id: "a" address: "192.0.2.7" port: 6000 load: 0.25 service: "reverse"';
    const files = ['-I', path.dirname(PROTO), PROTO];
    const encoded = spawnSync('protoc', ['--encode=lanyard.BackendInfo', ...files], { input: sent });
    expect(encoded.stderr.toString()).to.equal('');
    // Numbers and kinds of fields never change: programs that were built with another version of the proto send these bytes.
    const bytes = '0a01611209' + hex('192.0.2.7') + '18f02e21' + '000000000000d03f' + '2a07' + hex('reverse');
    expect(encoded.stdout.toString('hex')).to.equal(bytes);
  });

  describe('Python', () => {
    let python: string;
    const run = (...args: string[]): Promise<string> => outputOf(python, args, folder);
    const client = (...args: string[]): Promise<string> => run('client.py', doorOf(cluster.master), ...args);

    before(async function () {
      const found = pythonWithGrpc();
      if (found === undefined) return this.skip();
      python = found;
      const [, line = ''] =
        /^(python3 -m grpc_tools.*)$/m.exec(readFileSync(path.join(ROOT, 'docs/look-aside.md'), 'utf8')) ?? [];
      const [, ...args] = line.replace('-I proto', `-I ${path.dirname(PROTO)}`).split(' ');
      await run(...args);
    });

    async function startBackend(name: string): Promise<ChildProcess> {
      const child = spawn(python, ['backend.py', doorOf(cluster.master), name], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      backends.push(child);
      const read = readAll(child);
      await eventually(
        () => `${name} registers: ${read.errors}`,
        () => read.output.includes(`${name} is registered as reverse`),
        LIMIT_MS,
      );
      return child;
    }

    it('the client has a slave compute fib(80), and says what the slave refuses', async () => {
      expect(await client('compute', 'fib', 'n=80')).to.equal(`${FIB_80} by s1`);
      const refusal = await client('', 'fib', 'n=-1').catch(String);
      expect(refusal).to.contain('INVALID_ARGUMENT').and.to.contain('n');
    });

    it('the client does not ask again for a result that is too large', async () => {
      let calls = 0;
      const { port } = await desk.open({
        ComputeTask: () => {
          calls++;
          throw new LanyardError('RESULT_TOO_LARGE', 'the result takes 5000000 bytes');
        },
      });
      const backend = { id: 'large', address: '127.0.0.1', port, load: 0, service: 'large' };
      await connect(cluster.master).registerBackend(backend);
      const refusal = await client('large', 'reverse').catch(String);
      expect(refusal).to.contain('RESOURCE_EXHAUSTED: the result takes 5000000 bytes');
      expect(calls).to.equal(1);
    });

    it('the backend registers, reports and answers; one is killed, the other held up until it is gone: it comes back', async () => {
      const first = await startBackend('python-1');
      const second = await startBackend('python-2');
      const answers = [
        await client('reverse', 'reverse', 'text=lanyard'),
        await client('reverse', 'reverse', 'text=lanyard'),
      ];
      expect(answers.sort()).to.deep.equal(['draynal by python-1', 'draynal by python-2']);
      for (const workMs of ['soon', '-1', 'inf']) {
        const refusal = await client('reverse', 'reverse', 'text=lanyard', `workMs=${workMs}`).catch(String);
        expect(refusal).to.contain(`INVALID_ARGUMENT: workMs is a number from 0 up, not "${workMs}"`);
      }
      first.kill('SIGKILL');
      for (let i = 0; i < 2; i++)
        expect(await client('reverse', 'reverse', 'text=lanyard')).to.equal('draynal by python-2');
      const reports = async (): Promise<number> =>
        (await cluster.master.metrics()).sum('lanyard_backend_reports_total', { outcome: 'taken' });
      await eventually('it reports', async () => (await reports()) > 0);
      const known = async (): Promise<string[]> =>
        (await backendsOf(cluster.master)).map(({ id }) => id).filter((id) => id.startsWith('python'));
      await eventually('the killed one is gone', async () => (await known()).join() === 'python-2', LIMIT_MS);
      second.kill('SIGSTOP');
      await eventually('nobody is left', async () => (await known()).length === 0, LIMIT_MS);
      second.kill('SIGCONT');
      await eventually('it registers again', async () => (await known()).join() === 'python-2', LIMIT_MS);
    });
  });
});
