// Measured times: medians for the bounds of a test, and a line per figure for whoever sets LAN_FIGURES=1.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints what was measured, when asked to. */
export function report(what: string, figures: Readonly<Record<string, number>>): void {
  if (process.env.LAN_FIGURES === undefined) return;
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value).toString()}`);
  console.log(`      [figure] ${what}: ${shown.join(', ')}`);
}
