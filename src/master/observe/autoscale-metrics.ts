// Metrics of replicas. What each means: docs/operations.md.
import type { MetricPage } from '../../common/prometheus/metric-page.ts';

/** How many replicas of each group there are to be, and are. */
export interface ReplicaCounts {
  counts(): readonly { readonly group: string; readonly wanted: number; readonly actual: number }[];
}

export function addReplicas(page: MetricPage, autoscaler: ReplicaCounts): void {
  page.gauge('lanyard_replicas', 'Replicas of each group: as many as are wanted, and as many as there are.', () =>
    autoscaler.counts().flatMap(({ group, wanted, actual }) => [
      [{ group, state: 'wanted' }, wanted],
      [{ group, state: 'actual' }, actual],
    ]),
  );
}
