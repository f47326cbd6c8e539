// Readers of option values: text in, value out, or a sentence that says what was expected. Commander adds the option's name.
import { DURATION_EXPECTED, parseDuration } from './duration.ts';

/** Reads one value; the message of what it throws is what the user sees after the option's name and the bad value. */
export type ReadValue<T> = (text: string) => T;

/** What a reader throws. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
}

function expected(what: string): never {
  throw new BadValue(`Expected ${what}.`);
}

export const duration: ReadValue<number> = (text) => parseDuration(text) ?? expected(DURATION_EXPECTED);

/** A duration that is not 0. */
export const positiveDuration: ReadValue<number> = (text) => {
  const ms = parseDuration(text) ?? expected(DURATION_EXPECTED);
  return ms > 0 ? ms : expected(`${DURATION_EXPECTED}, more than 0`);
};

/** A duration from `minMs` to `maxMs`, which are shown as they are given here. */
export const durationBetween =
  (minMs: number, maxMs: number): ReadValue<number> =>
  (text) => {
    const ms = parseDuration(text) ?? expected(DURATION_EXPECTED);
    const range = `from ${minMs.toString()}ms to ${(maxMs / 1000).toString()}s`;
    return ms >= minMs && ms <= maxMs ? ms : expected(`${DURATION_EXPECTED}, ${range}`);
  };

const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const BYTES_MAX = 1024 ** 4;

/** Bytes, at least `minBytes` of them or 0: `64KB`, `512MB`, `2GB`, in powers of 1024. A bare 0 needs no unit. */
export const byteSizeFrom =
  (minBytes: number): ReadValue<number> =>
  (text) => {
    const match = /^(\d{1,13}(?:\.\d{1,3})?)(B|KB|MB|GB)$/.exec(text);
    const bytes = text === '0' ? 0 : Math.round(Number(match?.[1]) * (UNIT_BYTES[match?.[2] ?? ''] ?? Number.NaN));
    if (bytes === 0 || (bytes >= minBytes && bytes <= BYTES_MAX)) return bytes;
    const minMib = Math.ceil(minBytes / 1024 ** 2).toString();
    return expected(`a size from ${minMib}MB to 1024GB, such as 512MB or 2GB, or 0`);
  };

/** A duration, or `off` (Infinity). */
export const durationOrOff: ReadValue<number> = (text) =>
  text === 'off' ? Infinity : (parseDuration(text) ?? expected(`${DURATION_EXPECTED}, or off`));

/** A duration that is not 0, or `off`. */
export const positiveDurationOrOff: ReadValue<number | 'off'> = (text) => {
  if (text === 'off') return 'off';
  const ms = parseDuration(text) ?? 0;
  return ms > 0 ? ms : expected(`${DURATION_EXPECTED}, more than 0, or off`);
};

export const integerFrom =
  (min: number, max: number): ReadValue<number> =>
  (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : expected(`an integer from ${min.toString()} to ${max.toString()}`);
  };

/** A positive number; 1e11 is allowed. */
export const positiveNumber: ReadValue<number> = (text) => {
  const value = /^[\d.]+(e\+?\d{1,3})?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value : expected('a number above 0, such as 10000000 or 1e11');
};

/** A port, 0 for one chosen by the system, or `off` (undefined). */
export const portOrOff: ReadValue<number | 'off'> = (text) => {
  if (text === 'off') return 'off';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : expected('a port from 1 to 65535, 0 for one chosen by the system, or off');
};

/** A port that must be known to others beforehand. */
export const fixedPort: ReadValue<number> = (text) => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port >= 1 && port <= 65535 ? port : expected('a port from 1 to 65535');
};

export const oneOf =
  <T extends string>(names: readonly T[]): ReadValue<T> =>
  (text) =>
    names.find((name) => name === text) ?? expected(`one of ${names.join(', ')}`);

/** Letters, digits, dot, dash and underscore, 1 to 64 of them. */
export const name: ReadValue<string> = (text) =>
  /^[A-Za-z0-9._-]{1,64}$/.test(text) ? text : expected('1 to 64 letters, digits, dots, dashes or underscores');

export interface HostAndPort {
  readonly address: string;
  /** Undefined when left out. */
  readonly port: number | undefined;
}

export const hostAndPort: ReadValue<HostAndPort> = (text) => {
  const match = /^([A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? expected('a host name or IPv4 address, optionally with :port');
  return { address, port: match?.[2] === undefined ? undefined : fixedPort(match[2]) };
};

/** `a-b` with 1 ≤ a ≤ b ≤ 65535, room for at least `portsMin` ports. */
export const portRange =
  (portsMin: number): ReadValue<{ first: number; last: number }> =>
  (text) => {
    const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
    const [first, last] = [Number(match?.[1]), Number(match?.[2])];
    if (first >= 1 && last <= 65535 && last - first + 1 >= portsMin) return { first, last };
    const count = portsMin === 1 ? '1 port' : `${portsMin.toString()} ports`;
    return expected(`two ports a-b with 1 ≤ a ≤ b ≤ 65535 and at least ${count} from a to b`);
  };

export const label: ReadValue<readonly [key: string, value: string]> = (text) => {
  const match = /^([A-Za-z_][A-Za-z0-9_.-]{0,63})=(.{1,256})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    return expected('key=value, the key of letters, digits, _ . -');
  return [match[1], match[2]];
};

/** A task type's name and how many: `countprimes=4`. */
export const typeLimit: ReadValue<readonly [type: string, limit: number]> = (text) => {
  const match = /^([A-Za-z0-9._-]{1,128})=(\d{1,7})$/.exec(text);
  const limit = Number(match?.[2]);
  if (match?.[1] === undefined || limit < 1) return expected('type=n with n from 1 to 9999999, such as countprimes=4');
  return [match[1], limit];
};

/** An address that an HTTP client can be pointed at, such as `http://localhost:4242`, perhaps with a path; without a slash at its end. */
export const httpUrl: ReadValue<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && isPlain && ['http:', 'https:'].includes(url.protocol)) return url.href.replace(/\/+$/, '');
  return expected('a URL such as http://192.0.2.7, with http:// or https://, without user, password, ? and #');
};

/** Such a URL, or `off`. */
export const httpUrlOrOff: ReadValue<string> = (text) => (text === 'off' ? text : httpUrl(text));

export const anyText: ReadValue<string> = (text) => (text.length > 0 ? text : expected('a text that is not empty'));

/** A switch: present or not. */
export const isSet: ReadValue<boolean> = (text) => {
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['', 'false', '0', 'no'].includes(text)) return false;
  return expected('true or false');
};
