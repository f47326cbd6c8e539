// Reading the query of endpoints that know all their names: each given once, unknown ones refused.
import type { FastifyRequest } from 'fastify';
import { DURATION_EXPECTED, parseDuration } from '../../../common/config/duration.ts';
import { badParameter, refuse, shown } from './problem.ts';

/** The values of the names in `known`; refuses what is not among them or was given more than once. */
export function queryOf<N extends string>(request: FastifyRequest, known: readonly N[]): Partial<Record<N, string>> {
  const given = request.query as Readonly<Record<string, string | string[]>>;
  for (const [name, value] of Object.entries(given)) {
    if (!(known as readonly string[]).includes(name)) {
      refuse(badParameter(`unknown name ${shown(name)} in the URL: expected ${known.join(', ')}`));
    }
    if (typeof value !== 'string')
      refuse(badParameter(`${name} was given ${value.length.toString()} times, expected once`));
  }
  return given as Partial<Record<N, string>>;
}

/** The values of `name`, which may be given any number of times; refuses every other name. */
export function valuesOf(request: FastifyRequest, name: string): readonly string[] {
  const given = request.query as Readonly<Record<string, string | string[]>>;
  const unknown = Object.keys(given).find((key) => key !== name);
  if (unknown !== undefined)
    refuse(badParameter(`unknown name ${shown(unknown)} in the URL: expected ${name}, or nothing`));
  return [given[name] ?? []].flat();
}

/** Milliseconds, from 0 to `maxMs`. */
export function durationOf(name: string, text: string, maxMs: number): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= maxMs) return ms;
  const most = `${(maxMs / 60_000).toString()}m`;
  return refuse(badParameter(`${name} must be ${DURATION_EXPECTED}, at most ${most}; got ${shown(text)}`));
}

/** A whole number from `min` to `max`. */
export function integerOf(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = `from ${min.toString()} to ${max.toString()}`;
  return refuse(badParameter(`${name} must be a whole number ${range}; got ${shown(text)}`));
}

/** One of `allowed`. */
export function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  return found ?? refuse(badParameter(`${name} must be one of ${allowed.join(', ')}; got ${shown(text)}`));
}

/** The id in the path. */
export function idOf({ params }: FastifyRequest): string {
  return (params as { id: string }).id;
}
