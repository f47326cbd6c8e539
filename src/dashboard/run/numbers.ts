// Numbers out of what somebody else wrote: typed into a field, or told by the master.

/** As typed. Only plain notations: `0x10`, `1_000` and the like are none. */
export function numberFrom(text: string): number | undefined {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** As told. */
export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
