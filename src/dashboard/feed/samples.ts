// Samples and log entries as the page keeps them: what came with snapshots and what /history told, merged.
import type { LogEntry, Sample } from '../../common/feed/feed.ts';

/** How far back the charts reach. */
export const HISTORY_MS = 15 * 60_000;
const SAMPLES_MAX = 900;
const LOG_MAX = 200;

/** Both are oldest first, and so is the answer; what is older than 15 minutes goes. */
export function mergeSamples(known: readonly Sample[], more: readonly Sample[]): readonly Sample[] {
  return merged(
    known,
    more,
    ({ at }) => at,
    SAMPLES_MAX,
    (sample, last) => sample.at > last.at - HISTORY_MS,
  );
}

/** Both are oldest first and numbered by the master. */
export function mergeLog(known: readonly LogEntry[], more: readonly LogEntry[]): readonly LogEntry[] {
  return merged(
    known,
    more,
    ({ n }) => n,
    LOG_MAX,
    () => true,
  );
}

/** Whether entries are missing between what is known and what came: more happened between two snapshots than one can tell. */
export function missesEntries(known: readonly LogEntry[], more: readonly LogEntry[]): boolean {
  const first = more[0];
  return first !== undefined && first.n > (known.at(-1)?.n ?? 0) + 1;
}

/** The same array when nothing is new, so that nothing is drawn again. */
function merged<T>(
  known: readonly T[],
  more: readonly T[],
  keyOf: (item: T) => number,
  countMax: number,
  isWanted: (item: T, last: T) => boolean,
): readonly T[] {
  const byKey = new Map(known.map((item) => [keyOf(item), item]));
  if (more.every((item) => byKey.has(keyOf(item)))) return known;
  for (const item of more) byKey.set(keyOf(item), item);
  const all = [...byKey.values()].sort((a, b) => keyOf(a) - keyOf(b));
  const last = all.at(-1);
  return last === undefined ? all : all.filter((item) => isWanted(item, last)).slice(-countMax);
}
