// Several builds at once do no harm: scripts/build.mjs interrupted in a copy of the project, and the folders in which builds are made.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { buildFolder, removeStaleBuildFolders, takePlaceOf } from '../../scripts/build-folder.mjs';
import { ROOT } from '../support/node-process.ts';
import { eventually } from '../support/wait.ts';

const COPIED = [
  'bin',
  'proto',
  'scripts',
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

describe('the build', () => {
  let folder: string;
  let builds: ChildProcess[];
  const besides = (): string[] =>
    readdirSync(folder).filter((name) => ![...COPIED, 'node_modules', 'dist'].includes(name));

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

  it('puts each of two folders in the place of dist/, the later one last', () => {
    const [first, second] = ['dist.next.1', 'dist.next.2'].map((name) => path.join(folder, name));
    for (const next of [first!, second!]) mkdirSync(path.join(next, path.basename(next)), { recursive: true });
    for (const next of [first!, second!]) takePlaceOf(next, path.join(folder, 'dist'));
    expect([besides(), readdirSync(path.join(folder, 'dist'))]).to.deep.equal([[], ['dist.next.2']]);
    rmSync(path.join(folder, 'dist'), { recursive: true });
  });

  it('clears away what killed builds left, and nothing of one that runs', () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const ofAnother = `dist.next.${process.ppid}`;
    for (const name of [`dist.next.${dead}`, `dist.next.${dead}.old`, ofAnother, path.basename(buildFolder(folder))])
      mkdirSync(path.join(folder, name));
    removeStaleBuildFolders(folder);
    expect(besides(), 'what has the number of this process was another one’s').to.deep.equal([ofAnother]);
    rmSync(path.join(folder, ofAnother), { recursive: true });
  });
});
