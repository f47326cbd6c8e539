// Metrics of the look-aside door. Services are named by strangers: only so many have a label of their own (lookaside/services.ts).
import { labelled, type MetricPage, type Sample } from '../../common/prometheus/metric-page.ts';
import { COMPUTE_GROUP } from '../../common/task-types/contract.ts';
import type { LookAsideDesk } from '../lookaside/desk.ts';
import { OTHER_SERVICES, type Answers, type Services } from '../lookaside/services.ts';

export function addLookAside(page: MetricPage, { leases, backends, counters, computeAnswers }: LookAsideDesk): void {
  page.gauge('lanyard_backends', 'Registered backends, by service and state.', () => byState(backends.services));
  page.counter('lanyard_lookaside_requests_total', 'Questions for a backend, by service and what came of them.', () => {
    return [
      ...ofService(COMPUTE_GROUP, computeAnswers),
      ...ofService(OTHER_SERVICES, backends.services.others),
      ...[...backends.services.named()].flatMap(([label, answers]) => ofService(label, answers)),
    ];
  });
  page.gauge('lanyard_lookaside_leases', 'Leases of calls that pass the master by.', () => leases.size);
  page.counter('lanyard_lookaside_leases_ended_total', 'Such leases that ended, by reason.', () => {
    return labelled('reason', leases.ended);
  });
  page.counter('lanyard_backend_registrations_total', 'Registrations of backends, by what came of them.', () => {
    return labelled('outcome', counters.registrations);
  });
  page.counter('lanyard_backend_reports_total', 'Loads that backends reported, by what came of it.', () => {
    return labelled('outcome', counters.reports);
  });
}

function ofService(service: string, answers: Answers): Sample[] {
  return Object.entries(answers).map(([outcome, count]) => [{ service, outcome }, count]);
}

function byState(services: Services): Sample[] {
  const counts = new Map<string, Record<'ready' | 'suspect', number>>();
  for (const { label, backends, ready } of services.all()) {
    const ofLabel = counts.get(label) ?? { ready: 0, suspect: 0 };
    ofLabel.ready += ready;
    ofLabel.suspect += backends - ready;
    counts.set(label, ofLabel);
  }
  return Array.from(counts, ([service, states]) =>
    Object.entries(states).map(([state, count]): Sample => [{ service, state }, count]),
  ).flat();
}
