// Options of ./master about forwarding: servers that are no slaves, and the limits of forwarded requests.
import { integerFrom, positiveDuration, byteSizeFrom } from '../common/config/values.ts';
import { LanyardError } from '../common/errors.ts';
import { CONNECTIONS_DEFAULT, CONNECTIONS_MAX } from '../common/services/connections.ts';
import { metricPath } from '../common/services/metric-option.ts';
import {
  forService,
  healthPath,
  namedServers,
  settingFor,
  strangeService,
} from '../common/services/service-address.ts';
import type { MetricPath } from '../common/services/metric-option.ts';
import type { ServiceAddress } from '../common/services/service-address.ts';
import type { OptionValues } from '../common/config/command.ts';
import { serviceNameProblem } from '../common/services/service-name.ts';

const SERVERS_MAX = 1000;

export const FORWARD_OPTIONS = {
  backends: {
    flag: '--backend',
    value: '<service=url,…>',
    help:
      'forward /services/<service>/ to these servers too, which need no slave, ' +
      'such as web=http://192.0.2.7:5000,http://192.0.2.8:5000; repeatable',
    read: namedServers,
    repeatable: true,
    separator: ' ',
  },
  maxConnections: {
    flag: '--max-connections',
    value: '<[service=]n>',
    help: `how many requests one server of --backend takes at once, of one service or of all; ${CONNECTIONS_DEFAULT.toString()} where nothing is said; repeatable`,
    read: forService(integerFrom(1, CONNECTIONS_MAX)),
    repeatable: true,
  },
  healthPath: {
    flag: '--health-path',
    value: '<[service=]path>',
    help:
      'ask servers of --backend for this path at each --poll-interval: one that does not answer with 2xx or 3xx gets no requests; ' +
      'without it a TCP connection will do; repeatable',
    read: forService(healthPath),
    repeatable: true,
  },
  loadFrom: {
    flag: '--load-from',
    value: '<[service=]path#metric>',
    help: "a server's load is this Prometheus metric on this page of it, such as web=/metrics#sessions; repeatable",
    read: forService(metricPath),
    repeatable: true,
  },
  forwardTimeout: {
    flag: '--forward-timeout',
    value: '<duration>',
    help: 'how long a forwarded request may wait for its response to begin before the answer is 504',
    read: positiveDuration,
    default: '60s',
  },
  forwardIdle: {
    flag: '--forward-idle',
    value: '<duration>',
    help: 'how long nothing may come of a forwarded body, either way, before the request is cut off',
    read: positiveDuration,
    default: '5m',
  },
  forwardBodyMax: {
    flag: '--forward-body-max',
    value: '<size>',
    help: 'largest body of a forwarded request, such as 64MB, before it is refused with 413; 0 lets none with a body in',
    read: byteSizeFrom(1),
    default: '8GB',
  },
  forwardWait: {
    flag: '--forward-wait',
    value: '<duration>',
    help: 'how long a forwarded request may wait for a member that is free before the answer is 503',
    read: positiveDuration,
    default: '30s',
  },
} as const;

export type ForwardOptions = OptionValues<typeof FORWARD_OPTIONS>;

/** A server of --backend with all that holds for it. */
export interface ServerSetting {
  readonly service: string;
  readonly address: ServiceAddress;
  readonly slots: number;
  readonly healthPath: string | undefined;
  readonly metric: MetricPath | undefined;
}

/** All servers that were named. Throws BAD_OPTION for what is wrong between options. */
export function serversOf(options: ForwardOptions): ServerSetting[] {
  const { backends, maxConnections, healthPath: paths, loadFrom } = options;
  const names = backends.map(([name]) => name);
  for (const name of names) bad('--backend', serviceNameProblem(name));
  const stray = [
    ['--max-connections', strangeService(maxConnections, names)],
    ['--health-path', strangeService(paths, names)],
    ['--load-from', strangeService(loadFrom, names)],
  ] as const;
  for (const [flag, name] of stray)
    if (name !== undefined) bad(flag, `there is no --backend ${name}=…; slaves say such things of their own services`);
  const servers = backends.flatMap(([service, addresses]) =>
    addresses.map((address) => ({
      service,
      address,
      slots: settingFor(maxConnections, service) ?? CONNECTIONS_DEFAULT,
      healthPath: settingFor(paths, service),
      metric: settingFor(loadFrom, service),
    })),
  );
  checkServers(servers);
  return servers;
}

function checkServers(servers: readonly ServerSetting[]): void {
  if (servers.length > SERVERS_MAX) bad('--backend', `at most ${SERVERS_MAX.toString()} servers in all`);
  const seen = new Set<string>();
  for (const { service, address } of servers) {
    const what = `${service}=http://${address.host}${address.basePath}`;
    if (seen.has(what)) bad('--backend', `${what} is there twice`);
    seen.add(what);
  }
}

function bad(flag: string, problem: string | undefined): void {
  if (problem !== undefined) throw new LanyardError('BAD_OPTION', `${flag}: ${problem}`);
}
