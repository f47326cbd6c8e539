// Numbers of a snapshot are short: there may be a thousand rows four times a second.

/** Three decimals, and finite: JSON knows no Infinity. */
export function shortNumber(value: number): number {
  if (value >= 1e12) return Math.min(value, Number.MAX_VALUE);
  return Math.round(value * 1000) / 1000;
}
