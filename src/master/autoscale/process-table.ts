// Which processes of this machine are replicas: told by their command lines, so that a master finds those of the master before it. From
// /proc, or from ps where there is none.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GROUP_LABEL, REPLICA_LABEL, type ClusterPlace } from './provider.ts';

/** A process as the table of processes shows it; those that have ended and are only not collected yet are left out. */
export interface ProcessRow {
  readonly pid: number;
  /** Its process group: the pid of its leader. */
  readonly group: number;
  readonly args: readonly string[];
}

/** A process that is the slave of a replica, and leads a group of its own. */
export interface ReplicaProcess {
  readonly pid: number;
  readonly id: string;
  readonly group: string;
}

const PROC = '/proc';
const PS_LIMIT_MS = 5000;
const PS_BYTES_MAX = 16 * 1024 * 1024;
const run = promisify(execFile);

/** The options by which a replica's slave is known. */
export function marks({ cluster, discoveryPort, interfaces = [] }: ClusterPlace, group: string, id: string): string[] {
  const place = ['--cluster', cluster, '--discovery-port', discoveryPort.toString()];
  const networks = interfaces.flatMap((name) => ['--interface', name]);
  return [...place, ...networks, '--label', `${REPLICA_LABEL}=${id}`, '--label', `${GROUP_LABEL}=${group}`];
}

/** This process, if it is a replica of this cluster now. */
export async function replicaAt(pid: number, cluster: ClusterPlace): Promise<ReplicaProcess | undefined> {
  const row = (await hasProc()) ? await procRow(pid) : (await psRows(['-p', pid.toString()]))[0];
  const replica = row && replicaOf(row, cluster);
  return replica !== undefined && (await isHere(pid)) ? replica : undefined;
}

/** What runs on this machine. All who ask while it is read get the same answer. */
export class ProcessTable {
  readonly #place: ClusterPlace;
  readonly #read: typeof allProcesses;
  #reading: Promise<readonly ProcessRow[]> | undefined;

  constructor(place: ClusterPlace, read = allProcesses) {
    this.#place = place;
    this.#read = read;
  }

  /** All replicas of this cluster, of this user, in this network. */
  async replicas(): Promise<ReplicaProcess[]> {
    const found = (await this.#rows()).flatMap((row) => replicaOf(row, this.#place) ?? []);
    const here = await Promise.all(found.map(({ pid }) => isHere(pid)));
    return found.filter((_, at) => here[at]);
  }

  /** The processes of this group that had not ended. */
  async group(group: number): Promise<ProcessRow[]> {
    return (await this.#rows()).filter((row) => row.group === group);
  }

  #rows(): Promise<readonly ProcessRow[]> {
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }
}

function replicaOf({ pid, group: leader, args }: ProcessRow, place: ClusterPlace): ReplicaProcess | undefined {
  if (leader !== pid) return undefined;
  const labels = valuesOf(args, '--label');
  const valueOf = (key: string): string | undefined =>
    labels.find((label) => label.startsWith(`${key}=`))?.slice(key.length + 1);
  const [id, group] = [valueOf(REPLICA_LABEL), valueOf(GROUP_LABEL)];
  const isOurs =
    valuesOf(args, '--cluster').includes(place.cluster) &&
    valuesOf(args, '--discovery-port').includes(place.discoveryPort.toString()) &&
    sameNames(valuesOf(args, '--interface'), place.interfaces ?? []);
  return id === undefined || group === undefined || !isOurs ? undefined : { pid, id, group };
}

/** In any order, each as often as it likes. */
function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return [...new Set(some)].sort().join() === [...new Set(others)].sort().join();
}

/** Whether it is this user's, and in the same network namespace: another one may have a cluster of the same name and port. */
async function isHere(pid: number): Promise<boolean> {
  if (!(await hasProc())) return true;
  const own = await networkOf('self');
  const folder = await stat(`${PROC}/${pid.toString()}`).catch(() => undefined);
  if (folder?.uid !== process.getuid?.()) return false;
  return own === undefined || (await networkOf(pid.toString())) === own;
}

function networkOf(process: string): Promise<string | undefined> {
  return readlink(`${PROC}/${process}/ns/net`).catch(() => undefined);
}

function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, at) => (arg === option ? (args[at + 1] ?? []) : []));
}

/** All processes of this machine that have not ended. */
export async function allProcesses(): Promise<ProcessRow[]> {
  if (!(await hasProc())) return psRows(['-A']);
  const pids = (await readdir(PROC)).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map((pid) => procRow(Number(pid))));
  return rows.filter((row) => row !== undefined);
}

let proc: Promise<boolean> | undefined;

function hasProc(): Promise<boolean> {
  return (proc ??= readFile(`${PROC}/self/stat`).then(
    () => true,
    () => false,
  ));
}

async function procRow(pid: number): Promise<ProcessRow | undefined> {
  try {
    const folder = `${PROC}/${pid.toString()}`;
    const [stat, line] = await Promise.all([readFile(`${folder}/stat`, 'utf8'), readFile(`${folder}/cmdline`, 'utf8')]);
    // pid (name) state ppid pgrp …; the name may contain anything: proc(5)
    const [state, , group] = (stat.split(') ').at(-1) ?? '').split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, group: Number(group), args: line.split('\0') };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

async function psRows(which: readonly string[]): Promise<ProcessRow[]> {
  const args = [...which, '-ww', '-o', 'pid=', '-o', 'pgid=', '-o', 'stat=', '-o', 'args='];
  const { stdout } = await run('ps', args, { timeout: PS_LIMIT_MS, maxBuffer: PS_BYTES_MAX }).catch(
    // Its exit code is 1 when there is no such process.
    (error: unknown) => (which[0] === '-p' ? { stdout: '' } : Promise.reject(error as Error)),
  );
  return stdout.split('\n').flatMap((line) => psRow(line) ?? []);
}

/** A line of ps: its arguments cannot be told apart where they have spaces, but none of the marks has one. */
export function psRow(line: string): ProcessRow | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
  if (match?.[3] === undefined || match[3].startsWith('Z')) return undefined;
  return { pid: Number(match[1]), group: Number(match[2]), args: (match[4] ?? '').split(' ') };
}
