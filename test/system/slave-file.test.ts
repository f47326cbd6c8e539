// dist/slave.mjs as a file: what an old Node says to it, its commands and options, and that it holds all that it needs and nothing native.
// That it works on a LAN is in test/lan/slave-file.test.ts.
import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { bundleSlave } from '../../scripts/bundle-slave.mjs';
import { thirdPartyText } from '../../scripts/third-party.mjs';
import { GrpcClient } from '../support/grpc-client.ts';
import { ROOT } from '../support/node-process.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const DIST = path.join(ROOT, 'dist');
const BYTES_MAX = 2_700_000;

describe('slave.mjs', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-file-'));
    file = path.join(folder, 'slave.mjs');
    copyFileSync(path.join(DIST, 'slave.mjs'), file);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

  it('has the options of ./slave, and names itself in the examples', () => {
    const help = run(file, '--help').stdout;
    const own = spawnSync(process.execPath, [path.join(ROOT, 'bin/slave'), '--help'], { encoding: 'utf8' }).stdout;
    const options = (text: string): string => text.slice(text.indexOf('\n'), text.indexOf('Examples:'));
    expect(options(help)).to.equal(options(own)).and.to.contain('--task-memory');
    expect(help).to.match(/^Usage: node slave\.mjs \[options\]/);
    expect(help).to.contain('  node slave.mjs --interface lo ').and.to.contain('  node slave.mjs doctor ');
  });

  it('has the version of the package, and exits 2 for a wrong option', () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(run(file, '--version')).to.include({ status: 0, stdout: `${version}\n` });
    expect(run(file, '--concurency', '2')).to.include({ status: 2 });
  });

  it('runs the doctor', () => {
    const { status, stdout } = run(file, 'doctor', '--help');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Usage: node slave\.mjs doctor \[options\]/);
  });

  it('tells an old Node what is needed, before it reads anything that this Node could not', () => {
    const preload = path.join(folder, 'preload.cjs');
    for (const version of ['12.22.12', '18.20.4', '20.18.3']) {
      const numbered = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
      writeFileSync(preload, numbered);
      const { status, stdout, stderr } = run('--require', preload, file, '--help');
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.equal(
        `slave.mjs needs Node.js 20.19 or newer; this is ${version}. See https://nodejs.org/en/download\n`,
      );
    }
    // The rest is a string to a Node that old, and nothing in the head is younger than Node 12.
    const [head = ''] = readFileSync(file, 'utf8').split('\nvar code = `');
    expect(head).not.to.match(/\?\.|\?\?|=>|`|#(?!!)|'node:|\bawait\b/);
  });

  it('shows where in it an error was thrown', () => {
    const text = readFileSync(file, 'utf8');
    const broken = path.join(folder, 'broken.mjs');
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.startsWith('// scripts/slave-entry.mjs'));
    lines.splice(at, 0, 'throw new Error("here");');
    writeFileSync(broken, lines.join('\n'));
    expect(run(broken).stderr).to.contain(`broken.mjs:${(at + 1).toString()}`);
  });

  it('is of a size that can be fetched and read', () => {
    const text = readFileSync(file, 'utf8');
    expect(text.length).to.be.below(BYTES_MAX);
    expect(text.split('\n').length).to.be.above(10_000);
    expect(text).not.to.contain(ROOT);
  });

  describe('that runs', () => {
    let slave: ChildProcess;
    let port: number;
    let output = '';
    before(async () => {
      const args = ['--interface', 'lo', '--discovery-port', (await freeDiscoveryPort()).toString()];
      const serve = ['--serve', 'web=http://127.0.0.1:0', '--service-command', 'echo "port {port}"; sleep 600'];
      const rest = [...serve, '--grpc-port', '0', '--metrics-port', 'off'];
      slave = spawn(process.execPath, [file, ...args, ...rest], { cwd: folder });
      slave.stdout?.on('data', (text: Buffer) => (output += text.toString()));
      const portIn = (): string | undefined => /"grpcPort":(\d+)/.exec(output)?.[1];
      port = Number(await eventually(() => `it is up: ${output}`, portIn, 20_000));
    });
    after(() => slave.kill('SIGKILL'));

    it('serves Compute, with the .proto file in it', async () => {
      const client = await GrpcClient.open(port);
      const task = await client.call('lanyard.Compute', 'ComputeTask', { type: 'fib', params: { n: '80' } });
      expect(task.response, task.details).to.include({ text: '23416728348467685' });
      client.close();
    });

    it('serves a web service that it runs itself', async () => {
      const says = (): string | undefined => /"service":"web","text":"port (\d+)"/.exec(output)?.[1];
      const servicePort = await eventually(() => `the service speaks: ${output}`, says);
      expect(output)
        .to.match(/"forwardPort":[1-9]\d*/)
        .and.to.contain(`"host":"127.0.0.1:${servicePort}"`);
    });
  });

  it('holds the licence of everything in it', () => {
    const licences = readFileSync(path.join(DIST, 'THIRD-PARTY.txt'), 'utf8');
    const packages = ['pino', 'pino-pretty', 'systeminformation', 'prom-client', 'msgpackr', 'commander'];
    const ofGrpc = ['@grpc/grpc-js', 'protobufjs', '@protobufjs/utf8', 'long'];
    for (const name of [...packages, ...ofGrpc, 'preact']) {
      const [, text = ''] =
        new RegExp(`^${name} [\\d.]+ \\(.+\\)\\n([^]*?)\\n-{80}`, 'm').exec(`${licences}\n${'-'.repeat(80)}`) ?? [];
      expect(text, name).to.match(/copyright|apache license/i);
    }
  });

  describe('as it is made', () => {
    /** A project that is this one, but for its entry. */
    function projectWith(entry: string): string {
      const root = mkdtempSync(path.join(folder, 'project-'));
      const folders = ['src/common/config', 'src/common/grpc', 'src/slave/executor', 'scripts', 'proto'];
      for (const name of [...folders, 'node_modules/rough']) mkdirSync(path.join(root, name), { recursive: true });
      writeFileSync(path.join(root, 'package.json'), '{"version": "1.2.3"}');
      for (const name of [
        'proto/lanyard.proto',
        'src/common/config/package-version.ts',
        'src/common/grpc/proto-text.ts',
        'src/slave/executor/worker-script.ts',
        'src/slave/executor/worker-thread.ts',
      ])
        writeFileSync(path.join(root, name), '');
      const grpc = [
        'grpc-js/build/src/index.js',
        'grpc-js/build/src/make-client.js',
        'proto-loader/build/src/index.js',
      ];
      const parts = ['msgpackr/node-index.js', 'systeminformation/lib/index.js'];
      for (const name of [...parts, ...grpc.map((file) => `@grpc/${file}`)]) {
        mkdirSync(path.dirname(path.join(root, 'node_modules', name)), { recursive: true });
        writeFileSync(path.join(root, 'node_modules', name), '');
      }
      writeFileSync(path.join(root, 'node_modules/rough/package.json'), '{"name": "rough", "version": "1.0.0"}');
      writeFileSync(path.join(root, 'node_modules/rough/index.js'), 'exports.rough = 1;');
      writeFileSync(path.join(root, 'node_modules/rough/part.node'), '');
      writeFileSync(path.join(root, 'scripts/slave-entry.mjs'), entry);
      return root;
    }

    const failure = async (entry: string): Promise<string> =>
      bundleSlave(projectWith(entry), folder, { logLevel: 'silent' }).then(
        () => 'none',
        (error: unknown) => String(error),
      );

    it('refuses a module that is not there, also where the code could do without', async () => {
      expect(await failure("import 'absent';")).to.contain('absent');
      expect(await failure("try { require('absent'); } catch {}")).to.contain(
        'would need what it does not hold: absent',
      );
    });

    it('refuses native parts, and paths that would be relative to the file', async () => {
      expect(await failure("require('rough/part.node');")).to.contain('.node');
      expect(await failure('console.log(import.meta.url);')).to.contain('import.meta');
      expect(await failure('console.log(1);')).to.equal('none');
    });

    it('refuses a package without the text of its licence', async () => {
      const root = projectWith("import { rough } from 'rough'; console.log(rough);");
      const files = await bundleSlave(root, folder);
      expect(() => thirdPartyText(root, files)).to.throw('rough');
      writeFileSync(path.join(root, 'node_modules/rough/LICENSE'), 'Do as you like.');
      expect(thirdPartyText(root, files)).to.match(/^rough 1\.0\.0 \(.*\)\n\nDo as you like\.$/m);
    });
  });
});
