// A make target that stays in the foreground (`make monitoring` and the like), started as a terminal would: make and what it runs in
// a process group of their own. The programs that it starts lead groups of their own and are known by the pids that it prints.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './node-process.ts';
import { eventually } from './wait.ts';

const END_MS = 15_000;
/** What was killed is gone at all; how soon is for the system to say. */
const GONE_MS = 10_000;
const started = new Set<MakeTarget>();
const folders: string[] = [];

/** Kills what is left of every target, and removes temporary folders: for `afterEach`. */
export async function endTargets(): Promise<void> {
  await Promise.all([...started].map((target) => target.end()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A temporary folder, until `endTargets`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-make-'));
  folders.push(folder);
  return folder;
}

/** A folder with these programs of the PATH and no others, until `endTargets`. */
export function folderOf(...programs: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of programs) symlinkSync(whereIs(name), path.join(folder, name));
  return folder;
}

function whereIs(program: string): string {
  const { stdout } = spawnSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return stdout.trim();
}

export interface MakeOptions {
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command in front, such as `['ip', 'netns', 'exec', 'h1']`; it must exec what follows. */
  readonly prefix?: readonly string[];
}

export class MakeTarget {
  /** Everything that make and its programs wrote. */
  output = '';
  /** Exit code of make; undefined while it runs, null after a signal. */
  code: number | null | undefined;
  readonly #child: ChildProcess;

  /** `variables` stand on make's command line. */
  constructor(target: string, variables: Readonly<Record<string, string>> = {}, options: MakeOptions = {}) {
    const { env = {}, prefix = [] } = options;
    const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const [command, ...args] = [...prefix, whereIs('make'), target, ...words];
    // Nor of a make that runs the tests: this is one that a person types.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(LANYARD_|MAKE|MFLAGS)/.test(name));
    this.#child = spawn(command!, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...env },
    });
    started.add(this);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.#child.once('close', (code) => (this.code = code));
  }

  /** Pids of the programs that it said it started, by name. */
  get pids(): Readonly<Record<string, number>> {
    const matches = this.output.matchAll(/(\w+) \(pid (\d+)\)/g);
    return Object.fromEntries(Array.from(matches, ([, name, pid]) => [name!, Number(pid)]));
  }

  /** Waits until it has written this, or has ended, which rejects. */
  async says(words: string | RegExp, limitMs = 30_000): Promise<void> {
    const said = (): boolean => (typeof words === 'string' ? this.output.includes(words) : words.test(this.output));
    await eventually(`make says ${String(words)}`, () => said() || this.code !== undefined, limitMs).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${this.output}`);
      },
    );
    if (!said())
      throw new Error(`make ended with ${String(this.code)} before it said ${String(words)}:\n${this.output}`);
  }

  /** Signals make alone, or with what it runs directly, as Ctrl-C on a terminal does. */
  signal(signal: NodeJS.Signals, wholeGroup = false): void {
    const pid = this.#child.pid!;
    process.kill(wholeGroup ? -pid : pid, signal);
  }

  /** Waits for the end of make; its exit code. */
  async ended(limitMs = END_MS): Promise<number | null> {
    await eventually(`the end of make\n${this.output}`, () => this.code !== undefined, limitMs);
    return this.code!;
  }

  /** Waits until nothing of it is left: what was killed takes a moment to be gone. */
  async gone(): Promise<void> {
    await eventually(
      () => `the end of ${this.left().join(', ')}`,
      () => this.left().length === 0,
      GONE_MS,
    );
  }

  /** What still runs of it: `make` for make and what it runs directly, and the programs by name. */
  left(): string[] {
    const groups = Object.entries({ make: this.#child.pid ?? 0, ...this.pids });
    return groups.filter(([, pid]) => pid > 0 && isGroupAlive(pid)).map(([name]) => name);
  }

  /** Kills what is left of it. */
  async end(): Promise<void> {
    started.delete(this);
    for (const pid of [this.#child.pid ?? 0, ...Object.values(this.pids)]) {
      if (pid > 0 && isGroupAlive(pid)) process.kill(-pid, 'SIGKILL');
    }
    await this.ended();
  }
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
