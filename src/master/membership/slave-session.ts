// One member and its link: polls its load, moves it through its states, dials again when a socket closes, and carries what
// dispatch sends. The table of DESIGN §3 is played out here; the states themselves are pool/member-state.ts.
import type { Log } from '../../common/log.ts';
import {
  ACKS,
  OUTCOMES,
  Tag,
  type LoadReport,
  type Message,
  type Role,
  type SlaveCapabilities,
} from '../../common/protocol/messages.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Dispatched, TaskLink } from '../dispatch/task-link.ts';
import { forwardedService } from '../forwarding/groups.ts';
import type { SlaveServices } from '../forwarding/slave-services.ts';
import { COMPUTE_CALLS } from '../lookaside/groups.ts';
import type { Member } from '../pool/member.ts';
import { nextMemberState, type MemberEvent } from '../pool/member-state.ts';
import type { Pool } from '../pool/pool.ts';
import type { LossCause } from '../tasks/retry.ts';
import { dialSlave } from './dial-slave.ts';
import type { DialTarget } from './dial.ts';
import { LoadPoller } from './load-poller.ts';
import type { SlaveLink } from './slave-link.ts';

export interface SessionParts {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollIntervalMs: number;
  /** How long a suspect may stay one. */
  readonly graceMs: number;
  /** What it serves is asked for with its load, and comes in an answer of its own. */
  readonly services: Pick<SlaveServices<unknown>, 'asked' | 'told'>;
  /** The slave says what it offers now; returns what is wrong with that, if anything. */
  readonly onCapabilities: (session: SlaveSession, capabilities: SlaveCapabilities) => string | undefined;
  readonly onForeignStarts: (member: Member, count: number) => void;
  /** The member is gone; this session is over. */
  readonly onGone: (session: SlaveSession) => void;
}

/** A link that breaks again at once is not dialled again at once: a peer that sends rubbish must not keep the master busy. */
const REDIAL_INTERVAL_MS = 500;

/** Everything needed to dial the same slave again. */
export type SessionTarget = Omit<DialTarget, 'timeoutMs'>;

export class SlaveSession implements TaskLink {
  readonly member: Member;
  readonly #parts: SessionParts;
  #target: SessionTarget;
  #link: SlaveLink | undefined;
  #isNew = true;
  #released = false;
  #poller: LoadPoller | undefined;
  #grace: Timer | undefined;
  #redialledAtMs = -REDIAL_INTERVAL_MS;
  /** As last heard, over whichever link: it counts on for as long as the slave lives. */
  #foreignStarts: number | undefined;

  constructor(member: Member, target: SessionTarget, parts: SessionParts) {
    this.member = member;
    this.#target = target;
    this.#parts = parts;
    parts.dispatcher.setLink(member, this);
  }

  get target(): SessionTarget {
    return this.#target;
  }

  /** Whether there is a link to the slave just now. */
  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** Serves the member over a new link: the first one, one dialled again, or one of a new handshake. */
  serve(link: SlaveLink, capabilities: SlaveCapabilities, target = this.#target): void {
    const { dispatcher, clock, pollIntervalMs, services } = this.#parts;
    this.#link?.drop('superseded by a new connection');
    this.#target = target;
    this.#link = link;
    link.send('dispatch', [Tag.Welcome, this.member.profile.name]);
    this.#poller?.stop();
    this.#poller = new LoadPoller(pollIntervalMs, clock, {
      ask: (sequence) => {
        services.asked(this.member, sequence);
        this.#link?.send('load', [Tag.LoadRequest, sequence]);
        this.#link?.send('dispatch', [Tag.LoadRequest, sequence]);
      },
      onSilent: () => this.#suspect('silent'),
    });
    this.#agreeOnDraining(capabilities.draining);
    // Before it may be picked again: what it does not hold was lost on the way.
    dispatcher.reconcile(this.member, capabilities.holds);
    this.#answered();
    link.serve({
      onMessage: (message, role) => this.#receive(message, role),
      onUnsendable: (message) => this.#onUnsendable(message),
      onClose: (reason) => this.#onClose(reason),
    });
  }

  /** Ends the session and the membership. What was not answered runs elsewhere. */
  end(event: MemberEvent, cause: LossCause): void {
    const { pool, dispatcher, onGone } = this.#parts;
    if (!pool.transition(this.member, event)) return;
    this.#grace?.cancel();
    this.#poller?.stop();
    this.#link?.drop(event);
    this.#link = undefined;
    dispatcher.lose(this.member, cause);
    onGone(this);
  }

  /** Lets the slave go in good order: it looks for a master again. */
  release(): void {
    this.#released = true;
    this.#grace?.cancel();
    this.#poller?.stop();
    this.#link?.end();
    this.#link = undefined;
  }

  dispatch({ id, attempt, type, params, weight, remainingMs, runLimitMs }: Dispatched): void {
    this.#send([Tag.Task, id, attempt, type, params, weight, onTheWire(remainingMs), onTheWire(runLimitMs)]);
  }

  cancel(id: string, attempt: number): void {
    this.#send([Tag.Cancel, id, attempt]);
  }

  recall(id: string, attempt: number): void {
    this.#send([Tag.Recall, id, attempt]);
  }

  /** An operator's wish: no new work for this member and back with what has not begun; or work again. */
  setDraining(on: boolean): void {
    const { pool, dispatcher } = this.#parts;
    const { state } = this.member;
    const event = on ? 'drain-asked' : 'resume-asked';
    if (nextMemberState(state, event) === state) return;
    // Told before it may be picked: work that overtakes the word would be refused.
    this.#send([Tag.Drain, on]);
    pool.transition(this.member, event);
    if (on) dispatcher.recallExcess(this.member);
  }

  /** A new member's own word counts; later ours does, since it may have missed it. */
  #agreeOnDraining(told: boolean): void {
    const { draining } = this.member.state;
    const isNew = this.#isNew;
    this.#isNew = false;
    if (isNew && told) this.#parts.pool.transition(this.member, 'drain-asked');
    else if (draining !== 'leaving' && told !== (draining === 'asked')) this.#send([Tag.Drain, draining === 'asked']);
  }

  #send(message: Message): void {
    this.#link?.send('dispatch', message);
  }

  /** A task whose parameters no frame can carry ends here: it would be the same at any slave. */
  #onUnsendable(message: Message): void {
    if (message[0] !== Tag.Task) return;
    const [, id, attempt] = message;
    const value = 'its parameters are too large or too deeply nested to be sent';
    const end = { outcome: 'failed', value, runMs: 0, tooLarge: false, isFinal: true } as const;
    this.#parts.dispatcher.result(this.member, { id, attempt, ...end });
  }

  #receive(message: Message, role: Role): void {
    const { pool, dispatcher, log } = this.#parts;
    const { member } = this;
    switch (message[0]) {
      case Tag.Result: {
        const [, id, attempt, code, value, runMs, tooLarge, stack] = message;
        const outcome = OUTCOMES[code] ?? 'failed';
        dispatcher.result(member, { id, attempt, outcome, value, runMs, tooLarge, stack });
        return;
      }
      case Tag.Ack: {
        const [, id, attempt, state, reason] = message;
        if (reason !== '') log.debug({ slave: member.profile.name, task: id, attempt, reason }, 'task refused');
        dispatcher.acknowledge(member, id, attempt, ACKS[state] ?? 'refused');
        return;
      }
      case Tag.Slots:
        this.#setSlots(message[1], message[2]);
        dispatcher.recallExcess(member);
        return;
      case Tag.Progress:
        dispatcher.progress(member, message[1], message[2], message[3], message[4]);
        return;
      case Tag.LoadResponse:
        if (this.#poller?.answered(role === 'load' ? 'load' : 'task') === true) this.#answered();
        if (role === 'load') this.#report(message[2]);
        return;
      case Tag.ServiceStates:
        this.#parts.services.told(member, message[1], message[2]);
        return;
      case Tag.Capabilities:
        this.#recapable(message[1]);
        return;
      case Tag.Draining:
        pool.transition(member, 'leaving');
        dispatcher.recallExcess(member);
        return;
      case Tag.Leave:
        this.end('left', 'returned');
        return;
      default:
        this.#onProtocolError(`unexpected message ${message[0].toString()}`);
    }
  }

  #report({ cpu, memoryRatio, foreignWeight, foreignStarts, running, slots }: LoadReport): void {
    const { pool, dispatcher, onForeignStarts } = this.#parts;
    for (const [group, count] of slots) this.#setSlots(group, count);
    pool.report(this.member, { cpuLoad: cpu, memoryRatio, foreignWeight, running });
    // After the report, in which they weigh already: never does a call weigh nothing.
    const arrived = foreignStarts - (this.#foreignStarts ?? foreignStarts);
    this.#foreignStarts = foreignStarts;
    if (arrived > 0) onForeignStarts(this.member, arrived);
    dispatcher.recallExcess(this.member);
  }

  /** Of calls that pass the master by, and of requests to services, it is not the slave who says so how many may be open. */
  #setSlots(group: string, slots: number): void {
    if (group !== COMPUTE_CALLS && forwardedService(group) === undefined)
      this.#parts.pool.setSlots(this.member, group, slots);
  }

  #recapable(capabilities: SlaveCapabilities): void {
    const problem = this.#parts.onCapabilities(this, capabilities);
    if (problem !== undefined) this.#onProtocolError(problem);
  }

  #onProtocolError(problem: string): void {
    this.#parts.log.warn({ slave: this.member.profile.name, problem }, 'slave breaks the protocol, it is disconnected');
    this.end('expelled', 'silent');
  }

  #onClose(reason: string): void {
    const { log, clock } = this.#parts;
    this.#link = undefined;
    log.debug({ slave: this.member.profile.name, reason }, 'connection to slave closed');
    this.#suspect('socket-closed');
    const nowMs = clock.nowMs();
    const waitMs = Math.max(0, this.#redialledAtMs + REDIAL_INTERVAL_MS - nowMs);
    this.#redialledAtMs = nowMs + waitMs;
    if (waitMs === 0) void this.#redial();
    else clock.after(waitMs, () => void this.#redial());
  }

  #suspect(event: 'socket-closed' | 'silent'): void {
    const { pool, clock, graceMs } = this.#parts;
    if (!pool.transition(this.member, event)) return;
    this.#grace?.cancel();
    this.#grace = clock.after(graceMs, () => this.end('grace-over', 'silent'));
  }

  #answered(): void {
    if (!this.#parts.pool.transition(this.member, 'answered')) return;
    this.#grace?.cancel();
    this.#grace = undefined;
  }

  #isOver(): boolean {
    return this.#released || this.member.state.phase === 'gone';
  }

  /** Refused means that the process is dead; silence leaves the member suspect until its grace time is over. */
  async #redial(): Promise<void> {
    const { clock, graceMs } = this.#parts;
    if (this.#link !== undefined || this.#isOver()) return;
    const target = { ...this.#target, dial: this.#target.dial + 1 };
    this.#target = target;
    const dialled = await dialSlave({ ...target, timeoutMs: graceMs }, clock);
    const superseded = this.#target !== target || this.#isOver();
    if (!dialled.ok) {
      if (superseded) return;
      if (dialled.refused) this.end('died', 'died');
      else clock.after(REDIAL_INTERVAL_MS, () => void this.#redial());
      return;
    }
    if (superseded) dialled.link.drop('no longer wanted');
    else if (dialled.capabilities.instanceId !== this.member.profile.id) this.end('died', 'died');
    else this.serve(dialled.link, dialled.capabilities, target);
  }
}

/** In messages 0 stands for no limit, so what is left of one is at least 1. */
function onTheWire(ms: number): number {
  return Number.isFinite(ms) ? Math.max(ms, 1) : 0;
}
