// Asks for a master the way a slave does, but on every network at once and to the end: all answers are kept, with the interface on which
// they came. Every master whose ACK a slave might follow is told the ports, up to a few.
import { randomToken } from '../../common/random/random.ts';
import { messageOf } from '../../common/errors.ts';
import { openDatagramPort, type DatagramPort } from '../../common/net/datagram.ts';
import type { DiscoveryTarget } from '../../common/net/discovery-targets.ts';
import { broadcastAddress } from '../../common/net/interfaces.ts';
import { CONNECTION_ACK_BURST } from '../../common/protocol/discovery-messages.ts';
import type { Source } from '../../common/protocol/handshake.ts';
import { decodePacket, encodePacket } from '../../common/protocol/packet.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { AnswerFact, NotSentFact, VisitFact } from './facts.ts';

/** Asked again so soon, in case the first request was lost, and then in this rhythm for as long as nobody has said yes. */
const ASK_AGAIN_MS = 300;
const ASK_EVERY_MS = 1000;
/** Answers kept. */
const ANSWERS_MAX = 200;
/** Masters that are told the ports. */
const FOLLOWED_MAX = 3;

export interface InquiryOptions {
  readonly cluster: string;
  readonly discoveryPort: number;
  readonly targets: readonly DiscoveryTarget[];
  /** Asked too; then only ACKs of that address are followed. */
  readonly master: Source | undefined;
  /** Address from which it is asked. */
  readonly masterFrom: string;
  readonly nonce: string;
  readonly ports: readonly number[];
  readonly clock: Clock;
  /** A master promised a place: whether it is to be told the ports. */
  readonly onPromise: (masterId: string) => boolean;
}

/** A master that a slave might follow. */
export type Followed = Pick<VisitFact, 'master' | 'masterId' | 'from' | 'interface' | 'at'>;

/** A way of asking, with the socket that hears its answers. */
interface Way {
  readonly by: AnswerFact['by'];
  readonly name: string;
  readonly at: string;
  readonly to: Source;
  readonly delayMs: number;
  readonly target: DiscoveryTarget | undefined;
}

export class Inquiry {
  readonly answers: AnswerFact[] = [];
  readonly #notSent = new Map<Way, string>();
  readonly #followed = new Map<string, Followed>();
  readonly #options: InquiryOptions;
  readonly #instanceId = randomToken(8);
  readonly #sockets: DatagramPort[] = [];
  readonly #timers: Timer[] = [];
  #onFollowed: () => void = () => undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** The quickest first. */
  get followed(): readonly Followed[] {
    return [...this.#followed.values()];
  }

  get notSent(): NotSentFact[] {
    return [...this.#notSent].map(([{ name, at }, why]) => ({ interface: name, at, why }));
  }

  /** False: there is no network and no master that could answer. */
  get asksAnybody(): boolean {
    return this.#ways().length > 0;
  }

  /** Begins to ask; calls back when a master said yes. */
  async start(onFollowed: () => void): Promise<void> {
    this.#onFollowed = onFollowed;
    await Promise.all(this.#ways().map((way) => this.#open(way)));
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const socket of this.#sockets) socket.close();
  }

  #ways(): Way[] {
    const { targets, master, masterFrom, discoveryPort } = this.#options;
    const ways: Way[] = targets.map((target) => ({
      by: 'broadcast',
      name: target.name,
      at: target.address,
      to: { address: target.broadcast, port: discoveryPort },
      delayMs: target.delayMs,
      target,
    }));
    if (master !== undefined)
      ways.push({ by: 'address', name: '--master', at: masterFrom, to: master, delayMs: 0, target: undefined });
    return ways;
  }

  async #open(way: Way): Promise<void> {
    const fail = (error: unknown): void => void this.#notSent.set(way, messageOf(error));
    try {
      const socket: DatagramPort = await openDatagramPort({
        what: 'doctor',
        host: way.at,
        port: 0,
        option: '--interface',
        onPacket: (bytes, source) => this.#receive(bytes, source, way, socket),
        onError: fail,
      });
      this.#sockets.push(socket);
      const { cluster, nonce } = this.#options;
      const packet = encodePacket(cluster, { type: 'request', nonce, instanceId: this.#instanceId, kind: 'slave' });
      this.#ask(way, () => socket.send(packet, way.to.port, way.to.address));
    } catch (error) {
      fail(error);
    }
  }

  /** Every way is asked once, even when a master said yes by another. */
  #ask({ delayMs }: Way, send: () => void): void {
    const { clock } = this.#options;
    const again = (): void => {
      if (this.#followed.size === 0) send();
    };
    this.#timers.push(
      clock.after(delayMs, send),
      clock.after(delayMs + ASK_AGAIN_MS, again),
      clock.after(delayMs, () => this.#timers.push(clock.every(ASK_EVERY_MS, again))),
    );
  }

  #receive(bytes: Uint8Array, source: Source, way: Way, socket: DatagramPort): void {
    const packet = decodePacket(bytes);
    const { cluster, master, nonce, ports, onPromise } = this.#options;
    if (!packet.ok || (packet.message.type !== 'ack' && packet.message.type !== 'nak')) return;
    const { message } = packet;
    if (message.nonce !== nonce) return;
    this.#keep({
      by: way.by,
      interface: way.name,
      at: way.at,
      from: source,
      kind: message.type,
      master: message.masterName,
      cluster: packet.cluster,
      version: `${packet.version.major.toString()}.${packet.version.minor.toString()}`,
      isFromElsewhere: way.target !== undefined && isElsewhere(way.target, source.address),
      ...(message.type === 'ack'
        ? { masterId: message.masterId, pollIntervalMs: message.pollIntervalMs }
        : { reason: message.reason, detail: message.detail }),
    });
    if (way.by !== (master === undefined ? 'broadcast' : 'address') || packet.cluster !== cluster) return;
    if (message.type !== 'ack') return;
    const { masterName, masterId } = message;
    if (!this.#followed.has(masterId)) {
      if (this.#followed.size >= FOLLOWED_MAX) return;
      this.#followed.set(masterId, { master: masterName, masterId, from: source, interface: way.name, at: way.at });
    }
    // Also when it has been: what it promises for a later question of this search is given back.
    if (!onPromise(masterId)) return;
    const connect = encodePacket(cluster, { type: 'connect', nonce, instanceId: this.#instanceId, ports });
    for (let i = 0; i < CONNECTION_ACK_BURST; i++) socket.send(connect, source.port, source.address);
    this.#onFollowed();
  }

  /** Every request is answered: each answer is kept once. */
  #keep(answer: AnswerFact): void {
    const isKnown = this.answers.some(
      ({ by, interface: name, at, from, kind, master, masterId, reason }) =>
        by === answer.by &&
        name === answer.interface &&
        at === answer.at &&
        from.address === answer.from.address &&
        kind === answer.kind &&
        master === answer.master &&
        masterId === answer.masterId &&
        reason === answer.reason,
    );
    if (!isKnown && this.answers.length < ANSWERS_MAX) this.answers.push(answer);
  }
}

function isElsewhere({ loopback, netmask, broadcast }: DiscoveryTarget, address: string): boolean {
  return !loopback && broadcastAddress(address, netmask) !== broadcast;
}
