// This monitor's tie to its master: looks for one, lets it dial, asks for all slaves again and again, and hears of changes meanwhile.
// What is known is kept while there is no master, and for a moment after another one came: its slaves need time to find it.
import type { Socket } from 'node:net';
import type { Log } from '../common/log.ts';
import type { DiscoveryClient } from '../common/net/discovery-client.ts';
import type { FramedConnection } from '../common/net/framed-connection.ts';
import { helloProblem, receiveStranger } from '../common/net/greeting.ts';
import { MONITOR_ROLE, Tag, type Hello, type Message } from '../common/protocol/messages.ts';
import type { SlaveInfo } from '../common/protocol/slave-info.ts';
import type { Clock, Timer } from '../common/time/clock.ts';
import { Answer, SLAVES_MAX, type Progress } from './answer.ts';
import { SlaveSet } from './slave-set.ts';

/** So many requests without a whole answer, and the master is given up. */
const POLLS_MISSED_MAX = 3;
/** After another master came, slaves that it does not know yet are kept for this long. */
export const SETTLE_MS = 10_000;
/** A master that began longer ago knows all slaves of the one before it: they ask every two seconds, 20 % more at most. */
const START_MS = 3000;
/** From the end of a connection to the next search; doubled while masters do not answer. */
const SEARCH_WAIT_MS = 500;
const SEARCH_WAIT_MS_MAX = 30_000;

export interface SessionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly discovery: Pick<DiscoveryClient, 'nonce' | 'search' | 'settle' | 'close'>;
  /** Between two requests for all slaves: from MONITOR_POLL_MS_MIN to MONITOR_POLL_MS_MAX, or masters drop this monitor. */
  readonly pollIntervalMs: number;
  /** The slaves are other than before; also told once when they are known at all, be they none. Sorted by name. */
  readonly onSlaves: (slaves: readonly SlaveInfo[]) => void;
}

/** One connection and what was asked on it. */
interface Link {
  readonly connection: FramedConnection;
  readonly masterId: string;
  readonly answer: Answer;
  asked: number;
  unanswered: number;
  hasAnswered: boolean;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #set = new SlaveSet();
  #link: Link | undefined;
  /** The master that was last connected. */
  #masterId: string | undefined;
  #isKnown = false;
  #settledAtMs = -Infinity;
  #poll: Timer | undefined;
  #settling: Timer | undefined;
  #searching: Timer | undefined;
  #telling: Timer | undefined;
  #searchWaitMs = SEARCH_WAIT_MS;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** A master is connected and has answered. */
  get joined(): boolean {
    return this.#link?.hasAnswered === true;
  }

  /** All slaves, by name, as last heard; undefined until a master has told them for the first time. */
  get slaves(): readonly SlaveInfo[] | undefined {
    return this.#isKnown ? this.#set.list : undefined;
  }

  start(): void {
    this.#parts.discovery.search();
  }

  /** A new socket on this monitor's listener. */
  receive(socket: Socket): void {
    const { clock, log } = this.#parts;
    receiveStranger(socket, { clock, log, greet: (hello, connection) => this.#greet(hello, connection) });
  }

  /** Closes and takes no master any more. */
  leave(): void {
    this.#closed = true;
    for (const timer of [this.#poll, this.#settling, this.#searching, this.#telling]) timer?.cancel();
    this.#parts.discovery.close();
    const link = this.#link;
    this.#link = undefined;
    link?.connection.end();
  }

  #greet(hello: Hello, connection: FramedConnection): string | undefined {
    if (this.#closed) return 'this monitor is leaving';
    const problem = helloProblem(hello, MONITOR_ROLE, [this.#parts.discovery.nonce]);
    if (problem !== undefined) return problem;
    if (this.#link !== undefined) return 'a master is connected already';
    this.#attach(hello[3], connection);
    return undefined;
  }

  #attach(masterId: string, connection: FramedConnection): void {
    const { clock, discovery } = this.#parts;
    const link: Link = { connection, masterId, answer: new Answer(), asked: 0, unanswered: 0, hasAnswered: false };
    this.#link = link;
    connection.adopt({
      onMessage: (message) => {
        if (this.#link === link) this.#hear(link, message);
      },
      onClose: (reason) => {
        if (this.#link === link) this.#lost(reason);
      },
    });
    discovery.settle();
    this.#searching?.cancel();
    if (this.#isKnown && masterId !== this.#masterId) this.#settle(SETTLE_MS);
    this.#masterId = masterId;
    this.#ask();
    this.#poll = clock.every(this.#parts.pollIntervalMs, () => this.#askAgain());
  }

  /** Another master: what it does not know yet may be on its way to it. */
  #settle(waitMs: number): void {
    const { clock } = this.#parts;
    this.#settledAtMs = clock.nowMs() + waitMs;
    this.#settling?.cancel();
    this.#settling = clock.after(waitMs, () => this.#ask());
  }

  #ask(): void {
    const link = this.#link;
    if (link === undefined) return;
    link.asked++;
    link.unanswered++;
    link.connection.send([Tag.SlavesRequest, link.asked]);
  }

  #askAgain(): void {
    if ((this.#link?.unanswered ?? 0) < POLLS_MISSED_MAX) this.#ask();
    else this.#drop(`no answer to ${POLLS_MISSED_MAX.toString()} requests`);
  }

  #hear(link: Link, message: Message): void {
    switch (message[0]) {
      case Tag.Slaves:
        this.#take(link, link.answer.take(message, link.asked));
        return;
      case Tag.SlaveJoined:
        if (this.#set.size >= SLAVES_MAX && !this.#set.has(message[1].instanceId)) this.#drop('too many slaves');
        else this.#changed(this.#set.joined(message[1]));
        return;
      case Tag.SlaveLeft:
        this.#changed(this.#set.left(message[1]));
        return;
      default:
        this.#parts.log.debug({ tag: message[0] }, 'unexpected message from the master');
    }
  }

  #take(link: Link, progress: Progress): void {
    if (progress.kind === 'more') return;
    if (progress.kind === 'wrong') {
      this.#drop(progress.problem);
      return;
    }
    const { clock, log } = this.#parts;
    const { slaves, upMs } = progress;
    link.unanswered = 0;
    this.#searchWaitMs = SEARCH_WAIT_MS;
    if (!this.#isKnown && upMs < START_MS) this.#holdBack(START_MS - upMs);
    const isSettled = clock.nowMs() >= this.#settledAtMs;
    const changed = isSettled ? this.#set.replaceAll(slaves) : this.#set.addAll(slaves);
    if (!link.hasAnswered) log.info({ master: link.masterId, slaves: slaves.length }, 'joined');
    link.hasAnswered = true;
    if (!isSettled && !this.#isKnown) return;
    this.#changed(changed || !this.#isKnown);
    this.#isKnown = true;
  }

  /** This master began just now, perhaps after another one of which we know nothing: what it tells may not be all. */
  #holdBack(waitMs: number): void {
    if (this.#parts.clock.nowMs() < this.#settledAtMs) return;
    this.#parts.log.info({ waitMs }, 'the master began just now, its slaves are given time to join');
    this.#settle(waitMs);
  }

  /** What comes in one frame is told at once. */
  #changed(anything: boolean): void {
    if (!anything) return;
    this.#telling ??= this.#parts.clock.after(0, () => {
      this.#telling = undefined;
      if (this.#isKnown) this.#parts.onSlaves(this.#set.list);
    });
  }

  #drop(reason: string): void {
    const link = this.#link;
    this.#lost(reason);
    link?.connection.destroy(reason);
  }

  #lost(reason: string): void {
    const { clock, discovery, log } = this.#parts;
    this.#link = undefined;
    this.#poll?.cancel();
    log.warn({ reason, slaves: this.#set.size }, 'connection to the master lost, what is known is kept');
    this.#searching = clock.after(this.#searchWaitMs, () => discovery.search());
    this.#searchWaitMs = Math.min(this.#searchWaitMs * 2, SEARCH_WAIT_MS_MAX);
  }
}
