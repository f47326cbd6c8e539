// The command line of ./master.
import { exampleLine } from '../common/config/example-line.ts';
import { launchedAs } from '../common/config/launched-as.ts';
import { parseCommand, type OptionValues } from '../common/config/command.ts';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import { SHARED_OPTIONS } from '../common/config/shared-options.ts';
import {
  anyText,
  BadValue,
  duration,
  durationBetween,
  durationOrOff,
  integerFrom,
  isSet,
  portOrOff,
  positiveDuration,
  positiveDurationOrOff,
  typeLimit,
} from '../common/config/values.ts';
import { isGroupName, OWN_ALGORITHMS_MAX } from './group-algorithms.ts';
import type { Algorithm } from './balancing/algorithm.ts';
import { AUTOSCALE_OPTIONS } from './autoscale-options.ts';
import { FORWARD_OPTIONS } from './forward-options.ts';
import { ALGORITHMS, algorithmNames, DEFAULT_ALGORITHM, findAlgorithm } from './balancing/registry.ts';

/** An algorithm, of one group or of all that have none of their own. */
interface AlgorithmChoice {
  readonly group: string | undefined;
  readonly algorithm: Algorithm;
}

const OPTIONS = {
  algorithms: {
    flag: '--algorithm',
    value: '<group=name>',
    help: 'an algorithm for one group alone, such as web=least-connections for the service web; a name without group is the one of all others; repeatable',
    read: readAlgorithmChoice,
    repeatable: true,
    countMax: OWN_ALGORITHMS_MAX,
  },
  httpPort: {
    flag: '--http-port',
    value: '<port>',
    help: 'TCP port of the HTTP door; 0 is chosen by the system, off is off',
    read: portOrOff,
    default: '4242',
  },
  httpHost: {
    flag: '--http-host',
    value: '<address>',
    help: 'address on which the HTTP door listens (default: 0.0.0.0, all of them; 127.0.0.1 with --interface lo)',
    read: anyText,
  },
  httpOpen: {
    flag: '--http-open',
    help: 'let any machine change the cluster over HTTP, not only this one',
    read: isSet,
  },
  httpAllowedHosts: {
    flag: '--http-allowed-host',
    value: '<name>',
    help: 'a further name under which browsers may reach this master; repeatable',
    read: anyText,
    repeatable: true,
  },
  grpcPort: {
    flag: '--grpc-port',
    value: '<port>',
    help: 'TCP port of the look-aside door (gRPC), where clients ask which backend to call; 0 is chosen by the system, off is off',
    read: portOrOff,
    default: '50051',
  },
  grpcHost: {
    flag: '--grpc-host',
    value: '<address>',
    help: 'address on which the look-aside door listens (default: as --http-host)',
    read: anyText,
  },
  lookasideLease: {
    flag: '--lookaside-lease',
    value: '<duration>',
    help:
      'how long a backend that a client was told counts as busier by one call, since the master does not see the call end; ' +
      'longer spreads better, shorter forgets sooner; off counts only what backends report, and draws among equals',
    read: positiveDurationOrOff,
    default: '1s',
  },
  reportInterval: {
    flag: '--report-interval',
    value: '<duration>',
    help: 'how often registered backends are told to report their load; three missed reports make one suspect',
    read: durationBetween(50, 3_600_000),
    default: '1s',
  },
  ...AUTOSCALE_OPTIONS,
  ...FORWARD_OPTIONS,
  ...SHARED_OPTIONS,
  maxSlaves: {
    flag: '--max-slaves',
    value: '<n>',
    help: 'how many slaves may join',
    read: integerFrom(1, 100_000),
    default: '1024',
  },
  pollInterval: {
    flag: '--poll-interval',
    value: '<duration>',
    help: 'how often each slave is asked for its load; three unanswered polls make it suspect',
    read: positiveDuration,
    default: '1s',
  },
  grace: {
    flag: '--grace',
    value: '<duration>',
    help: 'how long a suspect slave or backend may come back before it is gone and tasks run elsewhere; 0 does not wait',
    read: duration,
    default: '3s',
  },
  queueLimit: {
    flag: '--queue-limit',
    value: '<n>',
    help: 'how many tasks may wait per group, or requests per service, before more are refused with 429; 0 lets none wait',
    read: integerFrom(0, 10_000_000),
    default: '10000',
  },
  callBack: {
    flag: '--call-back',
    value: '<duration>',
    help: 'a task that a slave was sent ahead and has not begun after this time is called back when a thread idles elsewhere, or for more urgent work; off never does',
    read: durationOrOff,
    default: '50ms',
  },
  limits: {
    flag: '--limit',
    value: '<type=n>',
    help: 'at most n tasks of this type at slaves at once, such as countprimes=4; others pass them meanwhile; repeatable',
    read: typeLimit,
    repeatable: true,
  },
  keepResults: {
    flag: '--keep-results',
    value: '<duration>',
    help: 'how long results of submitted tasks (POST /tasks) are kept after their end, in memory; 0 keeps none',
    read: duration,
    default: '1h',
  },
  keepResultsMax: {
    flag: '--keep-results-max',
    value: '<n>',
    help: 'how many results are kept at most, the latest; in all no more than 256 MiB',
    read: integerFrom(0, 10_000_000),
    default: '100000',
  },
  drainTimeout: {
    flag: '--drain-timeout',
    value: '<duration>',
    help: 'how long tasks and forwarded requests under way may take to be answered after SIGTERM; 0 does not wait',
    read: duration,
    default: '30s',
  },
} as const;

export type MasterOptions = OptionValues<typeof OPTIONS> & {
  /** Of all groups that are not in `groupAlgorithms`. */
  readonly algorithm: Algorithm;
  readonly groupAlgorithms: ReadonlyMap<string, Algorithm>;
};

/** Reads the command line; ends the process with help, or with exit code 2 for a bad value. */
export function readMasterOptions(argv: readonly string[]): MasterOptions {
  const { options, argument } = parseCommand(
    {
      name: launchedAs('master'),
      description: 'Finds slaves on this network and balances tasks over them.',
      version: PACKAGE_VERSION,
      options: OPTIONS,
      argument: {
        name: 'algorithm',
        help: `how a slave is chosen: ${algorithmNames().join(', ')} (default: "${DEFAULT_ALGORITHM.name}")`,
        read: readAlgorithm,
      },
      epilogue: [
        'Algorithms, among the slaves that are ready and have room:',
        ...ALGORITHMS.map(({ name, picks }) => `  ${name.padEnd(20)}${picks}`),
        '',
        'Examples:',
        exampleLine('master', 'least-load', 'on all networks of this machine'),
        exampleLine('master', '--interface lo', 'only on this machine'),
        exampleLine('master', 'least-load --algorithm web=least-connections', 'the service web by itself'),
        '',
        'Every option can also be set as LANYARD_<OPTION>, such as LANYARD_HTTP_PORT=8080.',
        'Durations: 500ms, 2s, 2m, 1h.',
      ].join('\n'),
    },
    argv,
  );
  const { algorithms } = options;
  const algorithm = algorithms.findLast(({ group }) => group === undefined)?.algorithm ?? DEFAULT_ALGORITHM;
  const ofGroups = algorithms.flatMap(({ group, algorithm }) =>
    group === undefined ? [] : [[group, algorithm] as const],
  );
  return {
    ...options,
    algorithm: (argument as Algorithm | undefined) ?? algorithm,
    groupAlgorithms: new Map(ofGroups),
  };
}

function readAlgorithmChoice(text: string): AlgorithmChoice {
  const at = text.indexOf('=');
  const group = at === -1 ? undefined : text.slice(0, at);
  const algorithm = findAlgorithm(text.slice(at + 1));
  if (algorithm !== undefined && (group === undefined || isGroupName(group))) return { group, algorithm };
  const names = algorithmNames().join(', ');
  throw new BadValue(
    `Expected group=name such as web=least-connections, the group of letters, digits, . _ -, the name one of ${names}.`,
  );
}

function readAlgorithm(text: string): Algorithm {
  const found = findAlgorithm(text);
  if (found === undefined) throw new BadValue(`Expected one of ${algorithmNames().join(', ')}.`);
  return found;
}
