// Runs one suite as mocha processes of its own, one for each of its parts, and counts what they say.
import { type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { count, emptyTally, type Tally, type TestEvent } from './events.ts';
import { keepOutput } from './kept-output.ts';
import { type Outcome, secondsSince, sumOf } from './outcome.ts';
import { endGroup, signalGroup, startGroup } from './processes.ts';
import { SEARCH_PATH } from './requirements.ts';
import { NEEDS_SHARED, partsOf, type Suite } from './suites.ts';

const EXIT_GRACE_SECONDS = 10; // from the last test to the end of the process
const INTERRUPT_GRACE_SECONDS = 3; // from SIGINT to SIGKILL, for hooks that clean up

/** Options of a run, as given on the command line. */
export interface RunOptions {
  readonly root: string;
  readonly grep: string | undefined;
  /** CI=true: nothing may be skipped. */
  readonly strict: boolean;
}

/** Runs `files` and counts; never rejects. What the suite prints goes to `print`, if given, else to standard output. */
export async function runSuite(
  suite: Suite,
  files: readonly string[],
  options: RunOptions,
  print?: (text: string) => void,
): Promise<Outcome> {
  const [first = [], ...others] = partsOf(files, suite);
  const say = print ?? ((text: string): unknown => process.stdout.write(text));
  const parts = others.length + 1;
  if (parts > 1) say(`   ${parts} parts at the same time: what the first says comes first\n`);
  const runs = others.map((part, i) => {
    const title = `part ${i + 2} of ${parts}`;
    const output = keepOutput(`${suite.name}, ${title}`);
    return { output, outcome: runPart(suite, part, options, output.add, `${title}: `) };
  });
  const outcomes = [await runPart(suite, first, options, print, parts > 1 ? `part 1 of ${parts}: ` : '')];
  for (const { output, outcome } of runs) {
    outcomes.push(await outcome);
    say(output.take());
  }
  return sumOf(outcomes);
}

/** `part` stands before what went wrong with it as a whole. */
async function runPart(
  suite: Suite,
  files: readonly string[],
  options: RunOptions,
  print: ((text: string) => void) | undefined,
  part: string,
): Promise<Outcome> {
  const startMs = performance.now();
  const output = print === undefined ? 'inherit' : 'pipe';
  const child = startGroup(mochaArguments(suite, files, options), {
    cwd: options.root,
    env: { ...process.env, PATH: SEARCH_PATH },
    stdio: ['ignore', output, output, 'ipc'],
    // With nobody beside it there is nobody to give way to.
    yields: suite.yields === true && print !== undefined,
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', print ?? (() => undefined));
  const tally = emptyTally();
  const trouble = await watch(child, suite, tally);
  endGroup(child);
  const note = trouble === undefined ? undefined : part + trouble;
  return judge(suite, tally, note, secondsSince(startMs), options);
}

function mochaArguments(suite: Suite, files: readonly string[], { grep }: RunOptions): string[] {
  return [
    ...['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', '--no-config', '--reporter', './test/runner/reporter.ts'],
    ...['--timeout', `${suite.testLimitSeconds}s`, '--forbid-only'],
    ...(process.stdout.isTTY ? ['--color'] : ['--no-color']),
    ...(grep === undefined ? [] : ['--grep', grep]),
    ...files,
  ];
}

/** Waits for the end of `child`, by force at a limit. Resolves to what went wrong beside failed tests, as a sentence. */
function watch(child: ChildProcess, suite: Suite, tally: Tally): Promise<string | undefined> {
  return new Promise((resolve) => {
    let trouble: string | undefined;
    const end = (why: string): void => {
      trouble = why;
      child.kill('SIGINT');
      setTimeout(() => signalGroup(child, 'SIGKILL'), INTERRUPT_GRACE_SECONDS * 1000).unref();
    };
    let timer = setTimeout(
      () => end(`ended after its limit of ${suite.suiteLimitSeconds} s, in: ${tally.last}`),
      suite.suiteLimitSeconds * 1000,
    );
    child.on('message', (event: TestEvent) => {
      count(tally, event);
      if (event.kind !== 'end' || trouble !== undefined) return;
      clearTimeout(timer);
      timer = setTimeout(
        () => end(`did not exit ${EXIT_GRACE_SECONDS} s after its last test: a test left something open`),
        EXIT_GRACE_SECONDS * 1000,
      );
    });
    child.on('error', (error) => (trouble = `could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (!tally.ended)
        trouble ??= `mocha ended by ${signal ?? `exit code ${code}`} before its tests did, in: ${tally.last}`;
      else if (code !== 0 && tally.failures.length === 0)
        trouble ??= `mocha exited with code ${code} though no test failed`;
      resolve(trouble);
    });
  });
}

function judge(suite: Suite, tally: Tally, trouble: string | undefined, seconds: number, options: RunOptions): Outcome {
  const { root, grep, strict } = options;
  const notes = trouble === undefined ? [] : [trouble];
  const nothingRan = tally.passed + tally.failures.length + tally.pending.length === 0;
  if (nothingRan && trouble === undefined && grep === undefined) notes.push('has test files, but no test ran');
  let failed = tally.failures.length + notes.length;
  let skipped = 0;
  const noShared = !existsSync(path.resolve(root, '../shared'));
  for (const title of tally.pending) {
    const excused = noShared && title.includes(NEEDS_SHARED);
    if (strict && !excused) failed++;
    else skipped++;
    notes.push(`skipped: ${title}${strict && !excused ? ' (counts as failed, since CI=true)' : ''}`);
  }
  return { suite: suite.name, passed: tally.passed, failed, skipped, seconds, notes, failures: tally.failures };
}
