// ./lab doctor: finds out whether a slave could join from this machine, and says what is in the way.
import { launchedAs } from '../../common/config/launched-as.ts';
import { LanyardError } from '../../common/errors.ts';
import { examine } from './examine.ts';
import { sectionsOf } from './findings.ts';
import { readDoctorOptions, type DoctorOptions } from './options.ts';
import { thisMachine } from './platform.ts';
import { reportText } from './report.ts';
import { verdictOf } from './verdict.ts';

/** Runs the doctor once and ends the process; the exit code is 0 only when a slave could join. */
export async function main(argv: readonly string[]): Promise<void> {
  const options = readDoctorOptions(argv);
  try {
    await report(options);
  } catch (error) {
    // What keeps it from looking at all is for people to mend; anything else is a bug, with its stack.
    if (!(error instanceof LanyardError)) throw error;
    process.stderr.write(`${launchedAs('lab doctor')}: ${error.message}\n`, () => process.exit(1));
  }
}

async function report(options: DoctorOptions): Promise<void> {
  const facts = await examine(options, thisMachine);
  const [verdict, sections] = [verdictOf(facts), sectionsOf(facts)];
  const isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  const text = options.json
    ? `${JSON.stringify({ ...verdict, sections, facts }, undefined, 2)}\n`
    : reportText(sections, verdict, isColoured);
  // Whoever reads may have gone.
  process.stdout.on('error', () => undefined);
  // Timers of what was not waited for must not keep the process; what was written must have left before.
  process.stdout.write(text, () => process.exit(verdict.canJoin ? 0 : 1));
}
