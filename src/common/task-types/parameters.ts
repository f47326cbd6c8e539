// From what a client sent to checked parameters, or to a sentence that names the parameter and says what is allowed.
import { Ajv, type ValidateFunction } from 'ajv';
import { printable } from '../text/printable.ts';
import { describeSchema } from './describe-schema.ts';
import type { Params, ParameterSchema, TaskTypeSpec } from './contract.ts';

export type ReadParams =
  { readonly ok: true; readonly params: Params } | { readonly ok: false; readonly problem: string };

const GIVEN_CHARS_MAX = 60;
/** How deep a parameter may be nested. */
const NESTING_MAX = 32;
/** Keywords that run a regular expression of the slave's choice on the client's text, which may take for ever, or refer elsewhere. */
const KEYWORDS_REFUSED = ['pattern', 'patternProperties', '$ref', '$dynamicRef'];

/** Reads the parameters of one task type; compiled once, used for every task. */
export class ParameterReader {
  readonly spec: TaskTypeSpec;
  readonly #properties: ReadonlyMap<string, ParameterSchema>;
  /** Parameters that may not be left out. An optional one left empty, as forms do, is left out. */
  readonly #required: ReadonlySet<string>;
  readonly #validate: ValidateFunction;

  /** Throws when the schema is none that we can check: a slave that announces such a type is turned away. */
  constructor(spec: TaskTypeSpec) {
    this.spec = spec;
    this.#required = new Set((spec.schema['required'] ?? []) as string[]);
    this.#properties = new Map(Object.entries((spec.schema['properties'] ?? {}) as Record<string, ParameterSchema>));
    // An Ajv of its own: schemas of different types must not see each other's ids.
    this.#validate = new Ajv({ strict: false, allowUnionTypes: true, logger: false }).compile(checked(spec.schema));
  }

  /** From a URL: every value is text. `given` holds all values of each name, without the door's own options. */
  fromQuery(given: ReadonlyMap<string, readonly string[]>): ReadParams {
    const params: Record<string, unknown> = {};
    for (const [name, values] of given) {
      const schema = this.#properties.get(name);
      if (schema === undefined) return this.#unknown(name);
      const [text = ''] = values;
      if (text === '' && schema['type'] !== 'string' && !this.#required.has(name)) continue;
      if (values.length > 1) return bad(`parameter ${name} was given ${values.length.toString()} times, expected once`);
      const value = fromText(text, schema);
      if (value === undefined) return this.#wrong(name, schema, text);
      params[name] = value;
    }
    return this.fromJson(params);
  }

  /** From JSON: values have their types already. */
  fromJson(given: Readonly<Record<string, unknown>>): ReadParams {
    const deep = Object.entries(given).find(([, value]) => !isNestedAtMost(value, NESTING_MAX));
    if (deep !== undefined)
      return bad(`parameter ${shorten(deep[0])} is nested more than ${NESTING_MAX.toString()} deep`);
    if (this.#validate(given)) return { ok: true, params: given };
    const [error] = this.#validate.errors ?? [];
    const missing: unknown = error?.params['missingProperty'];
    if (typeof missing === 'string') {
      const schema = this.#properties.get(missing) ?? {};
      return bad(`parameter ${missing} is missing: ${this.spec.name} expects ${describeSchema(schema)}`);
    }
    const extra: unknown = error?.params['additionalProperty'];
    if (typeof extra === 'string') return this.#unknown(extra);
    const name = error?.instancePath.split('/')[1] ?? '';
    const schema = this.#properties.get(name);
    if (schema !== undefined) return this.#wrong(name, schema, show(given[name]));
    return bad(`parameters of ${this.spec.name}: ${error?.message ?? 'not valid'}`);
  }

  #unknown(name: string): ReadParams {
    const known = [...this.#properties.keys()].join(', ') || 'no parameters';
    return bad(`unknown parameter ${shorten(name)}: ${this.spec.name} takes ${known}`);
  }

  #wrong(name: string, schema: ParameterSchema, given: string): ReadParams {
    return bad(`parameter ${name} must be ${describeSchema(schema)}, got ${shorten(given) || 'nothing'}`);
  }
}

function checked(schema: ParameterSchema): ParameterSchema {
  JSON.stringify(schema, (key, value: unknown) => {
    if (KEYWORDS_REFUSED.includes(key)) throw new Error(`its schema uses ${key}, which is not taken`);
    return value;
  });
  return schema;
}

/** The value that `text` stands for under `schema`; undefined when it stands for none. Integers are plain digits only; numbers may have an exponent. */
function fromText(text: string, schema: ParameterSchema): unknown {
  switch (schema['type']) {
    case 'integer':
      return /^-?\d{1,20}$/.test(text) ? Number(text) + 0 : undefined;
    case 'number':
      return /^-?\d{1,20}(\.\d{1,20})?(e[-+]?\d{1,3})?$/i.test(text) ? finite(Number(text) + 0) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'string':
      return text;
    default:
      return fromJsonText(text);
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function fromJsonText(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return isNestedAtMost(value, NESTING_MAX) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNestedAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedAtMost(inner, levels - 1));
}

function bad(problem: string): ReadParams {
  return { ok: false, problem };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(text: string): string {
  const shown = printable(text, GIVEN_CHARS_MAX);
  return text.length <= GIVEN_CHARS_MAX ? shown : `${shown}…`;
}
