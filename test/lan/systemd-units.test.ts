// The units of deploy/systemd under a real systemd, booted in namespaces of its own: with the few rights that they leave, master, slave
// and monitor find each other, worker threads run and are ended, and stopping them is clean.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/node-process.ts';
import { SEARCH_PATH } from '../support/lan/commands.ts';

const SYSTEMD = '/lib/systemd/systemd';
const BOOT = path.join(import.meta.dirname, '../support/systemd/boot.sh');
const LIMIT_MS = 60_000;
const NAMESPACES = [
  '--mount',
  '--pid',
  '--net',
  '--ipc',
  '--uts',
  '--cgroup',
  '--fork',
  '--mount-proc',
  '--kill-child',
];
const NODES = ['master', 'slave', 'monitor'] as const;

interface Rights {
  readonly uid: string;
  readonly capabilities: string;
  readonly noNewPrivileges: string;
  readonly seccomp: string;
}

interface Seen {
  readonly answers: readonly { readonly status: number; readonly body: string }[];
  readonly rights: Readonly<Record<string, Rights | undefined>>;
  readonly niceness: readonly number[];
  readonly results: Readonly<Record<string, string>>;
}

describe(`LAN: systemd units${existsSync(SYSTEMD) ? '' : ' (needs systemd: Debian package systemd)'}`, () => {
  let out = '';
  let seen: Seen;

  before(async function () {
    if (!existsSync(SYSTEMD)) this.skip();
    this.timeout(LIMIT_MS);
    out = mkdtempSync(path.join(tmpdir(), 'lanyard-systemd-'));
    const before = controlGroups();
    const said = await boot(out);
    for (const left of controlGroups().filter((group) => !before.includes(group))) rmdirSync(left);
    const written = readdirSync(out).map((name) => `${name}:\n${readFileSync(path.join(out, name), 'utf8')}`);
    const line = written.join('\n').match(/^\{"answers".*$/m)?.[0];
    expect(line, [said, ...written].join('\n')).not.to.equal(undefined);
    seen = JSON.parse(line ?? '') as Seen;
  });
  after(() => {
    if (out !== '') rmSync(out, { recursive: true, force: true });
  });

  it('let a slave join and compute, and end a thread whose task is over time', () => {
    expect(seen.answers.map(({ status }) => status)).to.deep.equal([200, 504, 200]);
    expect(seen.answers.map(({ body }) => body)).to.include.members(['23416728348467685', '37889062373143906']);
  });

  it('hand the key on to the monitor, which nobody else may read', () => {
    const log = readFileSync(path.join(out, 'monitor'), 'utf8');
    expect(log).to.contain('"msg":"monitor is up"').and.to.contain('"msg":"joined"');
    expect(log).not.to.match(/"level":50|may read/);
  });

  it('give no service a right, nor a user that exists', () => {
    for (const node of NODES) {
      expect(seen.rights[node], node).to.include({
        capabilities: '0000000000000000',
        noNewPrivileges: '1',
        seccomp: '2',
      });
      expect(Number(seen.rights[node]?.uid), node).to.be.above(60_000);
    }
  });

  it('let task threads make themselves less important', () => {
    expect(seen.niceness).to.include(5);
    expect(seen.niceness).to.include(0);
  });

  it('stop cleanly', () => {
    expect(seen.results).to.deep.equal({ master: 'success 0', slave: 'success 0', monitor: 'success 0' });
  });
});

/** Those below this process's own, where systemd leaves one behind. */
function controlGroups(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const [, place = ''] = /^\S+ (\S+) cgroup2 /m.exec(mounts) ?? [];
  const [, own = ''] = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  const folder = path.join(place, own);
  if (place === '' || !existsSync(folder)) return [];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inside.map(({ name }) => path.join(folder, name));
}

/** Runs systemd to its end; what it said. Killed with everything in it when that takes too long. */
function boot(folder: string): Promise<string> {
  const args = [...NAMESPACES, 'sh', BOOT, ROOT, process.execPath, folder];
  const child = spawn('unshare', args, {
    env: { ...process.env, PATH: SEARCH_PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS / 2);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.on('error', (error) => (output += error.message));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(`${output}\nunshare ended with ${code ?? signal ?? 'an error'}`);
    });
  });
}
