// Replicas as processes of this machine: ./slave with the service as its child, detached, so that they outlive a master that is killed.
// Whoever they are is on their command lines, where the next master finds them.
import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { sleep } from '../../common/time/clock.ts';
import { marks, ProcessTable, replicaAt, type allProcesses } from './process-table.ts';
import type { ClusterPlace, Provider, Replica, ReplicaOrder } from './provider.ts';
import { ReplicaLogs } from './replica-logs.ts';
import { readSlaveTemplate, SLAVE_FIELDS, slaveArguments, type SlaveTemplate } from './template.ts';
import type { TemplateFields } from './template-fields.ts';

const STOP_LOOK_MS = 50;
/** Every so many looks at a group that is to end the table of processes is read. */
const TABLE_LOOKS = 20;
/** After SIGKILL a group is gone at once, unless the system is in trouble. */
const KILL_MS_MAX = 3000;
const ENDED_MAX = 100;

export interface ProcessTemplate extends SlaveTemplate {
  readonly workingDirectory: string;
}

/** Paths in it are relative to the file. Throws BAD_OPTION. */
export function readProcessTemplate(fields: TemplateFields, group: string): ProcessTemplate {
  fields.only([...SLAVE_FIELDS, 'workingDirectory']);
  const template = readSlaveTemplate(fields, group);
  const given = fields.text('workingDirectory') ?? '.';
  const workingDirectory = path.resolve(path.dirname(fields.file), given);
  if (statSync(workingDirectory, { throwIfNoEntry: false })?.isDirectory() !== true)
    fields.wrong('workingDirectory', 'a folder that exists, relative to that of the template', workingDirectory);
  return { ...template, workingDirectory };
}

export interface ProcessProviderParts {
  readonly place: ClusterPlace;
  readonly template: ProcessTemplate;
  /** How ./slave is started: a program and its first arguments. */
  readonly launcher: readonly string[];
  /** Reads the table of processes; counted in tests. */
  readonly read?: typeof allProcesses;
}

/** A replica that this master started. */
interface Child {
  readonly replica: Replica;
  readonly pid: number;
  readonly exited: Promise<unknown>;
}

export class ProcessProvider implements Provider {
  readonly name = 'process';
  readonly #parts: ProcessProviderParts;
  readonly #logs: ReplicaLogs;
  /** Those that ended while this master was there, until they are cleared away; and the process groups that they led. */
  readonly #ended = new Map<string, { readonly replica: Replica; readonly pid: number }>();
  /** Those of this master: its own children are known at once. */
  readonly #children = new Map<string, Child>();
  readonly #table: ProcessTable;

  constructor(parts: ProcessProviderParts) {
    this.#parts = parts;
    this.#logs = new ReplicaLogs(parts.place);
    this.#table = new ProcessTable(parts.place, parts.read);
  }

  async start({ id, group, environment }: ReplicaOrder): Promise<void> {
    const { launcher, template, place } = this.#parts;
    const [program = process.execPath, ...first] = launcher;
    const args = [...first, ...marks(place, group, id), ...slaveArguments(template, group)];
    await this.#logs.opened(id, async (log) => {
      const child = spawn(program, args, {
        cwd: template.workingDirectory,
        env: { ...ownEnvironment(), ...template.environment, ...environment },
        stdio: ['ignore', log, log],
        detached: true,
      });
      this.#follow(child, id, group);
      await new Promise((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
      });
      child.unref();
    });
  }

  async list(): Promise<readonly Replica[]> {
    const askedAtMs = Date.now();
    const found = await this.#table.replicas();
    const replicas = new Map([...this.#ended.values()].map(({ replica }) => [replica.id, replica]));
    // A child whose end has not been told yet is not gone; nor is one whose command line cannot be read yet.
    for (const [id, { replica }] of this.#children) replicas.set(id, replica);
    for (const { id, group, pid } of found) replicas.set(id, this.#running(id, group, pid));
    const ids = [...replicas.keys()];
    await this.#logs.bound(ids);
    await this.#logs.sweep(new Set([...ids, ...this.#children.keys()]), askedAtMs);
    return [...replicas.values()];
  }

  async stop(id: string, graceMs: number): Promise<void> {
    const pids = new Set<number>();
    const own = this.#children.get(id)?.pid ?? this.#ended.get(id)?.pid;
    if (own !== undefined) pids.add(own);
    else for (const replica of await this.#table.replicas()) if (replica.id === id) pids.add(replica.pid);
    // The service of one that has ended should have ended with it.
    const hasEnded = this.#ended.has(id);
    await Promise.all([...pids].map((pid) => (hasEnded ? this.#kill(pid, id) : this.#end(pid, id, graceMs))));
    this.#ended.delete(id);
    await this.#logs.remove(id);
  }

  /** Ends a replica, and the service that should end with it: the process group that it leads. */
  async #end(pid: number, id: string, graceMs: number): Promise<void> {
    const endMs = performance.now() + graceMs;
    const child = this.#children.get(id);
    if (child !== undefined || (await this.#isStill(pid, id))) {
      signal(pid, 'SIGTERM');
      if (child !== undefined) await Promise.race([child.exited, sleep(graceMs)]);
    }
    for (let looks = 1; performance.now() < endMs; looks++) {
      // Processes that have ended and are not collected still get signals: a look into the table tells, now and then.
      const isOver = looks % TABLE_LOOKS === 0 && (await this.#table.group(pid)).length === 0;
      if (isOver || !signal(-pid, 0)) return;
      await sleep(STOP_LOOK_MS);
    }
    await this.#kill(pid, id);
  }

  /** Ends a process group that this replica led, with the service in it. */
  async #kill(pid: number, id: string): Promise<void> {
    const endMs = performance.now() + KILL_MS_MAX;
    if (!signal(-pid, 0)) return;
    while (performance.now() < endMs) {
      const group = await this.#table.group(pid);
      if (group.length === 0) return;
      // As long as any of them is there, nobody else gets its number; but all may have ended before.
      if (group.some((row) => row.pid === pid) && !(await this.#isStill(pid, id))) return;
      signal(-pid, 'SIGKILL');
      await sleep(STOP_LOOK_MS);
      if (!signal(-pid, 0)) return;
    }
    throw new Error(`process group ${pid.toString()} of replica ${id} does not end, not even by SIGKILL`);
  }

  async #isStill(pid: number, id: string): Promise<boolean> {
    return (await replicaAt(pid, this.#parts.place))?.id === id;
  }

  #running(id: string, group: string, pid: number): Replica {
    const detail = `pid ${pid.toString()}, writes to ${this.#logs.fileOf(id)}`;
    return { id, group, state: 'running', detail };
  }

  #follow(child: ChildProcess, id: string, group: string): void {
    const { pid } = child;
    if (pid === undefined) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    this.#children.set(id, { replica: this.#running(id, group, pid), pid, exited });
    child.once('exit', (code, by) => {
      this.#children.delete(id);
      const how = code === null ? `was ended by ${by ?? 'a signal'}` : `exited with code ${code.toString()}`;
      const tail = this.#logs.tail(id);
      const detail = `pid ${pid.toString()} ${how}${tail === '' ? '' : `: ${tail}`}`;
      this.#ended.set(id, { replica: { id, group, state: 'ended', detail }, pid });
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > ENDED_MAX && oldest !== undefined) this.#ended.delete(oldest);
    });
  }
}

/** Options of this master are none of its replicas'. */
function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LANYARD_')));
}

/** Whether there is anyone who could get it: a process, or with a number below 0 a process group. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    if (name === 0) return true;
    throw error;
  }
}
