// What a process holds when it has nothing to do: threads, handles, memory, timers. Before chaos and after it they must be the same.
import { readdirSync, readFileSync } from 'node:fs';
import type { LanNode } from '../lan/lan-node.ts';

export interface Level {
  /** /proc/<pid>/task */
  readonly threads: number;
  /** /proc/<pid>/fd: files, sockets, pipes. */
  readonly handles: number;
  readonly memoryMiB: number;
  /** What keeps the event loop alive, by kind, such as Timeout; empty for a slave, which does not tell. */
  readonly resources: ReadonlyMap<string, number>;
}

const RESOURCE = 'resource_';

/** Of a process that is idle. `counts`: what a master counts at GET /debug/invariants. */
export function levelOf(node: LanNode, counts: Readonly<Record<string, number>>): Level {
  const proc = `/proc/${node.pid.toString()}`;
  const status = readFileSync(`${proc}/status`, 'utf8');
  const resources = Object.entries(counts)
    .filter(([name]) => name.startsWith(RESOURCE))
    .map(([name, count]): [string, number] => [name.slice(RESOURCE.length), count]);
  return {
    threads: readdirSync(`${proc}/task`).length,
    handles: readdirSync(`${proc}/fd`).length,
    memoryMiB: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024,
    resources: new Map(resources),
  };
}

/** How much more is no leak. */
const TOLERANCE = {
  /** libuv starts its four when they are first needed, and a thread that was replaced may still be ending. */
  threads: 4,
  handles: 3,
  resources: 3,
  memoryRatio: 1.6,
  memoryMiB: 48,
} as const;

/** What has grown beyond tolerance, as sentences. */
export function grown(what: string, before: Level, after: Level): string[] {
  const found: string[] = [];
  const compare = (name: string, from: number, to: number, most: number): void => {
    if (to > most) found.push(`${what}: ${round(to)} ${name}, ${round(from)} before, at most ${round(most)} expected`);
  };
  compare('threads', before.threads, after.threads, before.threads + TOLERANCE.threads);
  compare('handles', before.handles, after.handles, before.handles + TOLERANCE.handles);
  const memoryMax = before.memoryMiB * TOLERANCE.memoryRatio + TOLERANCE.memoryMiB;
  compare('MiB of memory', before.memoryMiB, after.memoryMiB, memoryMax);
  for (const [kind, count] of after.resources) {
    const from = before.resources.get(kind) ?? 0;
    compare(`active ${kind}`, from, count, from + TOLERANCE.resources);
  }
  return found;
}

function round(value: number): string {
  return Math.round(value).toString();
}
