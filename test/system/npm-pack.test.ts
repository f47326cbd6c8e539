// `npm pack`: a package that installs the command `lanyard`, with all that it needs and little else.
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { LOOPBACK } from '../support/cluster.ts';
import { getJson, request } from '../support/http.ts';
import { NodeProcess, ROOT, stopAll } from '../support/node-process.ts';
import { freeDiscoveryPort, freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const INSTALL_MS = 50_000;
const BYTES_MAX = 6 * 1024 ** 2;
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/;
const NEEDS_REGISTRY = ' (needs the npm registry)';

interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

describe('npm pack', () => {
  let folder: string;
  let packed: Packed;
  const installed = (...names: string[]): string => path.join(folder, 'node_modules', ...names);

  before(function () {
    this.timeout(INSTALL_MS);
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-pack-'));
    const output = execFileSync('npm', ['pack', '--json', ...withoutMake(), '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // What the build says stands before it.
    packed = (JSON.parse(output.slice(output.search(/^\[/m))) as [Packed])[0];
  });
  after(stopAll);
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs and what explains it, and neither tests nor sources', () => {
    const files = packed.files.map((file) => file.path);
    expect(files).to.include.members([
      ...['bin/lanyard', 'bin/master', 'bin/slave', 'bin/monitor', 'package.json', 'README.md', 'LICENSE'],
      ...['master', 'slave', 'monitor'].map((node) => `dist/${node}/main.js`),
      ...['dist/slave/executor/worker-thread.js', 'dist/slave.mjs', 'dist/THIRD-PARTY.txt'],
      ...['dist/dashboard/dashboard.html', 'dist/dashboard/assets/dashboard.js', 'docs/http.md', 'proto/lanyard.proto'],
      ...['master', 'slave', 'monitor'].map((node) => `deploy/systemd/lanyard-${node}.service`),
    ]);
    const odd = files.filter((file) => !/^(bin|dist|docs|deploy|proto)\/|^(package\.json|[A-Z]+(\.md)?)$/.test(file));
    expect(odd.concat(files.filter((file) => /\.(ts|map|stamp)$/.test(file)))).to.deep.equal([]);
    expect(packed.files.find((file) => file.path === 'bin/lanyard')?.mode).to.equal(0o755);
    expect(packed.unpackedSize).to.be.below(BYTES_MAX);
  });

  it('names no folder of the machine that built it', () => {
    for (const file of ['dist/slave.mjs', 'dist/THIRD-PARTY.txt', 'dist/slave/executor/worker-thread.js'])
      expect(readFileSync(path.join(ROOT, file), 'utf8'), file).not.to.contain(ROOT);
  });

  describe('as it is installed', () => {
    before(function () {
      this.timeout(INSTALL_MS);
      const { status, stderr } = npmInstall(path.join(folder, packed.filename), folder);
      if (status === 0) return;
      if (!NO_REGISTRY.test(stderr)) throw new Error(`npm install failed:\n${stderr}`);
      this.test!.parent!.title += NEEDS_REGISTRY;
      this.skip();
    });

    it('has the command lanyard, which says its version, its nodes, and what it expected', () => {
      expect(lanyard('--version')).to.include({ status: 0, stdout: `${packed.version}\n` });
      expect(lanyard('slave', '--version')).to.include({ status: 0, stdout: `${packed.version}\n` });
      expect(lanyard('--help').stdout).to.match(/^usage: lanyard <master\|slave\|monitor(\|lab)?> \[options\]\n/);
      const wrong = lanyard('slvae');
      expect(wrong.status).to.equal(2);
      expect(wrong.stderr).to.match(/expected one of master, slave, monitor(, lab)?, got slvae\n/);
      expect(lanyard('doctor').stderr).to.include('got doctor; you may mean lanyard lab doctor\n');
    });

    it('runs a master and a slave that answer a task, and serves slave.mjs', async () => {
      const file = path.relative(ROOT, installed('lanyard', 'bin', 'lanyard'));
      const shared = [...LOOPBACK, '--discovery-port', (await freeDiscoveryPort()).toString()];
      const port = (await freeTcpPort()).toString();
      const master = new NodeProcess(file, { args: ['master', ...shared, '--http-port', port] });
      await master.log('waiting for slaves');
      const slave = new NodeProcess(file, { args: ['slave', ...shared, '--concurrency', '1'] });
      await slave.log('joined');
      const url = `http://127.0.0.1:${port}`;
      await eventually('the slave is ready', async () => (await getJson<unknown[]>(`${url}/slaves`)).length === 1);
      expect(await request(`${url}/task?type=fib&n=80`)).to.include({ status: 200, body: '23416728348467685' });
      expect((await request(`${url}/slave.mjs`)).body).to.match(/^#!\/usr\/bin\/env node\n/);
      slave.kill('SIGTERM');
      master.kill('SIGTERM');
      expect([await slave.exited, await master.exited].map(({ code }) => code)).to.deep.equal([0, 0]);
    });
  });

  /** The build before packing is make's, which would put an install in the place of linked packages: then dist/ is taken as it is. */
  function withoutMake(): string[] {
    return lstatSync(path.join(ROOT, 'node_modules')).isSymbolicLink() ? ['--ignore-scripts'] : [];
  }

  function npmInstall(tarball: string, prefix: string): SpawnSyncReturns<string> {
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-save', '--fetch-retries=1'];
    return spawnSync('npm', ['install', '--prefix', prefix, ...quiet, tarball], { cwd: folder, encoding: 'utf8' });
  }

  /** The command as a shell finds it. */
  function lanyard(...args: readonly string[]): SpawnSyncReturns<string> {
    const command = installed('.bin', 'lanyard');
    if (!existsSync(command)) throw new Error('npm install made no command lanyard');
    return spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  }
});
