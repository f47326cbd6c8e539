// A line under "Examples:" of --help.
import { launchedAs } from './launched-as.ts';

/** So wide are the commands, so that what they do stands in one column. */
const WIDTH = 36;

/** `command` as the user would type it after this process's own, with these options, and what it does. */
export function exampleLine(command: string, options: string, what = ''): string {
  const typed = `${launchedAs(command)} ${options}`;
  return `  ${typed.padEnd(Math.max(WIDTH, typed.length + 2))}${what}`.trimEnd();
}
