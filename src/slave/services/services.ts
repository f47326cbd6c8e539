// The web services beside this slave: what of them the master is told, and the process of the one that this slave runs itself.
import { createServer } from 'node:net';
import type { Log } from '../../common/log.ts';
import { bindError } from '../../common/net/bind-errors.ts';
import type { ServiceOffer, ServiceState } from '../../common/protocol/messages.ts';
import { ServiceProbe } from '../../common/services/service-probe.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { TunnelService } from '../forwarding/tunnels.ts';
import type { ServedService } from '../serve-options.ts';
import { SERVICE_END_MS, ServiceProcess } from './service-process.ts';

export interface ServicesParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The service that this slave runs has ended by itself. */
  readonly onEnded: (reason: string) => void;
}

export class Services {
  readonly #served: readonly ServedService[];
  readonly #probes: readonly ServiceProbe[];
  readonly #process: ServiceProcess | undefined;
  readonly offers: readonly ServiceOffer[];

  private constructor(served: readonly ServedService[], parts: ServicesParts) {
    this.#served = served;
    this.offers = served.map(({ name, slots, address, metric }) => {
      const { host, basePath } = address;
      return { name, slots, host, basePath, reportsLoad: metric !== undefined };
    });
    this.#probes = served.map(({ name, address, healthPath, metric }) => {
      const { hostname, port } = address;
      return new ServiceProbe({ name, hostname, port, healthPath, metric }, parts);
    });
    const [own] = served;
    this.#process =
      own?.command === undefined
        ? undefined
        : new ServiceProcess({ name: own.name, command: own.command, port: own.address.port }, parts);
  }

  /** Chooses ports where that was left to us and starts what is to be started; when that fails, it is told as its end. */
  static async open(wanted: readonly ServedService[], parts: ServicesParts): Promise<Services> {
    const served: ServedService[] = [];
    for (const service of wanted) served.push(service.address.port === 0 ? await withPort(service) : service);
    return new Services(served, parts);
  }

  /** Whether one of them is a child of this slave. */
  get runsOne(): boolean {
    return this.#process !== undefined;
  }

  find(name: string): TunnelService | undefined {
    const service = this.#served.find((one) => one.name === name);
    return service && { ...service.address, slots: service.slots };
  }

  /** Looks at each, at all of them at once, for `limitMs` at most. */
  states(limitMs: number): Promise<ServiceState[]> {
    return Promise.all(
      this.#probes.map(async (probe): Promise<ServiceState> => {
        const { healthy, load, why } = await probe.read(limitMs);
        const { name } = probe.service;
        return why === undefined ? [name, healthy, load] : [name, healthy, load, why];
      }),
    );
  }

  /** As last looked at. */
  healthy(): (readonly [name: string, healthy: boolean])[] {
    return this.#probes.map(({ service, state }) => [service.name, state.healthy]);
  }

  /** Ends what was started here. */
  async close(): Promise<void> {
    for (const probe of this.#probes) probe.stop();
    await this.#process?.end(SERVICE_END_MS);
  }
}

/** The service and its metric at a port that is free now. */
async function withPort(service: ServedService): Promise<ServedService> {
  const { address, metric } = service;
  const port = await freePort(address.hostname);
  const host = address.host.replace(/:0$/, `:${port.toString()}`);
  return {
    ...service,
    address: { ...address, port, host },
    metric: metric?.port === 0 ? { ...metric, port } : metric,
  };
}

function freePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    const binding = {
      what: 'service',
      protocol: 'TCP',
      host,
      port: 0,
      option: '--serve',
      hostOption: '--serve',
    } as const;
    server.once('error', (cause) => reject(bindError(binding, cause)));
    server.listen({ host, port: 0 }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
