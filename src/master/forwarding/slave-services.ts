// What slaves serve: from what they say of themselves to places of the desk, reached through tunnels, and from what they say of their
// services at each poll to health and load.
import type { ServiceOffer, ServiceState, SlaveCapabilities } from '../../common/protocol/messages.ts';
import { serviceNameProblem } from '../../common/services/service-name.ts';
import type { Member } from '../pool/member.ts';
import type { OfferedGroup, Pool } from '../pool/pool.ts';
import type { ForwardPlaces } from './forward-places.ts';
import type { Closable, ForwardPlace } from './services.ts';

/** An answer that has not come when so many polls have been sent since is not waited for any more. */
const POLLS_WAITED_MAX = 3;

export interface SlaveServicesParts<U> {
  readonly pool: Pool;
  readonly places: ForwardPlaces<U & Closable>;
  /** Connections to one service of a slave. `forwardPort` is asked for each: it is what the slave last said. */
  readonly open: (offer: ServiceOffer, link: SlaveWay, forwardPort: () => number) => U & Closable;
}

/** The link to a slave as it stands now; undefined while there is none. */
export type SlaveWay = () =>
  { readonly address: string; readonly nonce: string; readonly masterId: string; readonly dial: number } | undefined;

interface Served {
  forwardPort: number;
  /** The poll with which loads were asked for and have not come yet. */
  asked: number | undefined;
}

export class SlaveServices<U> {
  readonly #parts: SlaveServicesParts<U>;
  readonly #served = new WeakMap<Member, Served>();

  constructor(parts: SlaveServicesParts<U>) {
    this.#parts = parts;
  }

  /** Takes on what a slave serves now. The pool has to be told its offers after that. */
  take(member: Member, capabilities: SlaveCapabilities, link: SlaveWay): void {
    const { places, open } = this.#parts;
    const { forwardPort = 0 } = capabilities;
    const offers = servedBy(capabilities);
    const served = this.#served.get(member) ?? { forwardPort, asked: undefined };
    served.forwardPort = forwardPort;
    this.#served.set(member, served);
    const wanted = new Set(offers.map(({ name }) => name));
    for (const place of [...places.of(member)]) if (!wanted.has(place.service.name)) places.withdraw(place, 'close');
    for (const offer of offers) {
      const { host, basePath, slots, reportsLoad } = offer;
      const place = this.#placeOf(member, offer.name);
      const upstream = place?.serving.upstream ?? open(offer, link, () => served.forwardPort);
      const serving = { upstream, host, basePath, slots, reportsLoad };
      if (place === undefined) places.add(member, offer.name, serving);
      else places.change(place, serving);
    }
  }

  /** What a slave offers the pool with its services now. */
  offersOf(member: Member): OfferedGroup[] {
    return this.#parts.places.offersOf(member);
  }

  /** A slave is being asked for its load, and its services' with it. */
  asked(member: Member, sequence: number): void {
    const served = this.#served.get(member);
    if (served === undefined) return;
    if (served.asked !== undefined && sequence > served.asked && sequence - served.asked < POLLS_WAITED_MAX) return;
    served.asked = sequence;
    for (const { service, serving } of this.#parts.places.of(member))
      if (serving.reportsLoad) this.#parts.pool.askLoad(member, service.group);
  }

  /** How its services are, in answer to that poll. Loads of another poll than the last that asked for them are dropped. */
  told(member: Member, sequence: number, states: readonly ServiceState[]): void {
    const { pool, places } = this.#parts;
    const served = this.#served.get(member);
    const isAnswer = served?.asked === sequence;
    for (const [name, healthy, load, why] of states) {
      const place = this.#placeOf(member, name);
      if (place === undefined) continue;
      // Before it is opened: nobody is sent there by a load that is not its own.
      if (isAnswer && load !== null && place.serving.reportsLoad) pool.reportLoad(member, load, place.service.group);
      places.setHealthy(place, healthy, why);
    }
    if (served !== undefined && isAnswer) served.asked = undefined;
  }

  #placeOf(member: Member, name: string): ForwardPlace<U & Closable> | undefined {
    return this.#parts.places.of(member).find(({ service }) => service.name === name);
  }
}

/** What is wrong with the services that a slave names, if anything. */
export function servicesProblem(capabilities: SlaveCapabilities): string | undefined {
  const names = servedBy(capabilities).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `service ${twice} is offered twice`;
  for (const name of names) {
    const problem = serviceNameProblem(name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The groups of a slave's services, for which nobody may send it anything yet. */
export function servedBy({ services = [], forwardPort = 0 }: SlaveCapabilities): readonly ServiceOffer[] {
  return forwardPort === 0 ? [] : services;
}
