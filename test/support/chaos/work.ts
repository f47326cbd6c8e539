// Tasks for the chaos suite: mixed in type, length, weight and priority, drawn from a generator, each with the check of its answer
// and with the failures that it may meet. Short on the whole: four slaves, the master and the clients share two cores.
import { PRIORITIES, type Priority } from '../../../src/common/task-types/priority.ts';
import type { Random } from '../../../src/common/random/random.ts';
import { backwards, fibonacci, primesUpTo } from '../reference.ts';
import { integer } from '../seed.ts';

/** The longest that a short task may take, from its acceptance; then something stood still. */
const PATIENCE_MS = 30_000;
/** A task that takes long may be lost with its slave so often, and be run again each time. */
const RUNS_MAX = 4;

export interface Work {
  readonly type: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly priority: Priority;
  /** From acceptance to answer. */
  readonly timeoutMs: number;
  /** Whether that may well be too little. */
  readonly isTight: boolean;
  /** Of one attempt, from its start; undefined: none. */
  readonly runTimeoutMs: number | undefined;
  /** Undefined when `result`, as JSON has it, is right; else what is wrong with it. */
  readonly check: (result: unknown) => string | undefined;
}

/** How a client treats a task. */
export interface Treatment {
  /** Cancels it, or hangs up, so long after it was accepted; undefined: waits. */
  readonly cancelAfterMs: number | undefined;
}

type Draw = (random: Random) => Pick<Work, 'type' | 'params' | 'check'>;

function exactly(expected: string | number): Work['check'] {
  return (result) => (result === expected ? undefined : `${shown(result)} instead of ${shown(expected)}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? 'nothing').slice(0, 60);
}

const fib: Draw = (random) => {
  const n = integer(random, 0, random() < 0.1 ? 20_000 : 1500);
  return { type: 'fib', params: { n }, check: exactly(fibonacci(n).toString()) };
};

const countprimes: Draw = (random) => {
  const n = integer(random, 0, random() < 0.15 ? 8000 : 3000);
  return { type: 'countprimes', params: { n }, check: exactly(primesUpTo(n)) };
};

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz äöüß€𝄞&=+%"\\');

const reverse: Draw = (random) => {
  const text = Array.from({ length: integer(random, 1, 40) }, () => LETTERS[integer(random, 0, LETTERS.length - 1)]);
  const workMs = integer(random, 1, random() < 0.02 ? 1500 : 200);
  return { type: 'reverse', params: { text: text.join(''), workMs }, check: exactly(backwards(text.join(''))) };
};

function burnOf(ms: number): ReturnType<Draw> {
  const check = (result: unknown): string | undefined =>
    Number.isInteger(result) ? undefined : `${shown(result)} instead of an integer`;
  return { type: 'burn', params: { ms }, check };
}

const burn: Draw = (random) => burnOf(integer(random, 1, random() < 0.01 ? 600 : 25));

const DRAWS: readonly Draw[] = [fib, fib, countprimes, reverse, reverse, reverse, burn, burn];

/** Too little time for most: the answer or DEADLINE_PASSED. */
const TIGHT = 0.04;
/** Far longer than it may run. */
const OVERLONG = 0.01;
const OVERLONG_MS = 2000;
const OVERLONG_RUN_MS = 250;
const CANCELLED = 0.08;

/** A task that occupies a thread for so long, and goes before others. */
export function sleepOf(ms: number): Work & Treatment {
  const timeoutMs = PATIENCE_MS + RUNS_MAX * Math.round(ms);
  const limits = { timeoutMs, isTight: false, runTimeoutMs: undefined, cancelAfterMs: undefined };
  const params = { text: 'chaos', workMs: Math.round(ms) };
  return { type: 'reverse', params, priority: 'high', check: exactly('soahc'), ...limits };
}

export function drawWork(random: Random): Work & Treatment {
  const kind = random();
  const priority = random() < 0.6 ? 'normal' : PRIORITIES[integer(random, 0, PRIORITIES.length - 1)]!;
  const limits = { timeoutMs: PATIENCE_MS, isTight: false, runTimeoutMs: undefined, cancelAfterMs: undefined };
  const common = { priority, ...limits };
  if (kind < OVERLONG) return { ...common, ...burnOf(OVERLONG_MS), runTimeoutMs: OVERLONG_RUN_MS };
  const task = { ...common, ...DRAWS[integer(random, 0, DRAWS.length - 1)]!(random) };
  if (kind < OVERLONG + TIGHT) return { ...task, timeoutMs: integer(random, 50, 600), isTight: true };
  if (kind < OVERLONG + TIGHT + CANCELLED) return { ...task, cancelAfterMs: integer(random, 0, 400) };
  return task;
}

/**
 * Problem types, without their prefix, that may end this task once it is accepted, though nothing is wrong with Lanyard. A master
 * that drains has time for all of these tasks.
 */
export function mayFailWith(work: Work & Treatment): ReadonlySet<string> {
  const codes = ['no-slave', 'lost-too-often'];
  if (work.isTight) codes.push('deadline-passed');
  if (work.runTimeoutMs !== undefined) codes.push('run-limit-passed');
  if (work.cancelAfterMs !== undefined) codes.push('cancelled');
  return new Set(codes);
}
