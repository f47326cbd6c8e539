// The kinds of fault that the chaos suite strikes with, and how long each lasts, in terms of the master's patience.
import type { Random } from '../../../src/common/random/random.ts';

/** How soon the master doubts a silent slave. */
export interface Pace {
  /** --poll-interval; three unanswered polls make a slave suspect. */
  readonly pollMs: number;
  /** --grace; then its tasks run elsewhere. */
  readonly graceMs: number;
}

/** The master's defaults. */
const USUAL: Pace = { pollMs: 1000, graceMs: 3000 };
/** So that a minute holds three of each kind. */
const QUICK: Pace = { pollMs: 300, graceMs: 900 };
const QUICK_BELOW_MS = 240_000;

/** A long run is one with the defaults; a short one has an impatient master. */
export function paceFor(durationMs: number): Pace {
  return durationMs < QUICK_BELOW_MS ? QUICK : USUAL;
}

/** What is done to one slave, or its host. */
export const SLAVE_FAULTS = [
  'kill',
  'restart',
  'terminate',
  'stop-short',
  'stop-long',
  'unplug',
  'cut-to-slave',
  'cut-from-slave',
  'loss',
  'drain',
] as const;
export const MASTER_FAULTS = ['master-kill', 'master-terminate'] as const;
export const FAULT_KINDS = [...SLAVE_FAULTS, ...MASTER_FAULTS] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

interface Fault {
  /** What a person reads in the table. */
  readonly title: string;
  /** From the strike until it is undone; drawn anew each time. */
  readonly lastsMs: (pace: Pace, random: Random) => number;
  /** From then until the victim works again, at most times. */
  readonly recoveryMs: (pace: Pace) => number;
  /** The process ends. */
  readonly ends?: true;
}

/** A silent slave is gone after this. */
function goneMs({ pollMs, graceMs }: Pace): number {
  return 4 * pollMs + graceMs;
}

const between =
  (least: number, most: number) =>
  (_pace: Pace, random: Random): number =>
    least + random() * (most - least);

/** Noticed at most: back before the grace time is over. */
function short({ pollMs, graceMs }: Pace, random: Random): number {
  return pollMs + random() * (1.5 * pollMs + 0.8 * graceMs);
}

/** Long enough for the slave to be gone, and its tasks to be answered by others. */
function long(pace: Pace, random: Random): number {
  return goneMs(pace) * (1.15 + 0.2 * random());
}

function shortOrLong(pace: Pace, random: Random): number {
  return random() < 0.4 ? short(pace, random) : long(pace, random);
}

/** A search repeats its request about every two seconds. */
const SEARCH_MS = 1500;
const START_MS = 800;

export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  kill: {
    title: 'slave killed (-9), started later',
    lastsMs: between(300, 1200),
    recoveryMs: () => START_MS,
    ends: true,
  },
  restart: { title: 'slave killed, started at once', lastsMs: () => 0, recoveryMs: () => START_MS, ends: true },
  terminate: { title: 'slave told to end (SIGTERM)', lastsMs: () => 300, recoveryMs: () => START_MS, ends: true },
  'stop-short': { title: 'slave stopped, within the grace', lastsMs: short, recoveryMs: () => 300 },
  'stop-long': { title: 'slave stopped, past the grace', lastsMs: long, recoveryMs: () => START_MS },
  unplug: { title: 'cable pulled', lastsMs: shortOrLong, recoveryMs: () => SEARCH_MS },
  'cut-to-slave': { title: 'cut, master to slave', lastsMs: shortOrLong, recoveryMs: () => SEARCH_MS },
  'cut-from-slave': { title: 'cut, slave to master', lastsMs: shortOrLong, recoveryMs: () => SEARCH_MS },
  loss: {
    title: '30 % of packets lost',
    lastsMs: (pace, random) => goneMs(pace) * (0.9 + 0.4 * random()),
    recoveryMs: () => START_MS,
  },
  drain: { title: 'drained by API, then resumed', lastsMs: between(600, 2000), recoveryMs: () => 200 },
  'master-kill': { title: 'master killed (-9), restarted', lastsMs: between(0, 600), recoveryMs: () => 2500 },
  'master-terminate': { title: 'master told to end, restarted', lastsMs: () => 500, recoveryMs: () => 2500 },
};
