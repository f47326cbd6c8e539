// What this slave has of web services: the services, and the port at which its master gets through to them. Nothing without --serve.
import type { Log } from '../common/log.ts';
import { listen, type Listener } from '../common/net/listen.ts';
import type { ServiceOffer, ServiceState } from '../common/protocol/messages.ts';
import type { Clock } from '../common/time/clock.ts';
import { BUFFER_BYTES, Tunnels, type LinkFacts } from './forwarding/tunnels.ts';
import type { SlaveOptions } from './options.ts';
import { servedServices } from './serve-options.ts';
import { SERVICE_END_MS } from './services/service-process.ts';
import { Services } from './services/services.ts';

/** Far more than tunnels are let in: who is none is closed soon, and must not keep the master out meanwhile. */
const CONNECTIONS_MAX = 100_000;

export interface ServingParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Address for the forwarding port. */
  readonly host: string;
  readonly master: () => LinkFacts | undefined;
  /** The service that this slave runs has ended by itself. */
  readonly onEnded: (reason: string) => void;
}

export class Serving {
  readonly tunnels: Tunnels;
  readonly #services: Services;
  #listener: Listener | undefined;

  private constructor(services: Services, { clock, log, master }: ServingParts) {
    this.#services = services;
    this.tunnels = new Tunnels({ clock, log, link: master, service: (name) => services.find(name) });
  }

  /** Fails with a `LanyardError` when the options do not go together, or the port cannot be bound. */
  static async open(options: SlaveOptions, parts: ServingParts): Promise<Serving> {
    const served = servedServices(options);
    const serving = new Serving(await Services.open(served, parts), parts);
    if (served.length > 0) await serving.#listen(options, parts.host);
    return serving;
  }

  get offers(): readonly ServiceOffer[] {
    return this.#services.offers;
  }

  /** 0 when nothing is served. */
  get forwardPort(): number {
    return this.#listener?.port ?? 0;
  }

  /** How long `close` may take. */
  get endMs(): number {
    return this.#services.runsOne ? SERVICE_END_MS : 0;
  }

  states(limitMs: number): Promise<ServiceState[]> {
    return this.#services.states(limitMs);
  }

  healthy(): (readonly [name: string, healthy: boolean])[] {
    return this.#services.healthy();
  }

  /** Resolves when no request has been under way for a moment; at once when nothing is served. */
  async leave(): Promise<void> {
    if (this.offers.length > 0) await this.tunnels.quiet();
  }

  /** Ends all tunnels, then what this slave runs itself. */
  async close(): Promise<void> {
    this.#listener?.close();
    this.tunnels.close();
    await this.#services.close();
  }

  async #listen({ forwardPort, portRange: range }: SlaveOptions, host: string): Promise<void> {
    const port = forwardPort === 'off' ? 0 : forwardPort;
    this.#listener = await listen({
      ...{ what: 'forwarding port', host, range, port, connectionsMax: CONNECTIONS_MAX },
      option: port === 0 && range !== undefined ? '--port-range' : '--forward-port',
      allowHalfOpen: true,
      bufferBytes: BUFFER_BYTES,
      onConnection: (socket) => this.tunnels.receive(socket),
    });
  }
}
