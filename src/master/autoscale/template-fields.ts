// Reads the fields of a template file, one by one; every mistake is a sentence that names the file, the field, what was expected and
// what stands there.
import { readFileSync, statSync } from 'node:fs';
import { BadValue, type ReadValue } from '../../common/config/values.ts';
import { LanyardError, messageOf } from '../../common/errors.ts';
import { printable } from '../../common/text/printable.ts';

const FILE_BYTES_MAX = 64 * 1024;
const SHOWN_CHARS_MAX = 60;
const LIST_MAX = 100;

export class TemplateFields {
  readonly file: string;
  readonly #fields: ReadonlyMap<string, unknown>;

  /** Reads the file now. Throws BAD_OPTION when it cannot be read, or is no JSON object. */
  constructor(file: string) {
    this.file = file;
    const value = this.#read();
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.#fail('expected a JSON object such as {"command": "node server.mjs"}', value);
    this.#fields = new Map(Object.entries(value));
  }

  /** A text that is not empty; undefined when the field is left out. */
  text(name: string, isRight: (text: string) => boolean = () => true, expected = 'a text'): string | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '' || value.includes('\0') || !isRight(value))
      return this.#wrong(name, expected, value);
    return value;
  }

  /** A text that an option of ./slave takes; undefined when the field is left out. */
  option<T>(name: string, read: ReadValue<T>): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      read(text);
      return text;
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      const expected = error.message.replace(/^Expected /, '').replace(/\.$/, '');
      return this.#wrong(name, expected, text);
    }
  }

  number(name: string, min: number, max: number, kind: 'integer' | 'number' = 'integer'): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const isNumber = typeof value === 'number' && (kind === 'number' || Number.isInteger(value));
    if (!isNumber || !(value >= min && value <= max)) {
      const article = kind === 'integer' ? 'an integer' : 'a number';
      return this.#wrong(name, `${article} from ${min.toString()} to ${max.toString()}`, value);
    }
    return value;
  }

  /** A list of texts; empty when the field is left out. */
  texts(name: string): readonly string[] {
    const value = this.#take(name) ?? [];
    const isRight =
      Array.isArray(value) &&
      value.length <= LIST_MAX &&
      value.every((item) => typeof item === 'string' && item !== '');
    return isRight ? (value as string[]) : this.#wrong(name, `a list of at most ${LIST_MAX.toString()} texts`, value);
  }

  /** Names and texts; empty when the field is left out. `isName` judges a name. */
  pairs(name: string, isName: (name: string) => boolean): Readonly<Record<string, string>> {
    const value = this.#take(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value))
      return this.#wrong(name, 'an object of texts, such as {"DELAY_MS": "200"}', value);
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length > LIST_MAX) return this.#wrong(name, `at most ${LIST_MAX.toString()} of them`, entries.length);
    for (const [key, text] of entries) {
      if (!isName(key)) this.#wrong(name, 'names that may stand there', key);
      if (typeof text !== 'string' || text.includes('\0')) this.#wrong(`${name}.${key}`, 'a text', text);
    }
    return value as Record<string, string>;
  }

  /** To be called before any is read, with all that there may be: a field of another name is often the one that then seems missing. */
  only(names: readonly string[]): void {
    const strange = [...this.#fields.keys()].find((name) => !names.includes(name));
    if (strange === undefined) return;
    const near = names.find((name) => isNear(name.toLowerCase(), strange.toLowerCase()));
    const advice = near === undefined ? `; its fields are ${names.join(', ')}` : `; did you mean ${near}?`;
    const what = `${printable(strange)}: not a field of a template${advice}`;
    throw new LanyardError('BAD_OPTION', `--template ${this.file}: ${what}`);
  }

  /** Throws BAD_OPTION about one field. */
  wrong(name: string, expected: string, got: unknown): never {
    return this.#wrong(name, expected, got);
  }

  #take(name: string): unknown {
    return this.#fields.get(name);
  }

  #read(): unknown {
    try {
      const { size } = statSync(this.file);
      if (size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX.toString()} bytes`);
      return JSON.parse(readFileSync(this.file, 'utf8'));
    } catch (error) {
      const message = `--template ${this.file}: expected a file with a JSON object; ${messageOf(error)}`;
      throw new LanyardError('BAD_OPTION', message, error);
    }
  }

  #wrong(name: string, expected: string, got: unknown): never {
    throw new LanyardError(
      'BAD_OPTION',
      `--template ${this.file}: ${name}: expected ${expected}, got ${got === undefined ? 'nothing' : shown(got)}`,
    );
  }

  #fail(expected: string, got: unknown): never {
    throw new LanyardError('BAD_OPTION', `--template ${this.file}: ${expected}, got ${shown(got)}`);
  }
}

/** Equal but for one piece of at most two characters: one left out, added, wrong, or two that are swapped. */
function isNear(a: string, b: string): boolean {
  const shortest = Math.min(a.length, b.length);
  let same = 0;
  while (same < shortest && a[same] === b[same]) same++;
  let end = 0;
  while (end < shortest - same && a.at(-1 - end) === b.at(-1 - end)) end++;
  const differing = Math.max(a.length, b.length) - same - end;
  return differing <= 2 && differing < shortest;
}

function shown(value: unknown): string {
  return printable(JSON.stringify(value).slice(0, SHOWN_CHARS_MAX));
}
