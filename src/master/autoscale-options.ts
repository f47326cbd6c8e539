// Options about replicas, and the plan that follows from them: which group is kept between which numbers, by whom, made of what.
import type { OptionSpec, OptionValues } from '../common/config/command.ts';
import { BadValue, positiveDuration, type ReadValue } from '../common/config/values.ts';
import { LanyardError } from '../common/errors.ts';
import { forService, settingFor, strangeService, type ServiceSetting } from '../common/services/service-address.ts';
import { serviceNameProblem } from '../common/services/service-name.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';

const REPLICAS_MAX = 1000;
const GROUPS_MAX = 100;
export const PROVIDER_NAMES = ['process', 'docker'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** A group of replicas, never fewer or more than these. */
export interface ScaledGroup {
  readonly group: string;
  readonly min: number;
  readonly max: number;
}

const scaledGroup: ReadValue<ScaledGroup> = (text) => {
  const [, group = '', least, most] = /^([^=]*)=(\d{1,6}):(\d{1,6})$/.exec(text) ?? [];
  const [min, max] = [Number(least), Number(most)];
  const limits = `0 ≤ min ≤ max and 1 ≤ max ≤ ${REPLICAS_MAX.toString()}`;
  if (most === undefined || !(min <= max && max >= 1 && max <= REPLICAS_MAX))
    throw new BadValue(`Expected group=min:max with ${limits}, such as web=1:8.`);
  const problem = group === COMPUTE_GROUP ? undefined : serviceNameProblem(group);
  if (problem !== undefined) throw new BadValue(`Expected group=min:max such as web=1:8; ${problem}.`);
  return { group, min, max };
};

const providerName: ReadValue<ProviderName> = (text) => {
  const found = PROVIDER_NAMES.find((name) => name === text);
  if (found === undefined) throw new BadValue(`Expected one of ${PROVIDER_NAMES.join(', ')}.`);
  return found;
};

const fileName: ReadValue<string> = (text) => {
  if (text === '') throw new BadValue('Expected the name of a file, such as web.json.');
  return text;
};

export const AUTOSCALE_OPTIONS = {
  autoscale: {
    flag: '--autoscale',
    value: '<group=min:max>',
    help: 'start and end replicas of this service as its work needs, or of slaves for tasks (compute=1:4); repeatable',
    read: scaledGroup,
    repeatable: true,
    countMax: GROUPS_MAX,
  },
  provider: {
    flag: '--provider',
    value: '<[group=]name>',
    help: `who runs replicas: ${PROVIDER_NAMES.join(' or ')}; repeatable`,
    read: forService(providerName),
    repeatable: true,
    countMax: GROUPS_MAX,
  },
  template: {
    flag: '--template',
    value: '<[group=]file>',
    help: 'a JSON file that says what a replica is made of; repeatable',
    read: forService(fileName),
    repeatable: true,
    countMax: GROUPS_MAX,
  },
  idleAfter: {
    flag: '--idle-after',
    value: '<duration>',
    help: 'a replica that had no work for so long is ended, if more are there than the least',
    read: positiveDuration,
    default: '2m',
  },
  orphanAfter: {
    flag: '--orphan-after',
    value: '<duration>',
    help: 'a replica that has had no master for so long ends by itself',
    read: positiveDuration,
    default: '60s',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type AutoscaleOptions = OptionValues<typeof AUTOSCALE_OPTIONS>;

/** What is to be kept of one group. */
export interface ScalePlan extends ScaledGroup {
  readonly provider: ProviderName;
  /** Name of a file. */
  readonly template: string;
}

/** What the options say together. Throws BAD_OPTION when they do not fit each other. */
export function scalePlans({ autoscale, provider, template }: AutoscaleOptions): readonly ScalePlan[] {
  const groups = autoscale.map(({ group }) => group);
  const twice = groups.find((group, at) => groups.indexOf(group) !== at);
  if (twice !== undefined) refuse(`--autoscale ${twice}=…: expected each group once`);
  for (const [flag, given] of [['--provider', provider] as const, ['--template', template] as const]) {
    const [first] = given;
    if (first === undefined) continue;
    if (groups.length === 0)
      refuse(`${flag} ${first.value}: expected --autoscale beside it, such as --autoscale web=1:8`);
    const strange = strangeService(given, groups);
    if (strange !== undefined) refuse(`${flag} ${strange}=…: expected a group of --autoscale (${groups.join(', ')})`);
  }
  return autoscale.map((scaled) => ({
    ...scaled,
    provider: needed('--provider', 'process or docker', provider, scaled),
    template: needed('--template', 'a file', template, scaled),
  }));
}

function needed<T>(flag: string, what: string, given: readonly ServiceSetting<T>[], scaled: ScaledGroup): T {
  const { group, min, max } = scaled;
  return (
    settingFor(given, group) ??
    refuse(`--autoscale ${group}=${min.toString()}:${max.toString()}: expected ${flag} beside it: ${what}`)
  );
}

function refuse(message: string): never {
  throw new LanyardError('BAD_OPTION', message);
}
