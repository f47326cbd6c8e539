// Samples as the columns that a chart draws, and the stretch of time that it shows.
import type { Sample } from '../../common/feed/feed.ts';
import { HISTORY_MS } from '../feed/samples.ts';

/** A chart of a master that has just started is not drawn into its right edge. */
const SPAN_MIN_MS = 2 * 60_000;
/** Further apart than this two samples are not joined by a line. */
const GAP_MS = 2500;

export type SeriesName = Exclude<keyof Sample, 'at'>;

/** Seconds since 1970, then one column a series; null where there is nothing to draw. */
export type Columns = [number[], ...(number | null)[][]];

/** A row of nulls stands in every gap. */
export function columnsOf(samples: readonly Sample[], names: readonly SeriesName[]): Columns {
  const times: number[] = [];
  const columns = names.map((): (number | null)[] => []);
  let lastAt = Infinity;
  for (const sample of samples) {
    if (sample.at - lastAt > GAP_MS) {
      times.push((lastAt + 1000) / 1000);
      for (const column of columns) column.push(null);
    }
    times.push(sample.at / 1000);
    names.forEach((name, i) => columns[i]?.push(sample[name]));
    lastAt = sample.at;
  }
  return [times, ...columns];
}

/** From when to when, in milliseconds: 15 minutes, or less while there is less to show. */
export function spanOf(samples: readonly Sample[], nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  const toMs = Math.max(nowMs, samples.at(-1)?.at ?? 0);
  const startMs = Math.min(samples[0]?.at ?? toMs, toMs - SPAN_MIN_MS);
  return { fromMs: Math.max(startMs, toMs - HISTORY_MS), toMs };
}

/** Points that no line reaches, since both neighbours are missing: they are drawn as dots. */
export function isolatedPoints(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let i = 0; i < column.length; i++) {
    if (isThere(column[i]) && !isThere(column[i - 1]) && !isThere(column[i + 1])) found.push(i);
  }
  return found;
}

function isThere(value: number | null | undefined): boolean {
  return value !== null && value !== undefined;
}
