// The weight of one task, from its type's rule and its parameters.
import type { Params, WeightRule } from './contract.ts';

/** At least 1, also when the rule's parameter was left out. */
export function weightOf(rule: WeightRule, params: Params): number {
  if ('constant' in rule) return atLeastOne(rule.constant);
  const parameter = params[rule.parameter];
  return atLeastOne(rule.factor * magnitude(parameter) ** rule.power);
}

function magnitude(parameter: unknown): number {
  if (typeof parameter === 'number') return parameter;
  return typeof parameter === 'string' ? parameter.length : 0;
}

function atLeastOne(weight: number): number {
  return Number.isFinite(weight) && weight > 1 ? weight : 1;
}
