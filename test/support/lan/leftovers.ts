// What must be gone when the test process ends, however it ends: LANs that are open are removed by an exit hook, and those of a
// test process that was killed (SIGKILL runs no hook) by the next one.
import { readdirSync } from 'node:fs';
import { ip } from './commands.ts';

/** Names of our namespaces begin with this and the pid of the test process. */
const PREFIX = 'ly';
const NAMESPACES = '/run/netns';

interface Removable {
  remove(): void;
}

const open = new Set<Removable>();
let installed = false;

/** A name for a namespace that no other test process uses. */
export function namespaceName(suffix: string): string {
  return `${PREFIX}${process.pid.toString()}-${suffix}`;
}

/** From now on `thing` is removed when this process ends. */
export function removeAtExit(thing: Removable): void {
  install();
  open.add(thing);
}

/** `thing` has been removed. */
export function removed(thing: Removable): void {
  open.delete(thing);
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', () => {
    for (const thing of [...open]) attempt(() => thing.remove());
  });
  // Before mocha's own handler, which would wait for the test that runs.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.prependListener(signal, () => process.exit(130));
  }
  sweep();
}

/** Removes namespaces of test processes that are no more, with whatever still runs inside. */
function sweep(): void {
  for (const name of namespaces()) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    attempt(() => {
      const pids = ip('netns', 'pids', name).split('\n').filter(Boolean);
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
      ip('netns', 'del', name);
    });
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(NAMESPACES);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Cleaning up goes on whatever happens. */
export function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // it is gone already
  }
}
