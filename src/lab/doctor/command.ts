// ./lab doctor: finds out whether a slave could join from this machine, and says what is in the way.
import { examine } from './examine.ts';
import { sectionsOf } from './findings.ts';
import { readDoctorOptions } from './options.ts';
import { thisMachine } from './platform.ts';
import { reportText } from './report.ts';
import { verdictOf } from './verdict.ts';

/** Runs the doctor once and ends the process; the exit code is 0 only when a slave could join. */
export async function main(argv: readonly string[]): Promise<void> {
  const options = readDoctorOptions(argv);
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
