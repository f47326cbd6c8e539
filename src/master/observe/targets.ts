// The members as Prometheus finds them. Whoever is suspect or drains is still scraped; whoever is gone is not in the pool.
import { targetGroups, type TargetGroup } from '../../common/prometheus/targets.ts';
import { slaveInfoOf } from '../membership/slave-info.ts';
import type { Pool } from '../pool/pool.ts';

/** `hosts`: only members at these addresses; all when undefined. */
export function targetsView(cluster: string, pool: Pool, hosts: ReadonlySet<string> | undefined): TargetGroup[] {
  const slaves = Array.from(pool.slaves(), ({ profile }) => slaveInfoOf(profile));
  return targetGroups(cluster, slaves, hosts);
}
