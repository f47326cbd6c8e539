// The command line of ./monitor.
import { exampleLine } from '../common/config/example-line.ts';
import { launchedAs } from '../common/config/launched-as.ts';
import { parseCommand, type OptionValues } from '../common/config/command.ts';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import { SHARED_OPTIONS } from '../common/config/shared-options.ts';
import { MONITOR_POLL_MS_MAX, MONITOR_POLL_MS_MIN } from '../common/protocol/monitor-link.ts';
import {
  fixedPort,
  anyText,
  hostAndPort,
  httpUrl,
  httpUrlOrOff,
  isSet,
  portOrOff,
  portRange,
  durationBetween,
} from '../common/config/values.ts';

const ELSEWHERE = '--api-key-file key --grafana-url http://192.0.2.7:3000 --prometheus-url http://192.0.2.7:9090';

const OPTIONS = {
  apiKeyFile: {
    flag: '--api-key-file',
    value: '<file>',
    help: 'read the key from this file instead',
    read: anyText,
  },
  grafanaUrl: {
    flag: '--grafana-url',
    value: '<url|off>',
    help: 'where Grafana is; off leaves it alone',
    read: httpUrlOrOff,
    default: 'http://localhost:3000',
  },
  prometheusUrl: {
    flag: '--prometheus-url',
    value: '<url>',
    help: 'where Grafana finds the Prometheus that scrapes the cluster, as seen from Grafana',
    read: httpUrl,
    default: 'http://localhost:9090',
  },
  perSlaveDatasource: {
    flag: '--per-slave-datasource',
    help: 'every host of slaves runs a Prometheus of its own (make slave_preproc): one data source for each',
    read: isSet,
  },
  slavePrometheusPort: {
    flag: '--slave-prometheus-port',
    value: '<port>',
    help: 'with --per-slave-datasource: TCP port of the Prometheus on each of these hosts',
    read: fixedPort,
    default: '9090',
  },
  targetsPort: {
    flag: '--targets-port',
    value: '<port>',
    help: 'TCP port of GET /prometheus/targets, for a Prometheus that cannot reach the master; 0 is chosen by the system, off is off',
    read: portOrOff,
    default: 'off',
  },
  targetsHost: {
    flag: '--targets-host',
    value: '<address>',
    help: 'address on which the targets are served (default: 0.0.0.0, all of them; 127.0.0.1 with --interface lo)',
    read: anyText,
  },
  dryRun: {
    flag: '--dry-run',
    help: 'print what would be sent to Grafana, once, and end',
    read: isSet,
  },
  pollInterval: {
    flag: '--poll-interval',
    value: '<duration>',
    help: 'how often the master is asked for all slaves, beside what it tells by itself; three unanswered polls, and it is looked for again',
    read: durationBetween(MONITOR_POLL_MS_MIN, MONITOR_POLL_MS_MAX),
    default: '5s',
  },
  master: {
    flag: '--master',
    value: '<host[:port]>',
    help: 'ask this master instead of broadcasting, for routed networks; the port is --discovery-port when left out',
    read: hostAndPort,
  },
  portRange: {
    flag: '--port-range',
    value: '<a-b>',
    help: 'take the TCP port for the master from this range, for firewalls (default: chosen by the system)',
    read: portRange(1),
  },
  ...SHARED_OPTIONS,
} as const;

export type MonitorOptions = OptionValues<typeof OPTIONS> & {
  /** As it stood on the command line or in LANYARD_API_KEY. */
  readonly apiKey: string | undefined;
};

/** Reads the command line; ends the process with help, or with exit code 2 for a bad value. */
export function readMonitorOptions(argv: readonly string[]): MonitorOptions {
  const { options, argument } = parseCommand(
    {
      name: launchedAs('monitor'),
      description:
        'Shows the cluster of this network in Grafana: one data source, one board, kept equal to the cluster.',
      version: PACKAGE_VERSION,
      options: OPTIONS,
      argument: {
        name: 'api-key',
        help: 'token of a Grafana service account with the role Admin (also LANYARD_API_KEY, or --api-key-file)',
        read: (text) => text,
        secret: true,
      },
      epilogue: [
        'Examples:',
        exampleLine('monitor', 'glsa_…', 'Grafana on this machine'),
        exampleLine('monitor', ELSEWHERE),
        exampleLine('monitor', '--dry-run', 'see what it would send'),
        '',
        'Every option can also be set as LANYARD_<OPTION>, such as LANYARD_GRAFANA_URL=http://192.0.2.7:3000.',
        'Durations: 500ms, 2s, 2m, 1h.',
      ].join('\n'),
    },
    argv,
  );
  return { ...options, apiKey: argument as string | undefined };
}
