// The part of ./slave's command line about web services beside it, and what all of it together means.
import type { OptionValues } from '../common/config/command.ts';
import { anyText, integerFrom, portOrOff, positiveDurationOrOff } from '../common/config/values.ts';
import { LanyardError } from '../common/errors.ts';
import { SERVICES_MAX } from '../common/protocol/messages.ts';
import { CONNECTIONS_DEFAULT, CONNECTIONS_MAX } from '../common/services/connections.ts';
import { metricUrl, type MetricUrl } from '../common/services/metric-option.ts';
import {
  forService,
  healthPath,
  namedService,
  settingFor,
  strangeService,
  type ServiceAddress,
} from '../common/services/service-address.ts';

export const SERVE_OPTIONS = {
  serve: {
    flag: '--serve',
    value: '<name=url>',
    help: 'a web service beside this slave that the master forwards requests to: web=http://127.0.0.1:5000, perhaps with a path; repeatable',
    read: namedService,
    repeatable: true,
    countMax: SERVICES_MAX,
  },
  maxConnections: {
    flag: '--max-connections',
    value: '<[name=]n>',
    help: `how many requests a service takes at once, of one service or of each; ${CONNECTIONS_DEFAULT.toString()} where nothing is said; repeatable`,
    read: forService(integerFrom(1, CONNECTIONS_MAX)),
    repeatable: true,
  },
  healthPath: {
    flag: '--health-path',
    value: '<[name=]path>',
    help: 'path that is asked with GET whether the service is well, such as /health: 2xx and 3xx are; without it a TCP connection will do; repeatable',
    read: forService(healthPath),
    repeatable: true,
  },
  loadFrom: {
    flag: '--load-from',
    value: '<[name=]url#metric>',
    help: 'metric for Prometheus that is the load of the service: http://127.0.0.1:5000/metrics#sessions or …#sessions{state="open"}; without it its requests count; repeatable',
    read: forService(metricUrl),
    repeatable: true,
    separator: ' ',
  },
  forwardPort: {
    flag: '--forward-port',
    value: '<port>',
    help: 'TCP port for the requests of the master to what --serve names; 0 is chosen by the system, or the next of --port-range; off is off',
    read: portOrOff,
    default: '0',
  },
  serviceCommand: {
    flag: '--service-command',
    value: '<command>',
    help: 'runs the service of --serve for as long as this slave lives, with sh; with port 0 in its URL a free port is chosen, which the command finds in PORT and as {port}',
    read: anyText,
  },
  orphanAfter: {
    flag: '--orphan-after',
    value: '<duration>',
    help: 'without a master for so long this slave drains and exits, with its service; off waits for ever',
    read: positiveDurationOrOff,
    default: 'off',
  },
} as const;

export type ServeOptions = OptionValues<typeof SERVE_OPTIONS>;

/** One service beside this slave, with all that holds for it. */
export interface ServedService {
  readonly name: string;
  /** Port 0: to be chosen. */
  readonly address: ServiceAddress;
  readonly slots: number;
  readonly healthPath: string | undefined;
  /** Port 0: that of the service. */
  readonly metric: MetricUrl | undefined;
  /** What runs it; undefined when others do. */
  readonly command: string | undefined;
}

/** Fails with a `LanyardError` when options do not go together. */
export function servedServices(options: ServeOptions): ServedService[] {
  checkTogether(options);
  return options.serve.map(([name, address]) => {
    const metric = settingFor(options.loadFrom, name);
    if (address.port === 0 && options.serviceCommand === undefined)
      bad('--serve', `a port from 1 to 65535 for ${name}; 0 is chosen only for a --service-command`);
    if (metric?.port === 0 && address.port !== 0)
      bad('--load-from', 'a port from 1 to 65535; 0 is that of a service whose port is 0');
    return {
      ...{ name, address, metric },
      slots: settingFor(options.maxConnections, name) ?? CONNECTIONS_DEFAULT,
      healthPath: settingFor(options.healthPath, name),
      command: options.serviceCommand,
    };
  });
}

function checkTogether({ serve, maxConnections, healthPath: paths, loadFrom, ...rest }: ServeOptions): void {
  const names = serve.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) bad('--serve', `each name once, got ${twice} twice`);
  const settings = { '--max-connections': maxConnections, '--health-path': paths, '--load-from': loadFrom };
  for (const [flag, given] of Object.entries(settings)) {
    if (given.length > 0 && names.length === 0) bad(flag, 'it together with --serve, which names the service');
    const strange = strangeService(given, names);
    if (strange !== undefined) bad(flag, `a name that --serve has (${names.join(', ')}), got ${strange}`);
  }
  if (names.length > 0 && rest.forwardPort === 'off') bad('--forward-port', 'a port, since --serve is given; got off');
  if (rest.serviceCommand !== undefined && names.length !== 1)
    bad('--service-command', `exactly one --serve with it, got ${names.length.toString()}`);
}

function bad(flag: string, expected: string): never {
  throw new LanyardError('BAD_OPTION', `${flag}: expected ${expected}`);
}
