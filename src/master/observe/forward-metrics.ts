// Metrics of the forward door. Services that come later than the first 100 share the label `other`.
import { OTHER_TYPES } from '../../common/prometheus/by-type.ts';
import type { MetricPage, Sample } from '../../common/prometheus/metric-page.ts';
import type { Closable, ForwardCounters, ForwardService, ForwardServices } from '../forwarding/services.ts';
import { placeStates } from '../forwarding/services.ts';

type Services = ForwardServices<Closable>;

export function addForwarding(page: MetricPage, { services }: { readonly services: Services }): void {
  page.counter('lanyard_forward_requests_total', 'Forwarded requests and their retries, by service and answer.', () =>
    counted(services, 'outcome', ({ answers }) => answers),
  );
  page.counter('lanyard_forward_attempts_total', 'Attempts to forward that have ended, by service and end.', () =>
    counted(services, 'end', ({ ends }) => ends),
  );
  page.counter('lanyard_forward_ejections_total', 'Members put out for failing again and again, by service.', () =>
    Array.from(services.counters, ([service, { ejections }]): Sample => [{ service }, ejections]),
  );
  page.gauge('lanyard_forward_waiting', 'Requests that wait for a free member, by service.', () =>
    summed(services, ({ waiting }) => [['', waiting]]),
  );
  page.gauge('lanyard_forward_in_flight', 'Forwarded requests under way, by service.', () =>
    summed(services, ({ open }) => [['', open.size]]),
  );
  page.gauge('lanyard_forward_members', 'Members of services, by service and state.', () =>
    summed(services, (service) => placeStates(service)),
  );
  page.histogram('lanyard_forward_wait_seconds', 'Until a request got a member, of those that did, by service.', () =>
    Array.from(services.counters, ([service, { waits }]) => [{ service }, waits]),
  );
  page.histogram('lanyard_forward_seconds', 'From the member to the end of the attempt, by service.', () =>
    Array.from(services.counters, ([service, { times }]) => [{ service }, times]),
  );
}

function counted(
  services: Services,
  label: string,
  read: (counters: ForwardCounters) => Readonly<Record<string, number>>,
): Sample[] {
  return Array.from(services.counters, ([service, counters]) =>
    Object.entries(read(counters)).map(([name, count]): Sample => [{ service, [label]: name }, count]),
  ).flat();
}

/** Sums over the services of each label. `read`: values by state, or one without. */
function summed(
  services: Services,
  read: (service: ForwardService<Closable>) => Iterable<readonly [state: string, value: number]>,
): Sample[] {
  const labels = new Map(Array.from(services.counters, ([label, counters]) => [counters, label]));
  const sums = new Map<string, Map<string, number>>();
  for (const service of services.all()) {
    const label = labels.get(service.counters) ?? OTHER_TYPES;
    const sum = sums.get(label) ?? new Map<string, number>();
    sums.set(label, sum);
    for (const [state, value] of read(service)) sum.set(state, (sum.get(state) ?? 0) + value);
  }
  return Array.from(sums, ([service, states]) =>
    Array.from(states, ([state, value]): Sample => [state === '' ? { service } : { service, state }, value]),
  ).flat();
}
