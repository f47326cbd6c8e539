// Puts the autoscaler together from the options: which provider, which template, whose work.
import { fileURLToPath } from 'node:url';
import type { Log } from '../../common/log.ts';
import { randomToken } from '../../common/random/random.ts';
import { CONNECTIONS_DEFAULT } from '../../common/services/connections.ts';
import { COMPUTE_GROUP } from '../../common/task-types/contract.ts';
import type { Clock } from '../../common/time/clock.ts';
import { scalePlans, type AutoscaleOptions, type ScalePlan } from '../autoscale-options.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { ScaleChange } from '../doors/autoscale-view.ts';
import { groupOfForwarded } from '../forwarding/groups.ts';
import { COMPUTE_CALLS } from '../lookaside/groups.ts';
import type { Pool } from '../pool/pool.ts';
import { Autoscaler } from './autoscaler.ts';
import { DockerProvider } from './docker-provider.ts';
import { readDockerTemplate } from './docker-template.ts';
import { ProcessProvider, readProcessTemplate } from './process-provider.ts';
import { GROUP_LABEL, REPLICA_LABEL, type ClusterPlace, type Provider } from './provider.ts';
import { TemplateFields } from './template-fields.ts';
import { checkPort, type SlaveTemplate } from './template.ts';
import { requestWork, taskWork, type GroupWork } from './work.ts';

const ID_BYTES = 4;
/** Its id is the name of its slave too, which has room for so much of the group's. */
const ID_GROUP_CHARS_MAX = 48;
/** How ./slave is started, by the node that runs this. */
const LAUNCHER = [process.execPath, fileURLToPath(new URL('../../../bin/slave', import.meta.url))];

export interface AutoscalerSources {
  readonly options: AutoscaleOptions & Omit<ClusterPlace, 'interfaces'> & { readonly interfaces: readonly string[] };
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly forwarding: {
    /** How many requests to a service wait for a member. */
    waiting(service: string): number;
    /** Told once of each service that is kept by replicas: requests wait for the first of them. */
    declare(service: string): void;
  };
  readonly membership: { setDraining(memberId: string, on: boolean): void };
  readonly events: { onAutoscale(group: string, change: ScaleChange): void };
  /** The time of day, of a moment of the clock. */
  readonly time: { of(clockMs: number): number };
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads the templates. It looks at nothing before `open`. Throws BAD_OPTION for what is wrong with options or templates. */
export function newAutoscaler(sources: AutoscalerSources): Autoscaler {
  const { options, clock, log, pool, forwarding, membership, events, time } = sources;
  const groups = scalePlans(options).map((plan) => {
    const { group, min, max } = plan;
    const { provider, template } = providerOf(plan, sources);
    if (group !== COMPUTE_GROUP) forwarding.declare(group);
    return {
      ...{ group, provider },
      setDraining: (id: string, on: boolean) => membership.setDraining(id, on),
      timeOf: (clockMs: number) => new Date(time.of(clockMs)).toISOString(),
      rules: { min, max, idleAfterMs: options.idleAfter },
      work: workOf(group, sources),
      slotsEach: group === COMPUTE_GROUP ? 1 : (template.maxConnections ?? CONNECTIONS_DEFAULT),
      newId: () => `${group.slice(0, ID_GROUP_CHARS_MAX)}-${randomToken(ID_BYTES)}`,
      environmentOf: (id: string) => environment(id, group, sources),
      onChange: (change: ScaleChange) => events.onAutoscale(group, change),
    };
  });
  return new Autoscaler({ clock, pool, log, groups });
}

function providerOf(plan: ScalePlan, { options }: AutoscalerSources): { provider: Provider; template: SlaveTemplate } {
  const { cluster, discoveryPort, interfaces } = options;
  const fields = new TemplateFields(plan.template);
  switch (plan.provider) {
    case 'process': {
      const template = readProcessTemplate(fields, plan.group);
      checkPort(fields, template, plan);
      return {
        template,
        provider: new ProcessProvider({ place: { cluster, discoveryPort, interfaces }, template, launcher: LAUNCHER }),
      };
    }
    case 'docker': {
      const template = readDockerTemplate(fields, plan.group);
      if (template.network === 'host') checkPort(fields, template, plan);
      const dockerHost = process.env['DOCKER_HOST'];
      return { template, provider: new DockerProvider({ place: { cluster, discoveryPort }, template, dockerHost }) };
    }
  }
}

function workOf(group: string, { pool, dispatcher, forwarding }: AutoscalerSources): GroupWork {
  if (group !== COMPUTE_GROUP) return requestWork(pool, groupOfForwarded(group), () => forwarding.waiting(group));
  return taskWork(pool, group, () => dispatcher.lives.knownQueue(group), [COMPUTE_CALLS]);
}

/** What a replica's slave needs to find this master, and to be known again. */
function environment(id: string, group: string, { options }: AutoscalerSources): Record<string, string> {
  const { cluster, discoveryPort, interfaces } = options;
  return {
    LANYARD_CLUSTER: cluster,
    LANYARD_DISCOVERY_PORT: discoveryPort.toString(),
    ...(interfaces.length > 0 && { LANYARD_INTERFACE: interfaces.join(',') }),
    LANYARD_LABEL: `${REPLICA_LABEL}=${id},${GROUP_LABEL}=${group}`,
    LANYARD_NAME: id,
    LANYARD_ORPHAN_AFTER: `${options.orphanAfter.toString()}ms`,
  };
}
