// Options of the examples' programs: node's own parser, and numbers checked.
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Ends the program with what is wrong and how it is used. */
export function refuse(message: string): never {
  console.error(`${message}\nSee --help.`);
  process.exit(2);
}

/** Reads the command line; --help prints `help` and ends the program, what is not an option of `options` ends it with code 2. */
export function readOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  help: string,
  options: T,
): ReturnType<typeof parseArgs<{ options: T & { help: { type: 'boolean' } } }>>['values'] {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    if (!(values as { help?: boolean }).help) return values as never;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
  console.log(help);
  process.exit(0);
}

/** A whole number from 1 to `max`; `why` says what limits it. */
export function count(option: string, text: string, max = 100_000, why = ''): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    refuse(`--${option} takes a whole number from 1 to ${max}${why}, not "${text}".`);
  return value;
}

/** A number from 0 up. */
export function number(option: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    refuse(`--${option} takes a number from 0 up, not "${text}".`);
  return value;
}
