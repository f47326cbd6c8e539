// How this program was started, so that a message can name the next command as the user would type it.
import path from 'node:path';

/** What the single file can be, and by which words. */
const OF_THE_FILE: ReadonlyMap<string, readonly string[]> = new Map([
  ['slave', []],
  ['lab doctor', ['doctor']],
]);

/**
 * The command line that starts `command` (`master`, `slave`, `lab doctor` …) the way this process was started: `./slave` in a checkout,
 * `lanyard slave` from the package, `node slave.mjs` from the single file, which is a slave and has `doctor` and nothing else.
 */
export function launchedAs(command: string, script = process.argv[1] ?? ''): string {
  // Either separator: the script of a Windows machine may be shown on another.
  const file = path.posix.basename(script.replaceAll('\\', '/'));
  if (/^lanyard(\.js)?$/.test(file)) return `lanyard ${command}`;
  const own = OF_THE_FILE.get(command);
  if (file.endsWith('.mjs') && own !== undefined) return ['node', file, ...own].join(' ');
  return `./${command}`;
}
