// The programs of an experiment, as children of this one: what they write is read, and all end with it, also on Ctrl-C.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KILL_AFTER_MS = 2000;
const SAYS_MS = 30_000;
const running = new Set<Program>();
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    stopping = true;
    void endAll().then(() => process.exit(128 + constants.signals[signal])); // as a shell says it: it was broken off
  });
}
process.on('exit', () => {
  for (const program of running) program.kill('SIGKILL');
});

/** True after Ctrl-C: that programs end is no news then. */
export function isStopping(): boolean {
  return stopping;
}

/** Ends what runs; resolves when all of it is gone. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.end()));
}

/** What the master has against these options, as it says it; undefined when it takes them. */
export function refusal(args: readonly string[], variables: NodeJS.ProcessEnv = {}): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, ['bin/master', ...args, '--version'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  return status === 0 ? undefined : (/Expected .*/.exec(stderr)?.[0] ?? stderr);
}

/** A program of this project under node: a file relative to the root, TypeScript or a launcher in bin/. */
export class Program {
  /** What it wrote to standard output. */
  output = '';
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<void>;
  #look = (): void => undefined;

  constructor(file: string, args: readonly string[]) {
    this.#name = path.basename(file);
    const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
    this.#child = spawn(process.execPath, [...loader, file, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#look();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        running.delete(this);
        resolve();
        this.#look();
      });
    });
  }

  /** The first group of `pattern` in what it writes; rejects when it ends before that, or says no such thing for 30 s. */
  async says(pattern: RegExp, what: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const said = new Promise<string>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${this.#name} did not say within ${SAYS_MS / 1000} s ${what}.\n${this.output}`));
      }, SAYS_MS);
      this.#look = () => {
        const match = pattern.exec(this.output);
        if (match) resolve(match[1] ?? '');
        else if (!running.has(this)) reject(new Error(`${this.#name} ended.\n${this.output}`));
      };
      this.#look();
    });
    return said.finally(() => clearTimeout(timer));
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<void> {
    return this.#ended;
  }

  async end(): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
