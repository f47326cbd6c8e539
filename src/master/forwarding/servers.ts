// Servers that the command line names (--backend): members of the pool that are no slaves. The master itself looks how they are.
import type { ServiceAddress } from '../../common/services/service-address.ts';
import { LOOK_SHARE, type ServiceProbe } from '../../common/services/service-probe.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Member, MemberProfile } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import type { ForwardPlaces } from './forward-places.ts';
import type { Closable, ForwardPlace } from './services.ts';

export interface ServerOptions {
  readonly service: string;
  readonly address: ServiceAddress;
  readonly slots: number;
  readonly reportsLoad: boolean;
}

export interface ServersParts<U> {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly places: ForwardPlaces<U & Closable>;
  /** How often each is looked at. */
  readonly intervalMs: number;
  readonly open: (address: ServiceAddress) => U & Closable;
  readonly probe: (server: ServerOptions) => Pick<ServiceProbe, 'read' | 'stop'>;
}

export class Servers<U> {
  readonly #parts: ServersParts<U>;
  readonly #stops: (() => void)[] = [];

  constructor(parts: ServersParts<U>) {
    this.#parts = parts;
  }

  /** Makes it a member, and looks at it from now on. */
  add(server: ServerOptions): void {
    const { pool, places, clock, open, probe: newProbe, intervalMs } = this.#parts;
    const { service, address, slots, reportsLoad } = server;
    const { host, basePath } = address;
    const member = pool.join(profileOf(server), [], clock.nowMs());
    const place = places.add(member, service, { upstream: open(address), host, basePath, slots, reportsLoad });
    pool.setOffers(member, places.offersOf(member));
    const probe = newProbe(server);
    const look = (): void => void this.#look(place, member, probe);
    const timer: Timer = clock.every(intervalMs, look);
    this.#stops.push(() => {
      timer.cancel();
      probe.stop();
    });
    look();
  }

  /** Looks at none of them any more. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  async #look(place: ForwardPlace<U & Closable>, member: Member, probe: Pick<ServiceProbe, 'read'>): Promise<void> {
    const { pool, places, intervalMs } = this.#parts;
    const { group } = place.service;
    if (place.serving.reportsLoad) pool.askLoad(member, group);
    const { healthy, load, why } = await probe.read(LOOK_SHARE * intervalMs);
    if (load !== null) pool.reportLoad(member, load, group);
    places.setHealthy(place, healthy, why);
  }
}

/** `h1:5000`, with the path when there is one. */
export function serverName({ host, basePath }: ServiceAddress): string {
  return host + basePath;
}

function profileOf({ service, address }: ServerOptions): MemberProfile {
  const name = serverName(address);
  const none = { cores: 0, concurrency: 0, metricsPort: 0, grpcPort: 0 };
  return {
    ...{ id: `server:${service}:${name}`, name, kind: 'server', address: address.host, maxLoad: Infinity },
    ...none,
    labels: { service },
  };
}
