// The runner behind `make test`: builds, then lint and the suites in order, some of them beside others, then a table and
// `N passed, N failed`.
//
//   tsx test/run.ts                        everything
//   tsx test/run.ts unit lan --grep words  only those steps; --grep goes to mocha
//
// With CI=true a skipped suite or test counts as failed, except a test that needs an absent ../shared and says so.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { groups } from './runner/groups.ts';
import { keepOutput, printKept } from './runner/kept-output.ts';
import { runLint } from './runner/lint.ts';
import { type RunOptions, runSuite } from './runner/mocha-suite.ts';
import { type Outcome, paint, printOutcome, printSummary, secondsSince } from './runner/outcome.ts';
import { killRunning } from './runner/processes.ts';
import { installMissing, missingFor } from './runner/requirements.ts';
import { LINT, type Suite, SUITES, testFiles } from './runner/suites.ts';

interface Plan extends RunOptions {
  readonly lint: boolean;
  readonly suites: readonly Suite[];
}

/** Lint or a suite. */
interface Step {
  readonly name: string;
  readonly beside?: string | undefined;
  /** `print` is given when it runs beside another step. */
  readonly run: (print?: (text: string) => void) => Promise<Outcome>;
}

/** Reads the command line; a wrong one ends the process with code 2. */
function plan(): Plan {
  const root = path.resolve(import.meta.dirname, '..');
  const known: string[] = [LINT.name, ...SUITES.map(({ name }) => name)];
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`Unknown suite ${unknown.join(', ')}; there are ${known.join(', ')}.`);
    const chosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
    const suites = SUITES.filter(({ name }) => chosen(name));
    return { root, grep: values.grep, strict: process.env.CI === 'true', lint: chosen(LINT.name), suites };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

function build(root: string): Outcome {
  const startMs = performance.now();
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
  const notes = status === 0 ? [] : ['the build failed, so no suite ran'];
  return {
    suite: 'build',
    passed: 0,
    failed: notes.length,
    skipped: 0,
    seconds: secondsSince(startMs),
    notes,
    failures: [],
  };
}

function toOutput(text: string): void {
  process.stdout.write(text);
}

function lintStep(root: string): Step {
  return { ...LINT, run: (print) => runLint(root, print ?? toOutput, print !== undefined) };
}

function suiteStep(suite: Suite, files: readonly string[], options: RunOptions): Step {
  return { name: suite.name, beside: suite.beside, run: (print) => runOrSkip(suite, files, options, print) };
}

async function runOrSkip(
  suite: Suite,
  files: readonly string[],
  options: RunOptions,
  print?: (text: string) => void,
): Promise<Outcome> {
  const missing = missingFor(suite);
  if (missing === undefined) return runSuite(suite, files, options, print);
  const notes = [options.strict ? `not run: ${missing}; CI=true allows no skipping` : `skipped: ${missing}`];
  const [failed, skipped] = options.strict ? [1, 0] : [0, 1];
  return { suite: suite.name, passed: 0, failed, skipped, seconds: 0, notes, failures: [] };
}

/** A step, and those that run beside it: what these print comes after it. */
async function runTogether(first: Step, others: readonly Step[]): Promise<Outcome[]> {
  const beside = others.map(({ name, run }) => {
    const title = `${name} (beside ${first.name})`;
    const output = keepOutput(title);
    return { title, output, run: run(output.add) };
  });
  const names = others.map(({ name }) => name).join(', ');
  const note = names === '' ? '' : `   beside it run ${names}: what they say comes after it\n`;
  const outcomes = [await announced(first.name, () => first.run(), note)];
  for (const { title, output, run } of beside) {
    const outcome = async (): Promise<Outcome> => {
      const ended = await run;
      process.stdout.write(output.take());
      return ended;
    };
    outcomes.push(await announced(title, outcome));
  }
  return outcomes;
}

async function announced(title: string, run: () => Promise<Outcome>, note = ''): Promise<Outcome> {
  process.stdout.write(`\n${paint('bold', `== ${title}`)}\n${note}`);
  const outcome = await run();
  printOutcome(outcome);
  return outcome;
}

async function main(): Promise<number> {
  const startMs = performance.now();
  const options = plan();
  const outcomes: Outcome[] = [];
  const suites = options.suites
    .map((suite) => ({ suite, files: testFiles(options.root, suite) }))
    .filter(({ files }) => files.length > 0);
  const steps = options.lint ? [lintStep(options.root)] : [];
  if (suites.length > 0) {
    const outcome = build(options.root);
    if (outcome.failed > 0) outcomes.push(outcome);
    else {
      installMissing(suites.map(({ suite }) => suite));
      steps.push(...suites.map(({ suite, files }) => suiteStep(suite, files, options)));
    }
  }
  for (const [first, others] of groups(steps)) outcomes.push(...(await runTogether(first, others)));
  return printSummary(outcomes, secondsSince(startMs));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
process.stdout.on('error', () => process.exit(130)); // nobody reads any more
process.on('exit', killRunning);
process.on('exit', () => printKept(toOutput)); // a run to its end has none left
process.exitCode = await main();
