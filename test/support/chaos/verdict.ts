// Whether a run is good: sentences for all that is not.
import { describe, describeEnd } from './account.ts';
import type { ChaosRun } from './chaos.ts';
import { FAULT_KINDS, FAULTS } from './faults.ts';
import { IN_FLIGHT_MIN } from './strikes.ts';

const STRIKES_MIN = 3;
/** Of tasks that ended wrongly. */
const SHOWN_MAX = 20;

/** Empty when all is well. */
export function faultsOf(run: ChaosRun): string[] {
  return [...wrongEnds(run), ...run.account.violations, ...run.violations, ...tooLittle(run)];
}

/** Tasks without one right answer or a stated failure. */
function wrongEnds({ account }: ChaosRun): string[] {
  const wrong = account.ended('violation').map((entry) => `${describe(entry)}: ${describeEnd(entry.end)}`);
  const open = [...account.open].map((entry) => `${describe(entry)}: was never answered`);
  const all = [...wrong, ...open];
  const more = all.length > SHOWN_MAX ? [`and ${all.length - SHOWN_MAX} tasks more`] : [];
  return [...all.slice(0, SHOWN_MAX), ...more];
}

/** A run in which nothing was at stake shows nothing. */
function tooLittle({ strikes, observer, events }: ChaosRun): string[] {
  const found: string[] = [];
  for (const kind of FAULT_KINDS) {
    const hard = strikes.done.filter((strike) => strike.kind === kind && strike.inFlight >= IN_FLIGHT_MIN).length;
    if (hard >= STRIKES_MIN) continue;
    found.push(
      `"${FAULTS[kind].title}" struck ${hard} times with ${IN_FLIGHT_MIN} tasks in flight, at least ${STRIKES_MIN} expected`,
    );
  }
  if (observer.total('lost') === 0) found.push('no attempt was lost and retried');
  if (observer.total('late') === 0) found.push('no late answer was dropped');
  if (events.ends === 0) found.push('no event told of the end of a task');
  if (observer.invariantsHeld === 0) found.push('the invariants were never checked');
  return found;
}
