// What a step of the test run came to, and how the end of the run is printed.
import { type Failure } from './events.ts';

/** Counts of one step: tests of a suite, or checks of `lint`. A suite that could not run is one failed or one skipped. */
export interface Outcome {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Sentences for the reader: why a suite was skipped, ended, or counted as failed. */
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

/** Of parts of one suite that ran at the same time. There is at least one. */
export function sumOf(parts: readonly Outcome[]): Outcome {
  return parts.reduce((sum, part) => ({
    suite: sum.suite,
    passed: sum.passed + part.passed,
    failed: sum.failed + part.failed,
    skipped: sum.skipped + part.skipped,
    seconds: Math.max(sum.seconds, part.seconds),
    notes: [...sum.notes, ...part.notes],
    failures: [...sum.failures, ...part.failures],
  }));
}

const BUDGET_MINUTES = 17;
const FAILURES_SHOWN_MAX = 20;

const colour = process.stdout.isTTY && !process.env.NO_COLOR;

/** Wraps `text` in an ANSI colour when standard output is a terminal. */
export function paint(code: 'red' | 'green' | 'yellow' | 'bold', text: string): string {
  const codes = { red: 31, green: 32, yellow: 33, bold: 1 };
  return colour ? `\x1b[${codes[code]}m${text}\x1b[0m` : text;
}

/** Seconds since `startMs`, a reading of `performance.now()`. */
export function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}

/** One line when a step ends: its name, counts and time. */
export function printOutcome({ suite, passed, failed, skipped, seconds, notes }: Outcome): void {
  const verdict =
    failed > 0 ? paint('red', 'FAILED') : passed > 0 ? paint('green', 'passed') : paint('yellow', 'skipped');
  console.log(`-- ${suite} ${verdict}: ${counts(passed, failed, skipped)} in ${seconds.toFixed(1)} s`);
  for (const note of notes) console.log(`   ${paint('yellow', note)}`);
}

/** The table, notes and failed tests once more, the time against the budget, and the final line. Returns the exit code. */
export function printSummary(outcomes: readonly Outcome[], seconds: number): number {
  const row = (...cells: (string | number)[]): string =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(14) : String(cell).padStart(9))).join('');
  console.log(`\n${paint('bold', row('suite', 'passed', 'failed', 'skipped', 'seconds'))}`);
  for (const o of outcomes) console.log(row(o.suite, o.passed, o.failed, o.skipped, o.seconds.toFixed(1)));

  const notes = outcomes.flatMap((o) => o.notes.map((note) => `${o.suite}: ${note}`));
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`);

  for (const line of failureLines(outcomes)) console.log(line);

  const minutes = seconds / 60;
  const over = minutes > BUDGET_MINUTES ? paint('red', ': over the budget') : '';
  console.log(`\n${minutes.toFixed(1)} minutes of the budget of ${BUDGET_MINUTES}${over}`);

  const total = (pick: (o: Outcome) => number): number => outcomes.reduce((sum, o) => sum + pick(o), 0);
  const passed = total((o) => o.passed);
  const failed = total((o) => o.failed);
  const skipped = total((o) => o.skipped);
  if (skipped > 0) console.log(`${skipped} skipped, named above`);
  console.log(counts(passed, failed, 0));
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** Each test that failed, by suite, so that whoever reads only the end of a long run knows which. */
export function failureLines(outcomes: readonly Outcome[]): string[] {
  const failures = outcomes.flatMap((o) => o.failures.map((failure) => ({ suite: o.suite, ...failure })));
  if (failures.length === 0) return [];
  const lines = failures
    .slice(0, FAILURES_SHOWN_MAX)
    .map(({ suite, title, reason }) => `${suite}: ${title}\n   ${reason}`);
  const more = failures.length - lines.length;
  return ['\nFailed:', ...lines, ...(more > 0 ? [`and ${more} more, above`] : [])];
}

function counts(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
