// A program of examples/ that serves HTTP, as a child: its URL, its output, and the promise that it does not outlive the tests.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from './node-process.ts';
import { readAll } from './python.ts';
import { eventually } from './wait.ts';

const children = new Set<ChildProcess>();
const LIMIT_MS = 20_000;

export interface ExampleProgram {
  /** http://host:port, without a slash at the end. */
  readonly url: string;
  readonly child: ChildProcess;
  readonly read: { readonly output: string; readonly errors: string };
}

/** Starts it at a port that the system chooses; resolves when it listens. */
export async function startProgram(file: string, env: Readonly<Record<string, string>> = {}): Promise<ExampleProgram> {
  const { child, read } = spawned(file, { PORT: '0', ...env });
  const listening = (): string | undefined => / listens at (\S+)\//.exec(read.output)?.[1];
  const url = await eventually(() => `${file} listens: ${read.errors}`, listening, LIMIT_MS);
  return { url, child, read };
}

/** What it says to these variables before it ends with code 2. */
export async function refusalOf(file: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { child, read } = spawned(file, env);
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 2) throw new Error(`${file} ended with ${code}: ${read.errors}`);
  return read.errors;
}

/** Kills those that run: for `after` and `afterEach`. */
export function endPrograms(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}

function spawned(file: string, env: Readonly<Record<string, string>>): Pick<ExampleProgram, 'child' | 'read'> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(LANYARD_|SERVER_|CHARGE_)/.test(name));
  const child = spawn(process.execPath, [file], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return { child, read: readAll(child) };
}
