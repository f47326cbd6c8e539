// From a task type's JSON schema to fields of a form, and from what was typed to parameters. What can be seen to be wrong is
// said of all fields at once, in the words of the master, who judges the rest.
import type { ParameterSchema } from '../../common/task-types/contract.ts';
import { describeSchema } from '../../common/task-types/describe-schema.ts';
import { numberFrom, numberOr } from './numbers.ts';

/** A type as `GET /task-types` tells it. */
export interface TaskTypeInfo {
  readonly name: string;
  readonly description: string;
  readonly schema: ParameterSchema;
}

export type FieldKind = 'integer' | 'number' | 'text' | 'flag' | 'choice' | 'json';

/** One parameter in the form. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  /** What may be entered: "an integer from 0 to 100000". */
  readonly hint: string;
  readonly description: string;
  /** What stands in it at first. */
  readonly initial: string;
  /** Of a choice: texts as shown, with the values that they stand for. */
  readonly choices: readonly Choice[];
  /** Of a number. */
  readonly range: { readonly minimum: number; readonly maximum: number };
  /** So long that it needs several lines. */
  readonly isLong: boolean;
}

export interface Choice {
  readonly text: string;
  readonly value: unknown;
}

/** What stands in the fields, by parameter. */
export type Entries = Readonly<Record<string, string>>;

export type ReadForm =
  | { readonly ok: true; readonly params: Record<string, unknown> }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** What is wrong with a field; with the whole form when `name` is empty. */
export interface Mistake {
  readonly name: string;
  readonly why: string;
}

const CHOICES_MAX = 200;
const LONG_TEXT_CHARS = 1000;
const GIVEN_CHARS_MAX = 60;

/** A parameter for each property, in the schema's order. */
export function fieldsOf({ schema }: TaskTypeInfo): Field[] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, isObject(property) ? property : {}, required.includes(name)),
  );
}

/** The task types of an answer to `GET /task-types`, by name; what is none is left out. */
export function readTaskTypes(value: unknown): TaskTypeInfo[] {
  if (!Array.isArray(value)) return [];
  const found = value.flatMap((item: unknown) => {
    if (!isObject(item)) return [];
    const { name, description, schema } = item;
    if (typeof name !== 'string' || !isObject(schema)) return [];
    return [{ name, description: typeof description === 'string' ? description : '', schema }];
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function initialEntries(fields: readonly Field[]): Entries {
  return Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));
}

/** Parameters of a task type from what was entered, or all that is wrong with it. An optional one left empty is left out. */
export function readEntries(typeName: string, fields: readonly Field[], entries: Entries): ReadForm {
  const params: Record<string, unknown> = {};
  const mistakes: Mistake[] = [];
  for (const field of fields) {
    const { name, kind, isRequired, hint } = field;
    const text = entries[name] ?? '';
    if (text.trim() === '' && !(kind === 'text' && isRequired)) {
      if (isRequired) mistakes.push({ name, why: `parameter ${name} is missing: ${typeName} expects ${hint}` });
      continue;
    }
    const read = readEntry(field, text);
    if (read.ok) params[name] = read.value;
    else mistakes.push({ name, why: `parameter ${name} must be ${hint}, got ${shorten(text.trim())}` });
  }
  return mistakes.length === 0 ? { ok: true, params } : { ok: false, mistakes };
}

/** The parameter that a sentence of the master is about, if it is one of these. */
export function parameterNamed(sentence: string, names: readonly string[]): string | undefined {
  const [, name] = /^(?:parameter )?([^\s:]+) (?:must|is|was)\b/.exec(sentence) ?? [];
  return names.find((known) => known === name);
}

function fieldOf(name: string, schema: Record<string, unknown>, isRequired: boolean): Field {
  const choices = choicesOf(schema);
  const kind = choices.length > 0 ? 'choice' : kindOf(schema['type']);
  const [example] = Array.isArray(schema['examples']) ? (schema['examples'] as unknown[]) : [];
  const { description } = schema;
  const { maxLength } = schema;
  return {
    ...{ name, kind, isRequired, choices },
    range: { minimum: numberOr(schema['minimum'], -Infinity), maximum: numberOr(schema['maximum'], Infinity) },
    hint: kind === 'choice' ? 'one of these' : kind === 'json' ? jsonHint(schema) : describeSchema(schema),
    description: typeof description === 'string' ? description : '',
    initial: asEntry(schema['default'] ?? (isRequired ? example : undefined), kind),
    isLong: kind === 'json' || (kind === 'text' && typeof maxLength === 'number' && maxLength > LONG_TEXT_CHARS),
  };
}

function kindOf(type: unknown): FieldKind {
  switch (type) {
    case 'integer':
    case 'number':
      return type;
    case 'string':
      return 'text';
    case 'boolean':
      return 'flag';
    default:
      return 'json';
  }
}

function jsonHint({ type }: Record<string, unknown>): string {
  if (type === 'array') return 'a list, as JSON: [1, 2]';
  return type === 'object' ? 'an object, as JSON: {"a": 1}' : 'a value, as JSON';
}

/** Of `enum`, or of a union of constants. */
function choicesOf({ enum: values, anyOf }: Record<string, unknown>): Choice[] {
  const constants = Array.isArray(anyOf) && anyOf.every((one) => isObject(one) && 'const' in one);
  const all: unknown[] = Array.isArray(values)
    ? values
    : constants
      ? (anyOf as { const: unknown }[]).map((one) => one.const)
      : [];
  if (all.length > CHOICES_MAX) return [];
  return all.map((value) => ({ text: typeof value === 'string' ? value : JSON.stringify(value), value }));
}

function asEntry(value: unknown, kind: FieldKind): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' && kind !== 'json' ? value : JSON.stringify(value);
}

type ReadEntry = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

function readEntry({ kind, choices, range }: Field, text: string): ReadEntry {
  const trimmed = text.trim();
  switch (kind) {
    case 'text':
      return { ok: true, value: text };
    case 'integer':
    case 'number': {
      const value = numberFrom(trimmed);
      // What JSON would change on its way is not sent.
      const isGood = value !== undefined && (kind === 'number' || Number.isSafeInteger(value));
      return isGood && value >= range.minimum && value <= range.maximum ? { ok: true, value } : { ok: false };
    }
    case 'flag':
      return { ok: true, value: trimmed === 'true' ? true : trimmed === 'false' ? false : text };
    case 'choice': {
      const choice = choices.find((one) => one.text === text);
      return { ok: true, value: choice === undefined ? text : choice.value };
    }
    case 'json':
      try {
        return { ok: true, value: JSON.parse(trimmed) as unknown };
      } catch {
        // A text would be taken where any value is allowed: only the page knows that JSON was meant.
        return { ok: false };
      }
  }
}

function shorten(text: string): string {
  return text.length <= GIVEN_CHARS_MAX ? text : `${text.slice(0, GIVEN_CHARS_MAX)}…`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
