// Says in words what a parameter must be, so that every error and every form can tell what is allowed.
import type { ParameterSchema } from './contract.ts';

/** "an integer from 0 to 100000", "a text of at most 100000 characters", "true or false". */
export function describeSchema(schema: ParameterSchema): string {
  switch (schema['type']) {
    case 'integer':
      return `an integer${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'string':
      return `a text${length(schema)}`;
    case 'boolean':
      return 'true or false';
    default:
      return `a value of the schema ${JSON.stringify(schema)}`;
  }
}

function range({ minimum, maximum }: ParameterSchema): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return ` from ${minimum.toString()} to ${maximum.toString()}`;
  }
  if (typeof minimum === 'number') return ` of at least ${minimum.toString()}`;
  return typeof maximum === 'number' ? ` of at most ${maximum.toString()}` : '';
}

function length({ maxLength }: ParameterSchema): string {
  return typeof maxLength === 'number' ? ` of at most ${maxLength.toString()} characters` : '';
}
