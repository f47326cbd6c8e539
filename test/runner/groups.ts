// Which steps of a run go together: a step, and those that run beside it.

interface Grouped {
  readonly name: string;
  readonly beside?: string | undefined;
}

/**
 * In order, each step with those that run beside it, or beside one of these. A step is on its own when the one beside which it would
 * run is not among these. Throws when steps run beside each other in a circle.
 */
export function groups<S extends Grouped>(steps: readonly S[]): (readonly [first: S, others: readonly S[]])[] {
  const firsts = new Map(steps.map((step) => [step, firstOf(step, steps)]));
  return steps
    .filter((step) => firsts.get(step) === step)
    .map((first) => [first, steps.filter((step) => step !== first && firsts.get(step) === first)] as const);
}

function firstOf<S extends Grouped>(step: S, steps: readonly S[]): S {
  let first = step;
  for (let hops = 0; hops < steps.length; hops++) {
    const next = steps.find(({ name }) => name === first.beside);
    if (next === undefined) return first;
    first = next;
  }
  throw new Error(
    `${step.name} runs beside ${step.beside ?? ''}, which leads back to it: see "beside" in test/runner/suites.ts`,
  );
}
