// The runner behind `make test`: builds, then lint and the suites in order, then a table and `N passed, N failed`.
//
//   tsx test/run.ts                        everything
//   tsx test/run.ts unit lan --grep words  only those steps; --grep goes to mocha
//
// With CI=true a skipped suite or test counts as failed, except a test that needs an absent ../shared and says so.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runLint } from './runner/lint.ts';
import { killRunning, type RunOptions, runSuite } from './runner/mocha-suite.ts';
import { type Outcome, paint, printOutcome, printSummary, secondsSince } from './runner/outcome.ts';
import { installMissing, missingFor } from './runner/requirements.ts';
import { type Suite, SUITES, testFiles } from './runner/suites.ts';

interface Plan extends RunOptions {
  readonly lint: boolean;
  readonly suites: readonly Suite[];
}

/** Reads the command line; a wrong one ends the process with code 2. */
function plan(): Plan {
  const root = path.resolve(import.meta.dirname, '..');
  const known = ['lint', ...SUITES.map(({ name }) => name)];
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`Unknown suite ${unknown.join(', ')}; there are ${known.join(', ')}.`);
    const chosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
    const suites = SUITES.filter(({ name }) => chosen(name));
    return { root, grep: values.grep, strict: process.env.CI === 'true', lint: chosen('lint'), suites };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** A suite to be run, with its files. */
interface Chosen {
  readonly suite: Suite;
  readonly files: readonly string[];
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

async function runOrSkip(
  { suite, files }: Chosen,
  options: RunOptions,
  print?: (text: string) => void,
): Promise<Outcome> {
  const missing = missingFor(suite);
  if (missing === undefined) return runSuite(suite, files, options, print);
  const notes = [options.strict ? `not run: ${missing}; CI=true allows no skipping` : `skipped: ${missing}`];
  const [failed, skipped] = options.strict ? [1, 0] : [0, 1];
  return { suite: suite.name, passed: 0, failed, skipped, seconds: 0, notes, failures: [] };
}

/** A suite, and those that run beside it: what these print comes after it. */
async function runTogether(first: Chosen, others: readonly Chosen[], options: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const beside = others.map((chosen) => {
    let text = '';
    return { chosen, text: () => text, run: runOrSkip(chosen, options, (more) => (text += more)) };
  });
  await step(first.suite.name, () => runOrSkip(first, options), outcomes);
  for (const { chosen, text, run } of beside) {
    const name = `${chosen.suite.name} (beside ${first.suite.name})`;
    const outcome = async (): Promise<Outcome> => {
      const ended = await run;
      process.stdout.write(text());
      return ended;
    };
    await step(name, outcome, outcomes);
  }
  return outcomes;
}

async function step(name: string, run: () => Outcome | Promise<Outcome>, outcomes: Outcome[]): Promise<Outcome> {
  console.log(`\n${paint('bold', `== ${name}`)}`);
  const outcome = await run();
  printOutcome(outcome);
  outcomes.push(outcome);
  return outcome;
}

/** In order; a suite that runs beside another one of these is with that one. */
function groups(suites: readonly Chosen[]): (readonly [Chosen, readonly Chosen[]])[] {
  const names = new Set(suites.map(({ suite }) => suite.name));
  const isLeader = ({ suite }: Chosen): boolean => suite.beside === undefined || !names.has(suite.beside);
  return suites
    .filter(isLeader)
    .map((leader) => [leader, suites.filter((other) => other.suite.beside === leader.suite.name)] as const);
}

async function main(): Promise<number> {
  const startMs = performance.now();
  const options = plan();
  const outcomes: Outcome[] = [];
  const suites = options.suites
    .map((suite) => ({ suite, files: testFiles(options.root, suite) }))
    .filter(({ files }) => files.length > 0);

  let built = true;
  if (suites.length > 0) {
    const outcome = build(options.root);
    built = outcome.failed === 0;
    if (!built) outcomes.push(outcome);
  }
  if (options.lint) await step('lint', () => runLint(options.root), outcomes);
  if (built) {
    installMissing(suites.map(({ suite }) => suite));
    for (const [first, others] of groups(suites)) outcomes.push(...(await runTogether(first, others, options)));
  }
  return printSummary(outcomes, secondsSince(startMs));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
process.stdout.on('error', () => process.exit(130)); // nobody reads any more
process.on('exit', killRunning);
process.exitCode = await main();
