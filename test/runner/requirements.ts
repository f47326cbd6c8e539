// What a suite needs of the machine. As root on Debian, missing packages are installed; elsewhere the suite is skipped.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { DEBIAN_PACKAGES, type Program, type Suite } from './suites.ts';

/** PATH with the folders of an administrator's programs (ip, nft), which a plain `su` leaves out. */
export const SEARCH_PATH = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(path.delimiter);

/** Installs what `suites` need or use and this machine lacks, if it may: root, and apt-get is there. Quiet but for one line. */
export function installMissing(suites: readonly Suite[]): void {
  const wanted = suites.flatMap((suite) => [...(suite.needs ?? []), ...(suite.uses ?? [])]);
  const packages = [...new Set(wanted.filter((name) => !has(name)).map((name) => DEBIAN_PACKAGES[name]))];
  if (packages.length === 0 || !isRoot() || !onPath('apt-get')) return;
  console.log(`Installing Debian packages: ${packages.join(' ')}`);
  if (aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...packages)) return;
  console.log('apt-get failed: the suites that need these packages cannot run.');
}

/** Why `suite` cannot run here, as a sentence; undefined when it can. */
export function missingFor(suite: Suite): string | undefined {
  if (suite.needsRoot && process.platform !== 'linux') return 'needs Linux (network namespaces)';
  if (suite.needsRoot && !isRoot()) return 'needs root (network namespaces)';
  const missing = (suite.needs ?? []).filter((name) => !has(name));
  if (missing.length === 0) return undefined;
  return `needs ${missing.map((name) => `${name} (Debian package ${DEBIAN_PACKAGES[name]})`).join(', ')}`;
}

function aptGet(...args: string[]): boolean {
  const env = { ...process.env, PATH: SEARCH_PATH, DEBIAN_FRONTEND: 'noninteractive' };
  const run = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
  if (run.status !== 0) console.log(run.stderr);
  return run.status === 0;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function has(name: Program): boolean {
  return onPath(name);
}

function onPath(name: string): boolean {
  return SEARCH_PATH.split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
