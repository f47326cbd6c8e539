// Puts forwarding together: the desk that the door asks, what slaves serve through tunnels, and servers of --backend.
import type { Log } from '../../common/log.ts';
import type { ServiceOffer } from '../../common/protocol/messages.ts';
import { ServiceProbe } from '../../common/services/service-probe.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Upstream } from '../doors/upstream.ts';
import type { ServerSetting } from '../forward-options.ts';
import type { Pool } from '../pool/pool.ts';
import { ForwardDesk, type ForwardDeskParts } from './desk.ts';
import { Servers, serverName } from './servers.ts';
import { SlaveServices, type SlaveWay } from './slave-services.ts';
import { tunnelConnector } from './tunnel.ts';
import { openUpstream } from './upstream.ts';

/** A tunnel is there, or is not, within this time. */
const TUNNEL_MS = 5000;
/** Where a tunnel seems to lead: no name of anything (RFC 2606). */
const NOWHERE = 'slave.invalid';

export interface ForwardingParts extends ForwardDeskParts {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** How often servers are looked at. */
  readonly intervalMs: number;
  readonly servers: readonly ServerSetting[];
}

export interface OpenForwarding {
  readonly desk: ForwardDesk<Upstream>;
  readonly slaveServices: SlaveServices<Upstream>;
  /** Lets go of everything; what waits or is under way ends. */
  close(): void;
}

export function openForwarding(parts: ForwardingParts): OpenForwarding {
  const { pool, clock } = parts;
  const desk = new ForwardDesk<Upstream>(parts);
  const { places } = desk;
  const slaveServices = new SlaveServices<Upstream>({ pool, places, open: throughTunnel(clock) });
  const servers = openServers(parts, desk);
  return {
    desk,
    slaveServices,
    close() {
      servers.stop();
      desk.close();
    },
  };
}

function throughTunnel(clock: Clock) {
  return ({ name }: ServiceOffer, link: SlaveWay, forwardPort: () => number): Upstream => {
    const target = () => {
      const now = link();
      return now && { ...now, port: forwardPort(), service: name };
    };
    const connect = tunnelConnector(target, { clock, limitMs: TUNNEL_MS });
    return openUpstream({ host: NOWHERE, port: 80, connect: (done) => connect(undefined, done) });
  };
}

function openServers({ pool, clock, log, intervalMs, servers }: ForwardingParts, { places }: ForwardDesk<Upstream>) {
  const settings = new Map(servers.map((setting) => [setting.address, setting]));
  const opened = new Servers<Upstream>({
    ...{ pool, clock, places, intervalMs },
    open: ({ hostname, port }) => openUpstream({ host: hostname, port }),
    probe: ({ service, address }) => {
      const { hostname, port } = address;
      const { healthPath, metric } = settings.get(address) ?? {};
      const name = `${service} at ${serverName(address)}`;
      const looked = { name, hostname, port, healthPath, metric: metric && { hostname, port, ...metric } };
      return new ServiceProbe(looked, { clock, log });
    },
  });
  for (const { metric, ...server } of servers) opened.add({ ...server, reportsLoad: metric !== undefined });
  return opened;
}
