// What the log says of members of services: which take requests and which do not. Each line needs a probe or several failures in a row.
import type { Log } from '../../common/log.ts';
import type { PlacesObserver } from '../forwarding/forward-places.ts';

export function logPlaces(log: Log): PlacesObserver {
  return {
    onHealth(service, { profile }, healthy, reason) {
      const { name: member, kind } = profile;
      // Of its servers the master's own probes say why.
      if (kind === 'server') return;
      if (healthy) log.info({ service, member }, 'member takes requests of its service');
      else if (reason !== undefined) log.warn({ service, member, reason }, 'member is down for its service');
      else log.warn({ service, member }, 'member is down for its service: the log of that slave says why');
    },
    onLate(service, { profile: { name: member, kind } }, reason) {
      if (kind !== 'server') log.warn({ service, member, reason }, 'member of a service has not come up yet');
    },
    onEjection(service, { profile: { name: member } }, forMs) {
      log.warn({ service, member, forMs }, 'member is put out of its service: five requests in a row failed there');
    },
    onEjectionOver(service, { profile: { name: member } }, isBack) {
      if (isBack) log.info({ service, member }, 'member is back in its service');
      else log.info({ service, member }, 'member is no longer counted as put out: it is down, or leaves');
    },
  };
}
