// The one command of an example, started as a terminal would: in a process group of its own, and nothing of it may be left.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { ROOT } from './node-process.ts';
import { processesOf } from './process-group.ts';
import { eventually } from './wait.ts';

const GONE_MS = 20_000;

export interface ExampleCommand {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Standard output, and standard output and errors together. */
  readonly read: { output: string; all: string };
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** `file`: relative to the project. */
export function startCommand(file: string, ...args: readonly string[]): ExampleCommand {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: ROOT,
    env: { ...process.env, LANYARD_LOG_LEVEL: 'warn' }, // whatever a person has set
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = { output: '', all: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    read.output += text;
    read.all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (read.all += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, pid: child.pid ?? -1, read, ended };
}

/** What it says before it ends with code 2, without having started anything. */
export async function refusedBy(file: string, ...args: readonly string[]): Promise<string> {
  const { read, ended } = startCommand(file, ...args);
  const code = await ended;
  if (code !== 2) throw new Error(`${file} ${args.join(' ')} ended with ${String(code)}: ${read.all}`);
  return read.all;
}

/** The discovery port of its master, once that runs: whoever belongs to it, in whatever process group, was told this number. */
export function discoveryPortOf({ pid, read }: ExampleCommand): Promise<string> {
  const found = (): string | undefined =>
    processesOf(pid)
      .map(({ line }) => /bin\/master .*--discovery-port (\d+)/.exec(line)?.[1])
      .find((port) => port !== undefined);
  return eventually(() => `a master: ${read.all}`, found, GONE_MS);
}

/** Processes that were told this discovery port, by an option or a variable of theirs; their command lines. */
export function toldOf(discoveryPort: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        const isTold = line.includes(`--discovery-port ${discoveryPort} `);
        return isTold || variables.includes(`LANYARD_DISCOVERY_PORT=${discoveryPort}`) ? [line] : [];
      } catch {
        return []; // it has ended meanwhile, or is somebody else's
      }
    });
}

/** Waits until nobody of its process group is left, nor anybody who was told its master's port. */
export function nothingRuns({ pid }: ExampleCommand, discoveryPort?: string): Promise<boolean> {
  const left = (): string[] => [
    ...processesOf(pid).map(({ line }) => line),
    ...(discoveryPort === undefined ? [] : toldOf(discoveryPort)),
  ];
  return eventually(
    () => `all have ended: ${left().join('\n')}`,
    () => left().length === 0,
    GONE_MS,
  );
}

/** Kills what is left of its process group: for `afterEach`. */
export function killCommand({ pid }: ExampleCommand): void {
  for (const member of processesOf(pid)) {
    try {
      process.kill(member.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended meanwhile
    }
  }
}
