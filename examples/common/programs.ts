// The programs of an experiment, as children of this one: what they write is read, and all end with it, also on Ctrl-C.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** After SIGTERM a program has so long to end, when nothing else is said. */
const END_MS = 2000;
const SAYS_MS = 30_000;
const SHOWN_CHARS = 2000;
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

/** Resolves on Ctrl-C, when all have ended and this process is about to: for programs that stay until then. */
export function untilStopped(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 60_000));
}

/** Ends what runs; resolves when all of it is gone. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.end()));
}

/** What the master has against these options, as it says it; undefined when it takes them. */
export function refusal(args: readonly string[]): string | undefined {
  const master = spawnSync(process.execPath, ['bin/master', ...args, '--version'], { cwd: ROOT, encoding: 'utf8' });
  return master.status === 0 ? undefined : (/Expected .*/.exec(master.stderr)?.[0] ?? master.stderr);
}

/** What the master has against an algorithm of this name; undefined when it knows it. */
export function refusedAlgorithm(name: string): string | undefined {
  const why = refusal([`--algorithm=any=${name}`]);
  return why === undefined ? undefined : `Expected ${/one of .*/.exec(why)?.[0] ?? why}`;
}

export interface ProgramOptions {
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Which of its outputs is read; of the other, standard output is dropped and error output shown. */
  readonly reads?: 'stdout' | 'stderr';
  /** After SIGTERM it has so long to end. */
  readonly endMs?: number;
}

/** A program of this project under node: a file relative to the root, TypeScript, JavaScript or a launcher in bin/. A name alone is one of the PATH. */
export class Program {
  /** What it wrote to the output that is read. */
  output = '';
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<void>;
  readonly #endMs: number;
  #look = (): void => undefined;

  constructor(
    file: string,
    args: readonly string[],
    { env = {}, reads = 'stdout', endMs = END_MS }: ProgramOptions = {},
  ) {
    this.#name = path.basename(file);
    this.#endMs = endMs;
    const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const [command, ...rest] = file.includes('/') ? [process.execPath, ...loader, file, ...args] : [file, ...args];
    this.#child = spawn(command, rest, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: reads === 'stdout' ? ['ignore', 'pipe', 'inherit'] : ['ignore', 'ignore', 'pipe'],
    });
    running.add(this);
    this.#child[reads]?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#look();
    });
    this.#child.on('error', (error) => (this.output += `${error.message}\n`));
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

  /** The result of `work`, for which this program must live: rejects with what it wrote last when it ends before. */
  during<T>(work: Promise<T>): Promise<T> {
    const ended = this.#ended.then((): never => {
      throw new Error(`${this.#name} ended.\n${this.output.slice(-SHOWN_CHARS)}`);
    });
    return Promise.race([work, ended]);
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<void> {
    return this.#ended;
  }

  async end(): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), this.#endMs);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
