// Where the key for Grafana comes from: the command line, a file, or the environment; given once, and shown nowhere.
import { readFileSync, statSync } from 'node:fs';
import { LanyardError, messageOf } from '../common/errors.ts';
import { variableOf } from '../common/config/command.ts';

export interface KeySource {
  /** From the command line or the environment. */
  readonly apiKey: string | undefined;
  /** Path of a file that holds it. */
  readonly apiKeyFile: string | undefined;
}

export interface FoundKey {
  /** Without the white space around it; undefined when none was given. */
  readonly text: string | undefined;
  /** Other users of this machine may read the file. */
  readonly isExposed: boolean;
}

/** Who holds the file's rights beside its owner. */
const OTHERS = 0o077;

/** Fails with BAD_OPTION when the key was given twice, or the file cannot be read or is empty. No error holds the key. */
export function findKey({ apiKey, apiKeyFile }: KeySource): FoundKey {
  // Nothing that this process starts or reports needs to see it.
  Reflect.deleteProperty(process.env, variableOf('--api-key'));
  const given = apiKey?.trim();
  if (apiKeyFile === undefined) return { text: given === '' ? undefined : given, isExposed: false };
  if (apiKey !== undefined)
    throw badOption('the key is given twice: by --api-key-file, and as api-key or LANYARD_API_KEY; leave one out');
  try {
    const text = readFileSync(apiKeyFile, 'utf8').trim();
    if (text === '') throw new Error('it is empty');
    return { text, isExposed: process.platform !== 'win32' && (statSync(apiKeyFile).mode & OTHERS) !== 0 };
  } catch (error) {
    throw badOption(
      `--api-key-file ${named(apiKeyFile)}: expected a file with the key in it, but ${whyUnreadable(error)}`,
    );
  }
}

/** Ends the process's command line as `ps` shows it: the key may stand there. */
export function hideCommandLine(): void {
  process.title = 'lanyard-monitor';
}

/** The path, unless somebody may have put the key itself where its file belongs. */
function named(file: string): string {
  return /^[A-Za-z0-9_=+-]{20,}$/.test(file) ? '(a name that looks like a key)' : file;
}

function whyUnreadable(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this user may not read it',
    EISDIR: 'this is a folder',
  };
  return reasons[code] ?? (code === '' ? messageOf(error) : `it cannot be read (${code})`);
}

function badOption(message: string): LanyardError {
  return new LanyardError('BAD_OPTION', message);
}
