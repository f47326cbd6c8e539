// Who is a member: dials nodes whose place is promised, joins them to the pool, and keeps one session per instance. A known
// instance that shakes hands again keeps its tasks; another instance at a known address ends the old one.
import type { Log } from '../../common/log.ts';
import { JOIN_TIMEOUT_MS } from '../../common/net/discovery-client.ts';
import type { ConnectionAck } from '../../common/protocol/discovery-messages.ts';
import { Tag, type SlaveCapabilities } from '../../common/protocol/messages.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Catalogue } from '../dispatch/catalogue.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { callsOffer, COMPUTE_CALLS } from '../lookaside/groups.ts';
import type { Member, MemberProfile } from '../pool/member.ts';
import type { OfferedGroup, Pool } from '../pool/pool.ts';
import { dialSlave } from './dial-slave.ts';
import type { Admittance } from './discovery-responder.ts';
import type { Reservations } from './reservations.ts';
import type { SlaveLink } from './slave-link.ts';
import { groupOfForwarded } from '../forwarding/groups.ts';
import { servedBy, servicesProblem, type SlaveServices, type SlaveWay } from '../forwarding/slave-services.ts';
import { SlaveSession, type SessionTarget } from './slave-session.ts';

/** Leaves room for a number behind it. */
const NAME_STEM_CHARS_MAX = 100;
/** So many drains are remembered of slaves that are away; the latest. */
const DRAINED_MAX = 10_000;

export interface MembershipParts {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
  readonly reservations: Reservations;
  readonly clock: Clock;
  readonly log: Log;
  readonly masterId: string;
  readonly pollIntervalMs: number;
  readonly graceMs: number;
  /** Whether clients are told to call slaves; otherwise none is in the group of those that take calls. */
  readonly callsSlaves: boolean;
  /** What slaves serve beside task types. */
  readonly services: Pick<SlaveServices<unknown>, 'take' | 'offersOf' | 'asked' | 'told'>;
  /** So many calls that passed the master by have arrived at this slave since it was last heard. */
  readonly onForeignStarts: (member: Member, count: number) => void;
}

export class Membership {
  readonly #parts: MembershipParts;
  readonly #sessions = new Map<string, SlaveSession>();
  /** Instances that an operator drained, also while they are away: the slave may not have heard of it. */
  readonly #drained = new Set<string>();
  #failedJoins = 0;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get failedJoins(): number {
    return this.#failedJoins;
  }

  has(instanceId: string): boolean {
    return this.#sessions.has(instanceId);
  }

  /** Room for so many slaves. */
  admittance(placesMax: number): Admittance {
    return {
      placesMax,
      fullSentence: `the pool is full: ${placesMax.toString()} slaves (--max-slaves)`,
      members: this,
      reservations: this.#parts.reservations,
      connect: (ack, address) => void this.connect(ack, address),
    };
  }

  /** Dials a node that acknowledged, and joins it; within the time limit or not at all. */
  async connect({ nonce, instanceId, ports }: ConnectionAck, address: string): Promise<void> {
    const { masterId, clock, log, reservations } = this.#parts;
    const target: SessionTarget = { address, ports, nonce, masterId, dial: 1 };
    const dialled = await dialSlave({ ...target, timeoutMs: JOIN_TIMEOUT_MS }, clock);
    reservations.release(nonce);
    if (!dialled.ok && dialled.left) {
      log.debug({ address, ports }, 'a node looked whether it could join');
      return;
    }
    const problem = dialled.ok ? this.#join(dialled.link, dialled.capabilities, instanceId, target) : dialled.reason;
    if (problem === undefined) return;
    this.#failedJoins++;
    log.warn({ address, ports, problem }, 'a node could not join: lab doctor on its machine says why');
    if (!dialled.ok) return;
    dialled.link.send('dispatch', [Tag.Rejected, problem.slice(0, 400)]);
    dialled.link.end();
  }

  /** Drains a member, or lets it take work again. */
  setDraining(instanceId: string, on: boolean): void {
    this.#drained.delete(instanceId);
    if (on) this.#drained.add(instanceId);
    if (this.#drained.size > DRAINED_MAX) this.#drained.delete([...this.#drained][0] ?? '');
    this.#sessions.get(instanceId)?.setDraining(on);
  }

  /** Lets every slave go; they look for another master. */
  release(): void {
    for (const session of this.#sessions.values()) session.release();
    this.#sessions.clear();
  }

  #join(link: SlaveLink, capabilities: SlaveCapabilities, wanted: string, target: SessionTarget): string | undefined {
    const { pool, catalogue, clock, services } = this.#parts;
    if (capabilities.instanceId !== wanted) return 'another process answered on the announced ports';
    const problem = offersProblem(capabilities) ?? catalogue.learn(capabilities.groups);
    if (problem !== undefined) return problem;
    const address = addressOf(target);
    for (const session of this.#sessions.values()) {
      const replaced = addressOf(session.target) === address && session.member.profile.id !== wanted;
      if (replaced) session.end('replaced', 'died');
    }
    let session = this.#sessions.get(wanted);
    if (session === undefined) {
      const profile = this.#profile(capabilities, address);
      // Without slots at first: nothing may be sent to it before its session stands and what it holds is settled.
      const closed = this.#closed(capabilities);
      const member = pool.join(profile, closed, clock.nowMs());
      session = new SlaveSession(member, target, {
        ...this.#parts,
        onCapabilities: (known, changed) => this.#update(known, changed),
        onGone: () => this.#sessions.delete(wanted),
      });
      this.#sessions.set(wanted, session);
    } else {
      pool.setProfile(session.member, this.#profile(capabilities, address));
    }
    // Before its first poll, which asks how its services are.
    services.take(session.member, capabilities, wayTo(session));
    session.serve(link, capabilities, target);
    if (this.#drained.has(wanted)) session.setDraining(true);
    this.#setOffers(session, capabilities);
    return undefined;
  }

  #update(session: SlaveSession, capabilities: SlaveCapabilities): string | undefined {
    const { pool, catalogue } = this.#parts;
    const { member } = session;
    if (capabilities.instanceId !== member.profile.id) return 'capabilities of another instance';
    const problem = offersProblem(capabilities) ?? catalogue.learn(capabilities.groups);
    if (problem !== undefined) return problem;
    pool.setProfile(member, this.#profile(capabilities, member.profile.address));
    this.#setOffers(session, capabilities);
    return undefined;
  }

  #profile(capabilities: SlaveCapabilities, address: string): MemberProfile {
    const { instanceId, cores, concurrency, maxLoad, labels, metricsPort, grpcPort = 0 } = capabilities;
    const name = this.#freeName(capabilities.name, instanceId);
    const ports = { metricsPort, grpcPort };
    return { id: instanceId, name, kind: 'slave', address, cores, concurrency, maxLoad, labels, ...ports };
  }

  #closed(capabilities: SlaveCapabilities): OfferedGroup[] {
    const names = this.#offersOf(capabilities).map(({ name }) => name);
    const services = servedBy(capabilities).map(({ name }) => groupOfForwarded(name));
    return [...names, ...services].map((name) => ({ name, slots: 0 }));
  }

  #setOffers(session: SlaveSession, capabilities: SlaveCapabilities): void {
    const { pool, services } = this.#parts;
    const { member } = session;
    services.take(member, capabilities, wayTo(session));
    pool.setOffers(member, [...this.#offersOf(capabilities), ...services.offersOf(member)]);
  }

  /** Groups of task types as it says them, and calls of clients when it serves them. */
  #offersOf({ groups, grpcPort = 0 }: SlaveCapabilities): OfferedGroup[] {
    const offers = groups.map(({ name, slots }) => ({ name, slots }));
    return grpcPort === 0 || !this.#parts.callsSlaves ? offers : [...offers, callsOffer(COMPUTE_CALLS)];
  }

  /** Of two equal names the second becomes `<name>-2`, the third `<name>-3`. */
  #freeName(wanted: string, instanceId: string): string {
    const taken = new Set<string>();
    for (const { profile } of this.#parts.pool.slaves()) if (profile.id !== instanceId) taken.add(profile.name);
    const stem = wanted.slice(0, NAME_STEM_CHARS_MAX);
    let name = stem;
    for (let n = 2; taken.has(name); n++) name = `${stem}-${n.toString()}`;
    return name;
  }
}

/** Where a slave is reached: the address it was heard from, and the port of its load socket. */
function addressOf({ address, ports }: SessionTarget): string {
  return `${address}:${(ports[0] ?? 0).toString()}`;
}

function wayTo(session: SlaveSession): SlaveWay {
  return () => (session.isLinked ? session.target : undefined);
}

function offersProblem(capabilities: SlaveCapabilities): string | undefined {
  const isReserved = capabilities.groups.some(({ name }) => name === COMPUTE_CALLS);
  return isReserved ? `no group of tasks may be called ${COMPUTE_CALLS}` : servicesProblem(capabilities);
}
