// The command line of ./slave.
import { availableParallelism } from 'node:os';
import { parseCommand, type OptionValues } from '../common/config/command.ts';
import { exampleLine } from '../common/config/example-line.ts';
import { launchedAs } from '../common/config/launched-as.ts';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import { SHARED_OPTIONS } from '../common/config/shared-options.ts';
import {
  byteSizeFrom,
  duration,
  hostAndPort,
  integerFrom,
  label,
  name,
  portOrOff,
  portRange,
  positiveNumber,
} from '../common/config/values.ts';
import { ROLES } from '../common/protocol/messages.ts';
import { LABELS_MAX } from '../common/protocol/slave-info.ts';
import { SERVE_OPTIONS } from './serve-options.ts';
import { cpuSource, DEFAULT_CPU_SOURCE } from './load/cpu-source.ts';

/** Max load per worker thread: every legal built-in task fits an idle slave. */
const MAX_LOAD_PER_THREAD = 1e11;
const CONCURRENCY_MAX = 1024;
/** What waits costs memory here and its client's patience; how much in all, `Calls` bounds. */
const GRPC_QUEUE_LIMIT_MAX = 1_000_000;
const PORTS_FOR_MASTER = ROLES.length;
/** With less a thread might not get to its first task. */
const TASK_MEMORY_BYTES_MIN = 32 * 1024 ** 2;

const OPTIONS = {
  master: {
    flag: '--master',
    value: '<host[:port]>',
    help: 'ask this master instead of broadcasting, for routed networks; the port is --discovery-port when left out',
    read: hostAndPort,
  },
  ...SHARED_OPTIONS,
  name: {
    flag: '--name',
    value: '<name>',
    help: 'name shown for this slave (default: <hostname>-<port>)',
    read: name,
  },
  concurrency: {
    flag: '--concurrency',
    value: '<threads>',
    help: 'how many tasks run at once, each on a thread of its own',
    read: integerFrom(1, CONCURRENCY_MAX),
    default: availableParallelism().toString(),
  },
  maxLoad: {
    flag: '--max-load',
    value: '<weight>',
    help: 'greatest load that this slave takes, in task weights (default: 1e11 per thread)',
    read: positiveNumber,
  },
  cpuSource: {
    flag: '--cpu-source',
    value: '<source>',
    help: 'where the CPU load comes from: loadavg (one-minute load average per core), systeminformation (last second), file:<path> (a file with one number)',
    read: cpuSource,
    default: DEFAULT_CPU_SOURCE,
  },
  metricsPort: {
    flag: '--metrics-port',
    value: '<port>',
    help: 'TCP port of GET /metrics for Prometheus; 0 is chosen by the system, off is off',
    read: portOrOff,
    default: '0',
  },
  grpcPort: {
    flag: '--grpc-port',
    value: '<port>',
    help: 'TCP port at which clients call this slave directly, over gRPC; 0 is chosen by the system, or the next of --port-range; off is off',
    read: portOrOff,
    default: '0',
  },
  grpcQueueLimit: {
    flag: '--grpc-queue-limit',
    value: '<n>',
    help: 'how many gRPC calls may wait for a thread; 0 lets none wait',
    read: integerFrom(0, GRPC_QUEUE_LIMIT_MAX),
    default: '1000',
  },
  portRange: {
    flag: '--port-range',
    value: '<a-b>',
    help: 'take the three TCP ports for the master, and one more each for --serve and for gRPC, from this range, for firewalls (default: chosen by the system)',
    read: portRange(PORTS_FOR_MASTER),
  },
  labels: {
    flag: '--label',
    value: '<key=value>',
    help: 'a label shown with this slave; repeatable',
    read: label,
    repeatable: true,
    countMax: LABELS_MAX,
  },
  nice: {
    flag: '--nice',
    value: '<n>',
    help: 'niceness of the threads that run tasks, so that people at this machine are not disturbed; 0 leaves it alone',
    read: integerFrom(0, 19),
    default: '5',
  },
  taskMemory: {
    flag: '--task-memory',
    value: '<size>',
    help: 'memory that one thread may hold, heap and Buffers together; a task that needs more fails, the slave lives; 1MB is 2^20 bytes; 0 is no limit',
    read: byteSizeFrom(TASK_MEMORY_BYTES_MIN),
    default: '512MB',
  },
  ...SERVE_OPTIONS,
  drainTimeout: {
    flag: '--drain-timeout',
    value: '<duration>',
    help: 'how long running tasks and forwarded requests may take to end after SIGTERM; 0 does not wait',
    read: duration,
    default: '30s',
  },
} as const;

export type SlaveOptions = Omit<OptionValues<typeof OPTIONS>, 'maxLoad'> & { readonly maxLoad: number };

/** Whether the master takes every port of --port-range, so that none is left for gRPC, which is to be there too. */
export function isRangeTooSmall(
  options: Pick<SlaveOptions, 'grpcPort' | 'portRange' | 'serve' | 'forwardPort'>,
): boolean {
  const { grpcPort, portRange: range, serve, forwardPort } = options;
  const taken = PORTS_FOR_MASTER + Number(serve.length > 0 && forwardPort === 0);
  return grpcPort === 0 && range !== undefined && range.last - range.first < taken;
}

/** Reads the command line; ends the process with help, or with exit code 2 for a bad value. */
export function readSlaveOptions(argv: readonly string[]): SlaveOptions {
  const { options } = parseCommand(
    {
      name: launchedAs('slave'),
      description: 'Joins the cluster of this network and runs tasks for it.',
      version: PACKAGE_VERSION,
      options: OPTIONS,
      epilogue: [
        'Examples:',
        exampleLine('slave', '', 'find the master by broadcast and join it'),
        exampleLine('slave', '--interface lo', 'only on this machine'),
        exampleLine('slave', '--master 192.0.2.7', 'a master in another network'),
        exampleLine('slave', '--serve web=http://127.0.0.1:5000', 'the master forwards requests for web to it'),
        exampleLine('lab doctor', '', 'says why it does not join'),
        '',
        'Every option can also be set as LANYARD_<OPTION>, such as LANYARD_CONCURRENCY=2.',
        'Durations: 500ms, 2s, 2m, 1h. Sizes: 64MB, 2GB.',
      ].join('\n'),
    },
    argv,
  );
  return { ...options, maxLoad: options.maxLoad ?? MAX_LOAD_PER_THREAD * options.concurrency };
}
