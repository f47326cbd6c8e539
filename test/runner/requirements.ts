// What a suite needs of the machine. As root on Debian, missing packages are installed; elsewhere the suite is skipped.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEBIAN_PACKAGES, type Program, type Suite } from './suites.ts';

/** PATH with the folders of an administrator's programs (ip, nft), which a plain `su` leaves out. */
export const SEARCH_PATH = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(path.delimiter);

/** Asked by Debian before it starts a service: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt */
const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what `suites` need or use and this machine lacks, if it may: root, and apt-get is there. Quiet but for one line. */
export function installMissing(suites: readonly Suite[]): void {
  if (!isRoot() || !onPath('apt-get')) return;
  const needed = packagesOf(suites.flatMap((suite) => suite.needs ?? []));
  const used = packagesOf(suites.flatMap((suite) => suite.uses ?? [])).filter((name) => !needed.includes(name));
  if (needed.length + used.length > 0) aptGet('update');
  // Apart: what is only used must not keep from being installed what is needed.
  install(needed, 'the suites that need these packages cannot run');
  install(used, 'tests that use these packages are skipped');
}

/** Debian packages of those of these programs that are not here. */
function packagesOf(programs: readonly Program[]): string[] {
  return [...new Set(programs.filter((name) => !has(name)).map((name) => DEBIAN_PACKAGES[name]))];
}

function install(packages: readonly string[], otherwise: string): void {
  if (packages.length === 0) return;
  console.log(`Installing Debian packages: ${packages.join(' ')}`);
  const isOurs = forbidServices();
  if (!aptGet('install', '-y', '--no-install-recommends', ...packages)) console.log(`apt-get failed: ${otherwise}.`);
  if (isOurs) rmSync(POLICY, { force: true });
}

/** Debian starts the service of a package that it installs, such as Prometheus, unless this file says no. False: there is one already. */
function forbidServices(): boolean {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return true;
  } catch {
    return false;
  }
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
      accessSync(path.resolve(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
