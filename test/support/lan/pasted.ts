// A command as a person pastes it into a shell on a host of the LAN, in an empty folder: nothing of the project is there but what the
// command fetches. Where the machine has no curl, a stand-in does what the one line needs of it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LogLine } from '../node-process.ts';
import { eventually } from '../wait.ts';
import { inside, SEARCH_PATH } from './commands.ts';
import type { Host } from './host.ts';

const WAIT_MS = 20_000;
const CURL_STAND_IN = `#!${process.execPath}
const url = process.argv.at(-1);
fetch(url).then((answer) => answer.text()).then((text) => require('fs').writeFileSync(require('path').basename(url), text));
`;

export class Pasted {
  /** Where the shell is; removed by `remove`. */
  readonly folder: string;
  readonly exitCode: Promise<number | null>;
  output = '';
  readonly #logs: LogLine[] = [];
  readonly #shell: ChildProcess;
  readonly #bin: string;
  #ended = false;

  /** `prepare` may put files into the folder first. */
  constructor(host: Host, command: string, prepare: (folder: string) => void = () => undefined) {
    const base = mkdtempSync(path.join(tmpdir(), 'lanyard-bare-'));
    this.folder = path.join(base, 'empty');
    this.#bin = path.join(base, 'bin');
    mkdirSync(this.folder);
    mkdirSync(this.#bin);
    prepare(this.folder);
    if (spawnSync('curl', ['--version'], { stdio: 'ignore' }).status !== 0)
      writeFileSync(path.join(this.#bin, 'curl'), CURL_STAND_IN, { mode: 0o755 });
    const [program, ...args] = inside(host.namespace);
    this.#shell = spawn(program, [...args, 'sh', '-c', command], {
      cwd: this.folder,
      env: { PATH: [path.dirname(process.execPath), SEARCH_PATH, this.#bin].join(path.delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // the shell and what it started are killed together
    });
    this.exitCode = new Promise((resolve) => {
      this.#shell.once('close', (code) => {
        this.#ended = true;
        resolve(code);
      });
    });
    host.runs({ kill: (signal) => this.#signalAll(signal) });
    for (const stream of [this.#shell.stdout!, this.#shell.stderr!])
      createInterface({ input: stream }).on('line', (line) => this.#read(line));
  }

  /** The first log line with this message. */
  until(msg: string): Promise<LogLine> {
    const found = (): LogLine | undefined => this.#logs.find((line) => line.msg === msg);
    const what = (): string => `"${msg}" in:\n${this.output}`;
    return eventually(what, () => (this.#ended && found() === undefined ? fail(what()) : found()), WAIT_MS);
  }

  /** Tells the program that logs, not the shell. */
  async terminate(): Promise<void> {
    const { pid } = await this.until('slave is up');
    process.kill(pid as number, 'SIGTERM');
  }

  remove(): void {
    this.#signalAll('SIGKILL');
    rmSync(path.dirname(this.folder), { recursive: true, force: true });
  }

  #signalAll(signal: NodeJS.Signals): boolean {
    return !this.#ended && this.#shell.pid !== undefined && process.kill(-this.#shell.pid, signal);
  }

  #read(line: string): void {
    this.output += `${line}\n`;
    if (line.startsWith('{')) this.#logs.push(JSON.parse(line) as LogLine);
  }
}

function fail(what: string): never {
  throw new Error(`it ended before ${what}`);
}
