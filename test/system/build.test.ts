// scripts/build.mjs in a copy of the project: several at once, one that is interrupted, and what one that was killed left behind.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/node-process.ts';
import { eventually } from '../support/wait.ts';

const COPIED = ['bin', 'scripts', 'src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** Two whole builds, on a machine that may have more to do. */
const BUILDS_MS = 120_000;
const LINKS = ['master', 'slave', 'monitor', 'lab'];

describe('the build', () => {
  let folder: string;
  let builds: ChildProcess[];
  const besides = (): string[] =>
    readdirSync(folder).filter((name) => ![...COPIED, ...LINKS, 'node_modules', 'dist'].includes(name));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-build-'));
    for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  });
  beforeEach(() => (builds = []));
  afterEach(() => builds.forEach((build) => build.kill('SIGKILL')));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function start(): { build: ChildProcess; ended: Promise<unknown[]>; output: () => string } {
    const build = spawn(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    builds.push(build);
    let output = '';
    for (const stream of [build.stdout, build.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    return { build, ended: once(build, 'close'), output: () => output };
  }

  it('leaves nothing behind when it is interrupted', async () => {
    const { build, ended, output } = start();
    await eventually('it has begun', () => besides().length === 1, 20_000);
    build.kill('SIGTERM');
    expect(await ended, output()).to.deep.equal([1, null]);
    expect([besides(), existsSync(path.join(folder, 'dist'))]).to.deep.equal([[], false]);
  });

  it('may run twice at once: both succeed and leave a whole dist/ and nothing else, also not of one that was killed', async function () {
    this.timeout(BUILDS_MS);
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const mine = `dist.next.${process.pid}`;
    for (const name of [`dist.next.${dead}`, mine]) mkdirSync(path.join(folder, name, 'slave'), { recursive: true });
    const both = [start(), start()];
    for (const { ended, output } of both) expect(await ended, output()).to.deep.equal([0, null]);
    expect(besides(), 'that of a process which runs is left alone').to.deep.equal([mine]);
    expect(readdirSync(folder)).to.include.members(LINKS);
    for (const name of ['.stamp', 'slave.mjs', 'THIRD-PARTY.txt', 'dashboard/dashboard.html', 'master/main.js'])
      expect(existsSync(path.join(folder, 'dist', name)), name).to.equal(true);
    const { stdout } = spawnSync(path.join(folder, 'master'), ['--version'], { encoding: 'utf8' });
    expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});
