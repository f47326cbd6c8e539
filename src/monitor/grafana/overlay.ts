// JSON laid over JSON: what we want on top of what is stored, so that fields which Grafana or a user added beside ours stay and make no
// difference. Pure.

export type Json = Readonly<Record<string, unknown>>;

/**
 * `wanted`, with everything that `stored` has beside it. Objects are laid over each other field by field. An array's elements stay as
 * stored where they already have all that is wanted of them, else they are replaced.
 */
export function overlay(stored: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(stored)) return wanted as unknown;
    return wanted.map((element: unknown, i) => (hasAllOf(stored[i], element) ? (stored[i] as unknown) : element));
  }
  if (!isJson(wanted) || !isJson(stored)) return wanted;
  const merged: Record<string, unknown> = { ...stored };
  for (const [field, value] of Object.entries(wanted)) {
    if (value !== undefined) merged[field] = overlay(stored[field], value);
  }
  return merged;
}

/** Whether nothing of `wanted` is missing or different in `stored`. */
function hasAllOf(stored: unknown, wanted: unknown): boolean {
  return sameJson(overlay(stored, wanted), stored);
}

/** Equal as JSON: the order of fields and fields that are undefined do not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** A text that is the same for all that are equal as JSON: to find one among many. Linear, however large the board. */
export function canonical(json: unknown): string {
  return JSON.stringify(json, (_field, value: unknown) =>
    isJson(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
