// What a replica is made of, whoever starts it: the service that its slave fronts, and the options of the slave. Each provider adds
// fields of its own. Docs: docs/replicas.md.
import { CONNECTIONS_MAX } from '../../common/services/connections.ts';
import { metricUrl } from '../../common/services/metric-option.ts';
import { healthPath as readPath, parseServiceUrl } from '../../common/services/service-address.ts';
import { COMPUTE_GROUP } from '../../common/task-types/contract.ts';
import type { TemplateFields } from './template-fields.ts';

export interface SlaveTemplate {
  /** Where the service listens; port 0: the slave finds a free one and says it as PORT and {port}. */
  readonly service: string;
  /** Runs the service, as a child of the slave. Undefined: it is there already, or there is none. */
  readonly command: string | undefined;
  readonly maxConnections: number | undefined;
  readonly healthPath: string | undefined;
  readonly loadFrom: string | undefined;
  /** Further options of ./slave, such as `--concurrency`, `1`. */
  readonly slaveOptions: readonly string[];
  /** Of the slave, and so of its service. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a replica's slave is told by its master, or what the other fields say. */
const RESERVED_OPTIONS = [
  '--cluster',
  '--discovery-port',
  '--interface',
  '--label',
  '--name',
  '--orphan-after',
  '--serve',
  '--service-command',
  '--max-connections',
  '--health-path',
  '--load-from',
];
/** All that every provider's template may have. */
export const SLAVE_FIELDS: readonly string[] = [
  ...['service', 'command', 'maxConnections', 'healthPath', 'loadFrom', 'slaveOptions', 'environment'],
];
const SERVICE_DEFAULT = 'http://127.0.0.1:0';
const SERVICE_EXPECTED = 'a URL such as http://127.0.0.1:0, perhaps with a path, without user, password, ? and #';

/** The fields that every provider's template has. Throws BAD_OPTION. */
export function readSlaveTemplate(fields: TemplateFields, group: string): SlaveTemplate {
  const isService = group !== COMPUTE_GROUP;
  const service = fields.text('service', isServiceUrl, SERVICE_EXPECTED);
  const command = fields.text('command');
  const template = {
    service: service ?? SERVICE_DEFAULT,
    command,
    maxConnections: fields.number('maxConnections', 1, CONNECTIONS_MAX),
    healthPath: fields.option('healthPath', readPath),
    loadFrom: fields.option('loadFrom', metricUrl),
    slaveOptions: fields.texts('slaveOptions'),
    environment: fields.pairs('environment', (name) => /^[A-Za-z_]\w{0,99}$/.test(name)),
  };
  const reserved = template.slaveOptions.find((text) => RESERVED_OPTIONS.includes(text.split('=')[0] ?? ''));
  if (reserved !== undefined)
    fields.wrong('slaveOptions', 'options that neither the master nor other fields give', reserved);
  const { maxConnections, healthPath, loadFrom } = template;
  const ofService = { service, command, maxConnections, healthPath, loadFrom };
  const needless = Object.entries(ofService).find(([, value]) => value !== undefined);
  if (!isService && needless !== undefined)
    fields.wrong(needless[0], `nothing: replicas of ${group} run tasks, and front no service`, needless[1]);
  if (isService && command === undefined && parseServiceUrl(template.service)?.port === 0)
    fields.wrong('command', `the command that starts the service ${group}`, undefined);
  return template;
}

/** The options of ./slave that follow from a template. */
export function slaveArguments(template: SlaveTemplate, group: string): readonly string[] {
  const { service, command, maxConnections, healthPath, loadFrom, slaveOptions } = template;
  if (group === COMPUTE_GROUP) return slaveOptions;
  return [
    ...['--serve', `${group}=${service}`],
    ...(command === undefined ? [] : ['--service-command', command]),
    ...(maxConnections === undefined ? [] : ['--max-connections', `${group}=${maxConnections.toString()}`]),
    ...(healthPath === undefined ? [] : ['--health-path', `${group}=${healthPath}`]),
    ...(loadFrom === undefined ? [] : ['--load-from', `${group}=${loadFrom}`]),
    ...slaveOptions,
  ];
}

/** Several that each start their service cannot have the same port, where they share a network. Throws BAD_OPTION. */
export function checkPort(
  fields: TemplateFields,
  { service, command }: SlaveTemplate,
  { group, max }: { readonly group: string; readonly max: number },
): void {
  if (group === COMPUTE_GROUP || command === undefined || max <= 1) return;
  if (parseServiceUrl(service)?.port === 0) return;
  const most = `up to ${max.toString()} replicas of ${group} on one network cannot all listen at the same`;
  fields.wrong('service', `port 0, for a free one (${most})`, service);
}

function isServiceUrl(text: string): boolean {
  return parseServiceUrl(text) !== undefined;
}
