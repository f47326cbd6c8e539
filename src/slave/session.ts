// This slave's tie to its master: looks for one, lets it dial, answers its polls, and starts over when it goes silent. Tasks go on
// running meanwhile; their results wait for the next connection.
import type { Socket } from 'node:net';
import type { Log } from '../common/log.ts';
import type { DiscoveryClient } from '../common/net/discovery-client.ts';
import type { FramedConnection } from '../common/net/framed-connection.ts';
import { helloProblem, receiveStranger } from '../common/net/greeting.ts';
import {
  ACKS,
  ROLES,
  Tag,
  type AckMessage,
  type Hello,
  type LoadReport,
  type Message,
  type Role,
  type ServiceState,
  type SlaveCapabilities,
} from '../common/protocol/messages.ts';
import { LOOK_SHARE } from '../common/services/service-probe.ts';
import type { Clock, Timer } from '../common/time/clock.ts';
import type { LinkFacts } from './forwarding/tunnels.ts';
import type { Intake } from './intake.ts';
import { MasterLink } from './master-link.ts';
import { tooLarge, Unsent, type UnsentMessage } from './unsent.ts';

/** After the sockets closed the master dials again at once if it lives; else the search begins. */
const REDIAL_WAIT_MS = 500;
/** Doubled up to this while masters do not take this slave. */
const REJECTED_WAIT_MS_MAX = 30_000;
/** So many poll intervals without a poll mean that the master is gone, or cannot reach us. */
const POLLS_MISSED_MAX = 6;
/** So long services may take to answer at least: less is not fair on a busy machine. */
const SERVICE_READ_MS_MIN = 250;
/** Until a master says otherwise. */
const POLL_INTERVAL_DEFAULT_MS = 1000;

export interface SessionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly discovery: DiscoveryClient;
  readonly intake: Intake;
  readonly capabilities: (holds: SlaveCapabilities['holds']) => SlaveCapabilities;
  readonly loadReport: () => LoadReport;
  /** How the services beside this slave are, read within `limitMs`; never rejects. */
  readonly serviceStates: (limitMs: number) => Promise<readonly ServiceState[]>;
  /** A link stands that may be another one than before. */
  readonly onLink: (link: Pick<MasterLink, 'nonce' | 'masterId'>) => void;
}

export class Session {
  readonly #parts: SessionParts;
  #link: MasterLink | undefined;
  /** The nonce of the last link: its master may dial again after a break. */
  #lastNonce: string | undefined;
  #joined = false;
  #name: string | undefined;
  readonly #unsent = new Unsent();
  #polledAtMs = 0;
  #watch: Timer | undefined;
  #searchTimer: Timer | undefined;
  #searchDelayMs = REDIAL_WAIT_MS;
  #pollIntervalMs = POLL_INTERVAL_DEFAULT_MS;
  #readingServices = false;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** What the last master called this slave; undefined before the first. */
  get name(): string | undefined {
    return this.#name;
  }

  /** Who may connect to what this slave serves: the master that it has now. */
  get master(): LinkFacts | undefined {
    const link = this.#link;
    const address = link?.isOpen === true ? link.address : undefined;
    return link && address !== undefined ? { nonce: link.nonce, masterId: link.masterId, address } : undefined;
  }

  start(): void {
    this.#parts.discovery.search();
  }

  /** A new socket on the listener for `role`. */
  receive(role: Role, socket: Socket): void {
    const { clock, log } = this.#parts;
    receiveStranger(socket, { clock, log, greet: (hello, connection) => this.#greet(role, hello, connection) });
  }

  /** Sends to the master on the results socket, or keeps it until there is one. */
  send(message: Message): void {
    if (this.#joined) this.#link?.send('results', message);
    else if (message[0] === Tag.Result || isRefusal(message)) this.#keep(message);
  }

  #keep(message: UnsentMessage): void {
    const dropped = this.#unsent.push(message);
    if (dropped > 0) this.#parts.log.warn({ dropped }, 'too many results wait for a master, the oldest are dropped');
  }

  /** Says goodbye and closes; what was sent before is delivered first. */
  leave(): void {
    this.#stop();
    if (this.#joined) this.#link?.send('results', [Tag.Leave]);
    this.#link?.end();
  }

  #stop(): void {
    this.#closed = true;
    this.#watch?.cancel();
    this.#searchTimer?.cancel();
    this.#parts.discovery.close();
  }

  #greet(role: Role, hello: Hello, connection: FramedConnection): string | undefined {
    const [, , nonce, masterId, dial] = hello;
    if (this.#closed) return 'this slave is leaving';
    const problem = helloProblem(hello, ROLES.indexOf(role), [this.#parts.discovery.nonce, this.#lastNonce]);
    if (problem !== undefined) return problem;
    const link = this.#link;
    const current = link?.nonce === nonce && link.isOpen ? link : undefined;
    if (current !== undefined && masterId !== current.masterId) return 'another master';
    if (current !== undefined && dial < current.dial) return 'an older dial';
    const target = current?.dial === dial ? current : this.#newLink(hello);
    target.attach(role, connection);
    if (role === 'load') this.#sendCapabilities(target);
    return undefined;
  }

  #newLink(hello: Hello): MasterLink {
    this.#link?.drop('superseded');
    const link = new MasterLink(hello, {
      onMessage: (message, role) => this.#onMessage(message, role),
      onTooLarge: (message) => this.#onTooLarge(message),
      onClose: (reason) => {
        if (this.#link === link) this.#lost(reason);
      },
    });
    this.#joined = false;
    this.#link = link;
    this.#lastNonce = link.nonce;
    const { intake } = this.#parts;
    intake.dropForeign(link.masterId);
    this.#unsent.dropForeign(link.masterId);
    this.#parts.onLink(link);
    return link;
  }

  #sendCapabilities(link: MasterLink): void {
    const { intake, capabilities } = this.#parts;
    link.send('load', [Tag.Capabilities, capabilities([...intake.holds(), ...this.#unsent.holds()])]);
  }

  #onMessage(message: Message, role: Role): void {
    const { intake, log } = this.#parts;
    switch (message[0]) {
      case Tag.LoadRequest:
        this.#polledAtMs = this.#parts.clock.nowMs();
        // Answered where a task's result would be: so the master notices when a socket hangs.
        this.#link?.send(role === 'load' ? 'load' : 'results', [
          Tag.LoadResponse,
          message[1],
          this.#parts.loadReport(),
        ]);
        if (role === 'load') void this.#tellServices(message[1]);
        return;
      case Tag.Task:
        intake.accept(message);
        return;
      case Tag.Cancel:
        intake.cancel(message[1], message[2]);
        return;
      case Tag.Recall:
        intake.recall(message[1], message[2]);
        return;
      case Tag.Welcome:
        this.#join(message[1]);
        return;
      case Tag.Rejected:
        this.#searchDelayMs = Math.min(this.#searchDelayMs * 2, REJECTED_WAIT_MS_MAX);
        log.warn({ reason: message[1] }, 'the master does not take this slave');
        return;
      case Tag.Drain:
        log.info({ on: message[1] }, 'told to drain');
        if (message[1]) intake.drain();
        else intake.resume();
        return;
      default:
        log.debug({ tag: message[0] }, 'unexpected message from the master');
    }
  }

  /** How the services are, as read after the master asked. A question that comes while they are read has no answer. */
  async #tellServices(sequence: number): Promise<void> {
    if (this.#readingServices) return;
    this.#readingServices = true;
    const link = this.#link;
    const limitMs = Math.max(SERVICE_READ_MS_MIN, LOOK_SHARE * this.#pollIntervalMs);
    const states = await this.#parts.serviceStates(limitMs);
    this.#readingServices = false;
    if (states.length > 0 && link?.isOpen === true) link.send('load', [Tag.ServiceStates, sequence, states]);
  }

  #onTooLarge(message: Message): void {
    if (message[0] === Tag.Result) this.send(tooLarge(message));
    else this.#parts.log.error({ tag: message[0] }, 'a message is too large to be sent');
  }

  #join(name: string): void {
    const { clock, discovery, log } = this.#parts;
    discovery.settle();
    this.#searchTimer?.cancel();
    this.#joined = true;
    this.#name = name;
    this.#polledAtMs = clock.nowMs();
    log.info({ master: this.#link?.masterId, as: name }, 'joined');
    this.#repeatStarted();
    for (const message of this.#unsent.takeAll()) this.send(message);
    if (this.#parts.intake.leaving) this.send([Tag.Draining]);
    this.#searchDelayMs = REDIAL_WAIT_MS;
    this.#watch?.cancel();
    this.#watch = clock.every(this.#pollIntervalMs / 2, () => {
      if (clock.nowMs() - this.#polledAtMs > POLLS_MISSED_MAX * this.#pollIntervalMs) this.#silent();
    });
  }

  /** What began since the capabilities were sent could not be told; what they told is told again, which does no harm. */
  #repeatStarted(): void {
    for (const [id, attempt, started] of this.#parts.intake.holds()) {
      if (started === true) this.send([Tag.Ack, id, attempt, ACKS.indexOf('started'), '']);
    }
  }

  /** The interval at which the master said it would poll. */
  set pollIntervalMs(intervalMs: number) {
    this.#pollIntervalMs = Math.max(1, intervalMs);
  }

  #silent(): void {
    this.#link?.drop('no poll');
    this.#lost('the master has not polled for six intervals');
  }

  #lost(reason: string): void {
    const { clock, discovery, log } = this.#parts;
    this.#link = undefined;
    this.#joined = false;
    this.#watch?.cancel();
    if (this.#closed) return;
    log.warn({ reason }, 'connection to the master lost');
    this.#searchTimer?.cancel();
    this.#searchTimer = clock.after(this.#searchDelayMs, () => discovery.search());
  }
}

/** Without it the master would wait for a task that this slave has given back. */
function isRefusal(message: Message): message is AckMessage {
  return message[0] === Tag.Ack && ACKS[message[3]] === 'refused';
}
