// The command line of ./lab doctor: what the slave in question was given, and how long to look.
import { parseCommand, type OptionValues } from '../../common/config/command.ts';
import { launchedAs } from '../../common/config/launched-as.ts';
import { PACKAGE_VERSION } from '../../common/config/package-version.ts';
import { SHARED_OPTIONS } from '../../common/config/shared-options.ts';
import { durationBetween, hostAndPort, isSet, portRange } from '../../common/config/values.ts';

const { interfaces, discoveryPort, cluster } = SHARED_OPTIONS;
const TIMEOUT_MS_MIN = 500;
const TIMEOUT_MS_MAX = 60_000;

const OPTIONS = {
  interfaces,
  master: {
    flag: '--master',
    value: '<host[:port]>',
    help: 'ask this master too, by its address; the port is --discovery-port when left out',
    read: hostAndPort,
  },
  discoveryPort,
  cluster,
  portRange: {
    flag: '--port-range',
    value: '<a-b>',
    help: 'the range that the slave is given for its three TCP ports (default: chosen by the system)',
    read: portRange(3),
  },
  timeout: {
    flag: '--timeout',
    value: '<duration>',
    help: 'how long to wait for answers',
    read: durationBetween(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX),
    default: '5s',
  },
  json: {
    flag: '--json',
    help: 'print the findings as JSON, for programs',
    read: isSet,
  },
} as const;

export type DoctorOptions = OptionValues<typeof OPTIONS>;

/** Reads the command line; ends the process with help, or with exit code 2 for a bad value. */
export function readDoctorOptions(argv: readonly string[]): DoctorOptions {
  const doctor = launchedAs('lab doctor');
  const { options } = parseCommand(
    {
      name: doctor,
      description:
        'Says whether a slave could join from this machine, and if not, why. It joins nothing and changes nothing.',
      version: PACKAGE_VERSION,
      options: OPTIONS,
      epilogue: [
        'Examples:',
        `  ${doctor}                       what would a slave find here?`,
        `  ${doctor} --interface lo        only on this machine`,
        `  ${doctor} --master 192.0.2.7    a master in another network, or behind filtered broadcasts`,
        '',
        'Give it the options that the slave was given. The exit code is 0 when a slave could join, 1 when not, 2 for bad options.',
        'Every option can also be set as LANYARD_<OPTION>. Durations: 500ms, 2s, 1m.',
      ].join('\n'),
    },
    argv,
  );
  return options;
}
