// Checks of what arrives from the network, field by field. Nothing that came in is used before one of these has passed.

export type Check = (value: unknown) => boolean;

export const isText =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max;

/** Letters, digits, dot, dash and underscore: safe in headers, logs and labels. */
export const isPlainName =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max && /^[A-Za-z0-9._-]+$/.test(value);

export const isOneOf =
  (...names: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && names.includes(value);

/** An integer in [min, max]. */
export const isIntegerIn =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

export const isCount: Check = isIntegerIn(0, Number.MAX_SAFE_INTEGER);
export const isPort: Check = isIntegerIn(1, 65535);

/** A finite number of at least 0. */
export const isAmount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** A number in [0, max]. */
export const isAmountUpTo =
  (max: number): Check =>
  (value) =>
    isAmount(value) && (value as number) <= max;

export const isAnything: Check = () => true;

export const isListOf =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** A plain object (not null, not an array, not bytes). */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** An object whose named fields pass; further fields are let through for newer minor versions. */
export const isRecordOf =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

/** A positional message body: every listed position passes; further positions are let through. */
export function fits(fields: readonly Check[], message: readonly unknown[], from: number): boolean {
  for (let i = 0; i < fields.length; i++) {
    if (fields[i]?.(message[from + i]) !== true) return false;
  }
  return true;
}
