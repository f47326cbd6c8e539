// Durations as people write them: 500ms, 2s, 2m, 1h.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The longest duration that a timer of the system can wait (2³¹ − 1 ms, almost 25 days). */
const DURATION_MS_MAX = 2 ** 31 - 1;

export const DURATION_EXPECTED = 'a duration such as 500ms, 2s, 2m or 1h';

/** Milliseconds; undefined when the text is no duration. A bare 0 needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(\d{1,10}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  return ms <= DURATION_MS_MAX ? ms : undefined;
}
