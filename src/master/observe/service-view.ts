// A forwarded service and its members as the outside sees them.
import { LOAD_MAX } from '../../common/services/metric-text.ts';
import type { ServiceMemberView, ServiceView } from '../doors/forwarding.ts';
import { placeState, type Closable, type ForwardPlace, type ForwardService } from '../forwarding/services.ts';
import type { Pool } from '../pool/pool.ts';

export function serviceView(service: ForwardService<Closable>, pool: Pool, nowMs: number): ServiceView {
  const { name, group, waiting, declared, places } = service;
  return {
    name,
    algorithm: pool.algorithmOf(group).name,
    waiting,
    autoscaled: declared,
    members: Array.from(places.values(), (place) => memberView(place, nowMs)),
  };
}

function memberView(place: ForwardPlace<Closable>, nowMs: number): ServiceMemberView {
  const { service, member, serving, open, why } = place;
  const { id, name, kind, address } = member.profile;
  const untilMs = service.ejections.untilMs(member);
  const inPool = member.places.get(service.group);
  const load = inPool?.load ?? member.load;
  const isLoadUnknown = serving.reportsLoad && why !== undefined && load >= LOAD_MAX;
  return {
    ...{ id, name, kind: kind === 'slave' ? kind : 'server', address },
    state: placeState(place),
    load: isLoadUnknown ? null : load,
    why: why ?? null,
    inFlight: open,
    slots: serving.slots,
    picks: inPool?.picks ?? 0,
    backInMs: untilMs === undefined ? null : Math.max(0, Math.round(untilMs - nowMs)),
  };
}
