// What Prometheus is told to scrape: slaves in the form of its http_sd_configs. The master serves this from its pool, the monitor
// from its link. https://prometheus.io/docs/prometheus/latest/http_sd/
import { isIpLiteral } from '../net/addresses.ts';
import type { SlaveInfo } from '../protocol/slave-info.ts';

/** One target and the labels that all of its series get. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export type ScrapedSlave = Pick<SlaveInfo, 'name' | 'address' | 'metricsPort' | 'labels'>;

/** Prometheus takes no other content type. */
export const TARGETS_CONTENT_TYPE = 'application/json';

/**
 * One group per slave that has metrics, with the labels `cluster`, `slave` (its name) and `label_<key>` for each of its own.
 * `hosts`: only slaves at these addresses; all when undefined.
 */
export function targetGroups(
  cluster: string,
  slaves: Iterable<ScrapedSlave>,
  hosts?: ReadonlySet<string>,
): TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const { name, address, metricsPort, labels } of slaves) {
    if (metricsPort === 0 || hosts?.has(address) === false) continue;
    const own = Object.entries(labels).map(([key, value]) => [labelName(key), value] as const);
    groups.push({
      targets: [`${address}:${metricsPort.toString()}`],
      labels: { ...Object.fromEntries(own), cluster, slave: name },
    });
  }
  return groups;
}

/** The addresses in the values of `?host=` of an URL, undefined when there are none; or the value that is no address. */
export function hostsOf(values: readonly string[]): { hosts: ReadonlySet<string> | undefined } | { wrong: string } {
  const wrong = values.find((value) => !isIpLiteral(value));
  if (wrong !== undefined) return { wrong };
  return { hosts: values.length === 0 ? undefined : new Set(values) };
}

/** Behind it stands what was given instead. */
export const HOST_EXPECTED = 'host must be the IP address of a slave, such as 192.168.1.20, and may be repeated; got';

/**
 * A slave's own label under a name that Prometheus takes. The prefix keeps it from saying what is not its to say, such as
 * `__address__` or `job`.
 */
function labelName(key: string): string {
  return `label_${key.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}
