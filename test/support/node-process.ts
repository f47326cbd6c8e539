// One real node (bin/master, bin/slave) as a child process: its log lines, its end, and the promise that it does not outlive
// the tests.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './wait.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** One JSON log line; fields beside these as the node wrote them. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeOptions {
  /** Command-line options after the ones that the test support gives. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command in front, such as `['ip', 'netns', 'exec', 'h1']` or `setpriv …`; it must exec what follows. */
  readonly prefix?: readonly string[];
}

/** Nodes open no gRPC port unless a test asks: masters side by side would want the same one, and it makes each start slower. */
const QUIET = { LANYARD_GRPC_PORT: 'off' };

const started = new Set<NodeProcess>();
process.on('exit', () => {
  for (const node of started) node.kill('SIGKILL');
});

/** Kills every node that still runs and waits for its end: for `after` and `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...started].map((node) => node.end()));
}

export class NodeProcess {
  readonly logs: LogLine[] = [];
  /** Everything that it wrote, log lines and plain text, for messages and for tests of exit texts. */
  output = '';
  /** Undefined while it runs. */
  exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #what: string;

  /** Starts `file` (such as `bin/master`, relative to the project) with node. */
  constructor(file: string, { args = [], env = {}, prefix = [] }: NodeOptions = {}) {
    const [command = process.execPath, ...rest] = [...prefix, process.execPath, path.join(ROOT, file), ...args];
    this.#what = [path.basename(file), ...args].join(' ');
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LANYARD_'));
    const child = spawn(command, rest, {
      cwd: ROOT,
      env: { ...Object.fromEntries(inherited), ...QUIET, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    started.add(this);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.exit = { code, signal };
        started.delete(this);
        resolve(this.exit);
      };
      child.on('error', (error) => {
        this.output += error.message;
        end(null, null);
      });
      child.on('close', end);
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The first log line with this message for which `matches` holds, now or within `limitMs`. */
  async log(msg: string, matches: (line: LogLine) => boolean = () => true, limitMs = 10_000): Promise<LogLine> {
    const found = (): LogLine | undefined => this.logs.find((line) => line.msg === msg && matches(line));
    await eventually(`"${msg}" or the end of ${this.#what}\n${this.output}`, () => found() ?? this.exit, limitMs);
    const line = found();
    if (line === undefined) throw new Error(`${this.#what} ended before "${msg}":\n${this.output}`);
    return line;
  }

  /** Signals exactly this process. False when it is gone already. */
  kill(signal: NodeJS.Signals): boolean {
    return this.exit === undefined && this.#child.kill(signal);
  }

  /** Kills it (SIGKILL reaches a stopped process too) and waits for its end. */
  async end(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
  }

  #read(line: string): void {
    this.output += `${line}\n`;
    if (!line.startsWith('{')) return;
    try {
      this.logs.push(JSON.parse(line) as LogLine);
    } catch {
      // not a log line
    }
  }
}
