// The processes of a test run. Each leads a process group of its own, so that one which hangs can be ended with everything that it
// started; and one may yield, so that it only gets the time of the processors that the others leave.
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The most that there is: it gets the time that others leave, and hardly any while they want all of it. */
const NICENESS = 19;

const running = new Set<ChildProcess>();

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** It gives way to every other process. */
  readonly yields?: boolean;
}

/** Starts node with these arguments. `endGroup` has to be called when it is done. */
export function startGroup(args: readonly string[], { yields = false, ...options }: ProcessOptions): ChildProcess {
  const child = spawn(process.execPath, args, { ...options, detached: true });
  running.add(child);
  if (yields && child.pid !== undefined) giveWay(child.pid);
  return child;
}

/** Ends what is left of it: nodes that a test left behind. */
export function endGroup(child: ChildProcess): void {
  running.delete(child);
  signalGroup(child, 'SIGKILL');
}

/** Ends everything that runs now, with what it started. For signals. */
export function killRunning(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // nothing left of it
  }
}

/** Linux may share the processors between sessions first (see "autogroup" in sched(7)): then the session gives way, not only its process. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, NICENESS);
    writeFileSync(`/proc/${pid}/autogroup`, NICENESS.toString(), { flag: 'r+' });
  } catch {
    // There are no such groups here, or it has ended.
  }
}
