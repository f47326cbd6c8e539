// 1000 tasks of 20 ms CPU, three slaves of one thread, 32 in flight through GET /task, and a fault after 1.5 s: every task is
// answered right, once, and soon: within 1.1 × (work left ÷ capacity left). Capacity is measured, right after the run with the slaves
// that are left. REPEAT=3 rounds, of which the median counts; CASES="kill,stop" runs only some of them.
import { stopAll } from '../test/support/cluster.ts';
import { median } from '../test/support/lan/figures.ts';
import { CASES, runCase, type Case, type Outcome } from './faults/cases.ts';
import { IN_FLIGHT, TASK_MS, TASKS } from './faults/stream.ts';

const REPEAT = Number(process.env['REPEAT'] ?? 3);
const chosen = process.env['CASES']?.split(',') ?? [];

const COLUMNS = [
  'case',
  'right',
  'errored',
  'never',
  'twice',
  'retried',
  'seconds',
  'left',
  'bound s',
  'took s',
  'ratio',
];
const HEAD = [...COLUMNS, 'standstill s', 'newcomer s'];
const WIDTHS = [9, ...HEAD.slice(1).map(({ length }) => Math.max(length, 7))];

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!))).join('  ');
}

function seconds(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}

function rowOf(name: string, outcome: Outcome): string {
  const {
    right,
    errored,
    never,
    twice,
    retried,
    totalS,
    left,
    capacity,
    boundS,
    tookS,
    ratio,
    standstillS,
    newcomerS,
  } = outcome;
  const counts = [right, errored, never, twice, retried].map((count) => count.toString());
  const work = [seconds(totalS), left.toString(), capacity.toFixed(1), seconds(boundS), seconds(tookS), seconds(ratio)];
  return row([name, ...counts, ...work, seconds(standstillS), seconds(newcomerS)]);
}

/** Sentences about bounds that are broken. */
function broken({ name, ratioMax, standstillMaxS }: Case, outcomes: readonly Outcome[]): string[] {
  const found: string[] = [];
  const bad = outcomes.filter(({ right, twice }) => right !== TASKS || twice > 0);
  if (bad.length > 0)
    found.push(`${name}: not every task was answered right, once, in ${bad.length} of ${outcomes.length} runs`);
  const limit = (what: string, values: readonly (number | undefined)[], most: number | undefined): void => {
    const middle = median(values.filter((value) => value !== undefined));
    if (most !== undefined && !(middle <= most))
      found.push(`${name}: ${what} is ${middle.toFixed(2)}, at most ${most} allowed`);
  };
  limit(
    'the median ratio',
    outcomes.map(({ ratio }) => ratio),
    ratioMax,
  );
  limit(
    'the median standstill',
    outcomes.map(({ standstillS }) => standstillS),
    standstillMaxS,
  );
  if (name === 'join')
    limit(
      "the newcomer's first task",
      outcomes.map(({ newcomerS }) => newcomerS),
      0.5,
    );
  return found;
}

async function main(): Promise<void> {
  const cases = CASES.filter(({ name }) => chosen.length === 0 || chosen.some((start) => name.startsWith(start)));
  console.log(`${TASKS} × burn ${TASK_MS} ms, ${IN_FLIGHT} in flight, a fault after 1.5 s; ${REPEAT} rounds`);
  console.log(row(HEAD));
  const outcomes = new Map<Case, Outcome[]>(cases.map((one) => [one, []]));
  for (let round = 0; round < REPEAT; round++) {
    for (const one of cases) {
      const outcome = await runCase(one);
      outcomes.get(one)!.push(outcome);
      console.log(rowOf(one.name, outcome));
    }
  }
  const problems = [...outcomes].flatMap(([one, all]) => broken(one, all));
  for (const problem of problems) console.log(problem);
  if (problems.length === 0) console.log('every bound is kept');
  process.exitCode = problems.length === 0 ? 0 : 1;
}

try {
  await main();
} finally {
  await stopAll();
}
