// Grafana's key, wrapped so that no log line, error, JSON or inspection shows it by accident. Only the HTTP client reads it.
import { inspect } from 'node:util';
import { LanyardError } from '../../common/errors.ts';

/** So many characters a key may have; a service-account token has 46. */
const KEY_CHARS_MAX = 4096;
const SHOWN = '[key]';

export class ApiKey {
  readonly #value: string;

  /** Throws BAD_OPTION, without quoting `text`, when it cannot be a key: those are visible ASCII without spaces. */
  constructor(text: string) {
    if (text.length === 0 || text.length > KEY_CHARS_MAX || !/^[\x21-\x7e]+$/.test(text)) {
      throw new LanyardError(
        'BAD_OPTION',
        `the Grafana key must be 1 to ${KEY_CHARS_MAX} visible ASCII characters without spaces (a service-account token, glsa_…), not ` +
          `${text.length} characters${text.length === 0 ? '' : ' of which some are others'}`,
      );
    }
    this.#value = text;
  }

  /** The value of the Authorization header. For the HTTP client only. */
  bearer(): string {
    return `Bearer ${this.#value}`;
  }

  /** `text` with every occurrence of the key blotted out: for what a server said. */
  redact(text: string): string {
    return text.replaceAll(this.#value, SHOWN);
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
