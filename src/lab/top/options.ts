// The command line of ./lab top.
import { parseCommand, type OptionValues } from '../../common/config/command.ts';
import { launchedAs } from '../../common/config/launched-as.ts';
import { PACKAGE_VERSION } from '../../common/config/package-version.ts';
import { httpUrl, isSet } from '../../common/config/values.ts';

const OPTIONS = {
  url: {
    flag: '--url',
    value: '<url>',
    help: 'where the master is',
    read: httpUrl,
    default: 'http://localhost:4242',
  },
  once: {
    flag: '--once',
    help: 'print the cluster as it is now and end',
    read: isSet,
  },
} as const;

export type TopOptions = OptionValues<typeof OPTIONS>;

/** Reads the command line; ends the process with help, or with exit code 2 for a bad value. */
export function readTopOptions(argv: readonly string[]): TopOptions {
  const top = launchedAs('lab top');
  const { options } = parseCommand(
    {
      name: top,
      description:
        'Shows slaves, load, rates, queue and tasks of a running cluster. On a terminal the view stays; q or Ctrl-C ends it. ' +
        'Into a pipe it writes one line a second, and one for each change of a slave or of the algorithm. NO_COLOR is honoured.',
      version: PACKAGE_VERSION,
      options: OPTIONS,
      epilogue: ['Examples:', `  ${top}`, `  ${top} --url http://192.168.1.20:4242`, `  ${top} | grep 'slave '`].join(
        '\n',
      ),
    },
    argv,
  );
  return options;
}
