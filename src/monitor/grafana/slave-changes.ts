// What changed in the cluster, in words: for the history of the board.
import type { ShownSlave } from './converge.ts';

/** So many slaves are named; of the rest only the number is told. */
const NAMED_MAX = 5;

/** "s4 joined, s2 left"; undefined when all that is shown is the same, in whatever order. */
export function changesBetween(before: readonly ShownSlave[], after: readonly ShownSlave[]): string | undefined {
  const had = new Map(before.map((slave) => [slave.name, slave]));
  const has = new Map(after.map((slave) => [slave.name, slave]));
  const changed = (isOther: (a: ShownSlave, b: ShownSlave) => boolean): string[] =>
    [...had].filter(([name, slave]) => isOther(slave, has.get(name) ?? slave)).map(([name]) => name);
  const parts = [
    told(
      [...has.keys()].filter((name) => !had.has(name)),
      'joined',
    ),
    told(
      [...had.keys()].filter((name) => !has.has(name)),
      'left',
    ),
    told(
      changed((a, b) => a.address !== b.address),
      'moved',
    ),
    told(
      changed((a, b) => a.metricsPort === 0 && b.metricsPort !== 0),
      'has metrics now',
    ),
    told(
      changed((a, b) => a.metricsPort !== 0 && b.metricsPort === 0),
      'has no metrics now',
    ),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function told(names: readonly string[], what: string): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''} ${what}`;
}
