// How a task's value looks outside: as plain text, and as a JSON value that loses nothing.
import type { TaskValue } from './contract.ts';

/** The bare result. Objects become JSON, bytes base64. */
export function resultAsText(value: TaskValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return JSON.stringify(resultAsJson(value));
}

/** A value that `JSON.stringify` keeps exact: BigInts as decimal strings, bytes as base64, also inside objects. */
export function resultAsJson(value: TaskValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(resultAsJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resultAsJson(inner)]));
  }
  return value ?? null;
}
