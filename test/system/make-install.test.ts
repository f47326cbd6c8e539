// What `make` takes for installed: only what was installed to the end. Asked with `make -n`, which says what it would do.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/node-process.ts';

describe('make install', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-install-'));
    for (const file of ['Makefile', 'package-lock.json']) copyFileSync(path.join(ROOT, file), path.join(folder, file));
    utimesSync(path.join(folder, 'package-lock.json'), 1000, 1000);
    mkdirSync(path.join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const wouldDo = (): string => spawnSync('make', ['-n', 'install'], { cwd: folder, encoding: 'utf8' }).stdout;

  it('begins anew when an install was broken off, though npm has left its list of all packages', () => {
    writeFileSync(path.join(folder, 'node_modules', '.package-lock.json'), '{}');
    expect(wouldDo()).to.include('npm ci');
  });

  it('does nothing when all is there, and installs again when package-lock.json is newer', () => {
    writeFileSync(path.join(folder, 'node_modules', '.installed'), '');
    expect(wouldDo()).not.to.include('npm ci');
    utimesSync(path.join(folder, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000));
    expect(wouldDo()).to.include('npm ci');
  });
});
