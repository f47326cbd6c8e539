// Who runs in a process group, as Linux says it in /proc.
import { readdirSync, readFileSync } from 'node:fs';

export interface GroupMember {
  readonly pid: number;
  /** Command line. */
  readonly line: string;
}

/** Processes of the group that this pid leads; those that have ended and are only not yet collected are left out. */
export function processesOf(leader: number): GroupMember[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // pid (name) state ppid pgrp …; the name may contain anything: proc(5)
        const [state, , group] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        if (Number(group) !== leader || state === 'Z') return [];
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), line }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}
