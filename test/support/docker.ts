// A real Docker daemon for tests, with what it stores in a temporary folder. It and all its containers live in a process and a mount
// namespace of their own, so that nothing of them outlives the tests, whatever happens: they end with the process of the namespace.
// Without bridge and packet filter: containers have the host's network, where tests keep to loopback, or none.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker, { type ContainerInfo } from 'dockerode';
import { SEARCH_PATH } from '../runner/requirements.ts';
import { eventually } from './wait.ts';

const READY_LIMIT_MS = 20_000;
const FOLDER_PREFIX = 'lanyard-docker-';
/** In a folder: the pid of the test process that made it. */
const OWNER = 'owner';
/** Beside the network rule: containers that are not stopped in time are killed when the daemon ends. */
const FLAGS =
  '--iptables=false --ip6tables=false --bridge=none --ip-forward=false --ip-masq=false --shutdown-timeout=1';

const running = new Set<Dockerd>();
process.on('exit', () => {
  for (const dockerd of running) dockerd.kill();
});

/** Why there can be no Docker here, as a sentence for the title of a skipped test; undefined when there can. */
export function whyNoDocker(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root (a Docker daemon)';
  const programs = { dockerd: 'docker.io', busybox: 'busybox-static', setpriv: 'util-linux', unshare: 'util-linux' };
  for (const [program, debian] of Object.entries(programs)) {
    const { error } = spawnSync(program, ['--version'], { stdio: 'ignore', env: { PATH: SEARCH_PATH } });
    if (error !== undefined) return `needs ${program} on the PATH (Debian package ${debian})`;
  }
  return undefined;
}

/** Starts a daemon and waits until it answers. */
export async function startDockerd(): Promise<Dockerd> {
  removeLeftovers();
  return new Dockerd().ready();
}

/** Ends every daemon that still runs, with its containers: for `after` hooks. */
export async function stopDockerd(): Promise<void> {
  await Promise.all([...running].map((dockerd) => dockerd.end()));
}

export class Dockerd {
  /** Removed at the end. */
  readonly folder = mkdtempSync(path.join(tmpdir(), FOLDER_PREFIX));
  readonly socket = path.join(this.folder, 'docker.sock');
  /** For DOCKER_HOST. */
  readonly host = `unix://${this.socket}`;
  readonly docker = new Docker({ socketPath: this.socket, host: '', protocol: 'http' });
  /** Everything that it logged. */
  output = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #controlGroup = path.basename(this.folder);
  #ended = false;

  constructor() {
    writeFileSync(path.join(this.folder, OWNER), process.pid.toString());
    const places = [
      '--data-root',
      `${this.folder}/data`,
      '--exec-root',
      `${this.folder}/exec`,
      '-p',
      `${this.folder}/pid`,
    ];
    const daemon = ['dockerd', ...places, '-H', this.host, '--cgroup-parent', this.#controlGroup, ...FLAGS.split(' ')];
    // The kernel ends unshare with this process, and the daemon with unshare.
    const wrapped = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    this.#child = spawn('setpriv', [...wrapped, ...daemon], {
      env: { ...process.env, PATH: SEARCH_PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(this);
    this.#child.stderr!.on('data', (data: Buffer) => (this.output += data.toString()));
    this.#closed = new Promise((resolve) => {
      this.#child.on('error', (error) => (this.output += `${error.message}\n`));
      this.#child.on('close', () => {
        this.#ended = true;
        running.delete(this);
        resolve();
      });
    });
  }

  async ready(): Promise<this> {
    const answers = async (): Promise<boolean> => this.#ended || (await this.docker.ping().then(Boolean, () => false));
    await eventually(() => `a Docker daemon that answers\n${this.output}`, answers, READY_LIMIT_MS);
    if (this.#ended) throw new Error(`The Docker daemon did not start:\n${this.output}`);
    return this;
  }

  /** All containers, those that ended among them. */
  containers(): Promise<ContainerInfo[]> {
    return this.docker.listContainers({ all: true });
  }

  /** Ends the daemon, and with it, the first process of its namespace, all containers. */
  kill(): void {
    if (this.#ended) return;
    const { pid = 0 } = this.#child;
    for (const daemon of childrenOf(pid)) process.kill(daemon, 'SIGKILL');
    if (childrenOf(pid).length === 0) this.#child.kill('SIGKILL'); // it has not begun
  }

  /** Ends it with all containers, and removes what it stored. */
  async end(): Promise<void> {
    this.kill();
    await this.#closed;
    await eventually('the end of the mounts of a Docker daemon', () => isRemoved(this.folder));
    removeControlGroups(this.#controlGroup);
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it has ended
  }
}

/** What test processes left behind that are no more. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(FOLDER_PREFIX))) {
    const folder = path.join(tmpdir(), name);
    const owner = path.join(folder, OWNER);
    if (!existsSync(owner) || existsSync(`/proc/${readFileSync(owner, 'utf8')}`)) continue;
    if (isRemoved(folder)) removeControlGroups(name);
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false; // its processes are about to end
  }
}

/** Control groups of containers, empty by now, in each hierarchy: see cgroups(7). */
function removeControlGroups(name: string): void {
  const root = '/sys/fs/cgroup';
  if (!existsSync(root)) return;
  for (const hierarchy of [root, ...readdirSync(root).map((child) => path.join(root, child))]) {
    const group = path.join(hierarchy, name);
    if (!existsSync(group)) continue;
    for (const { parentPath, name: child } of readdirSync(group, { withFileTypes: true }).filter((e) =>
      e.isDirectory(),
    )) {
      attemptRemoval(path.join(parentPath, child));
    }
    attemptRemoval(group);
  }
}

function attemptRemoval(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Its last process is about to end; an empty group costs nothing.
  }
}
