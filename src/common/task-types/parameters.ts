// From what a client sent to checked parameters, or to a sentence that names the parameter and says what is allowed.
import { Ajv, type ValidateFunction } from 'ajv';
import { describeSchema } from './describe-schema.ts';
import type { Params, ParameterSchema, TaskTypeSpec } from './contract.ts';

export type ReadParams =
  { readonly ok: true; readonly params: Params } | { readonly ok: false; readonly problem: string };

const GIVEN_CHARS_MAX = 60;
const ajv = new Ajv({ strict: false, allErrors: false, allowUnionTypes: true, logger: false });

/** Reads the parameters of one task type; compiled once, used for every task. */
export class ParameterReader {
  readonly #spec: TaskTypeSpec;
  readonly #properties: ReadonlyMap<string, ParameterSchema>;
  readonly #validate: ValidateFunction;

  /** Throws when the schema is not a JSON Schema: a slave that announces such a type is turned away. */
  constructor(spec: TaskTypeSpec) {
    this.#spec = spec;
    this.#properties = new Map(Object.entries((spec.schema['properties'] ?? {}) as Record<string, ParameterSchema>));
    this.#validate = ajv.compile(spec.schema);
  }

  /** From a URL: every value is text. `given` holds all values of each name, without the door's own options. */
  fromQuery(given: ReadonlyMap<string, readonly string[]>): ReadParams {
    const params: Record<string, unknown> = {};
    for (const [name, values] of given) {
      const schema = this.#properties.get(name);
      if (schema === undefined) return this.#unknown(name);
      const [text = ''] = values;
      if (values.length > 1) return bad(`parameter ${name} was given ${values.length.toString()} times, expected once`);
      const value = fromText(text, schema);
      if (value === undefined) return this.#wrong(name, schema, text);
      params[name] = value;
    }
    return this.fromJson(params);
  }

  /** From JSON: values have their types already. */
  fromJson(given: Readonly<Record<string, unknown>>): ReadParams {
    if (this.#validate(given)) return { ok: true, params: given };
    const [error] = this.#validate.errors ?? [];
    const missing: unknown = error?.params['missingProperty'];
    if (typeof missing === 'string') {
      const schema = this.#properties.get(missing) ?? {};
      return bad(`parameter ${missing} is missing: ${this.#spec.name} expects ${describeSchema(schema)}`);
    }
    const extra: unknown = error?.params['additionalProperty'];
    if (typeof extra === 'string') return this.#unknown(extra);
    const name = error?.instancePath.split('/')[1] ?? '';
    const schema = this.#properties.get(name);
    if (schema !== undefined) return this.#wrong(name, schema, show(given[name]));
    return bad(`parameters of ${this.#spec.name}: ${error?.message ?? 'not valid'}`);
  }

  #unknown(name: string): ReadParams {
    const known = [...this.#properties.keys()].join(', ') || 'no parameters';
    return bad(`unknown parameter ${shorten(name)}: ${this.#spec.name} takes ${known}`);
  }

  #wrong(name: string, schema: ParameterSchema, given: string): ReadParams {
    return bad(`parameter ${name} must be ${describeSchema(schema)}, got ${shorten(given) || 'nothing'}`);
  }
}

/** The value that `text` stands for under `schema`; undefined when it stands for none. Integers are plain digits only. */
function fromText(text: string, schema: ParameterSchema): unknown {
  switch (schema['type']) {
    case 'integer':
      return /^-?\d{1,20}$/.test(text) ? Number(text) + 0 : undefined;
    case 'number':
      return /^-?\d{1,20}(\.\d{1,20})?$/.test(text) ? Number(text) + 0 : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'string':
      return text;
    default:
      return fromJsonText(text);
  }
}

function fromJsonText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function bad(problem: string): ReadParams {
  return { ok: false, problem };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(text: string): string {
  return text.length <= GIVEN_CHARS_MAX ? text : `${text.slice(0, GIVEN_CHARS_MAX)}…`;
}
