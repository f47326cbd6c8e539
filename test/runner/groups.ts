// Which steps of a run go together: a step, and those that run beside it.

interface Grouped {
  readonly name: string;
  readonly beside?: string | undefined;
}

/** In order, each step with those that run beside it. A step is on its own when the one beside which it would run is not among these. */
export function groups<S extends Grouped>(steps: readonly S[]): (readonly [first: S, others: readonly S[]])[] {
  const names = new Set(steps.map(({ name }) => name));
  return steps
    .filter(({ beside }) => beside === undefined || !names.has(beside))
    .map((first) => [first, steps.filter(({ beside }) => beside === first.name)] as const);
}
