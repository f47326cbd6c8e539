// The monitors of this master: each has one connection, asks for all slaves when it likes, and hears of joins, changes and leaves as
// they happen. Monitors take no slave's place, and a bad one costs only its own connection.
import type { Log } from '../../common/log.ts';
import type { FramedConnection } from '../../common/net/framed-connection.ts';
import { JOIN_TIMEOUT_MS } from '../../common/net/discovery-client.ts';
import type { ConnectionAck } from '../../common/protocol/discovery-messages.ts';
import { MONITOR_ROLE, SLAVES_PER_MESSAGE_MAX, Tag } from '../../common/protocol/messages.ts';
import { isSameSlave, type SlaveInfo } from '../../common/protocol/slave-info.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Pool } from '../pool/pool.ts';
import { dial, type Introduction } from './dial.ts';
import type { Admittance } from './discovery-responder.ts';
import { MonitorLink } from './monitor-link.ts';
import type { Reservations } from './reservations.ts';
import { slaveInfoOf } from './slave-info.ts';

/** So many monitors may be connected. */
const MONITORS_MAX = 256;
/** What changes within this time is told at once: a member that changes all the time costs no more than this. */
const TELL_MS = 50;

const MONITOR: Introduction<'monitor', number> = {
  roles: [['monitor', MONITOR_ROLE]],
  read: (_role, message) => (message[0] === Tag.SlavesRequest ? message[1] : undefined),
  bytesMax: 1024,
};

export interface MonitorsParts {
  readonly pool: Pool;
  readonly reservations: Reservations;
  readonly clock: Clock;
  readonly log: Log;
  readonly masterId: string;
}

export class Monitors {
  readonly #parts: MonitorsParts;
  readonly #startedMs: number;
  readonly #links = new Map<string, MonitorLink>();
  /** What monitors know by now: the members, each as it was last told. */
  readonly #told = new Map<string, SlaveInfo>();
  /** Members that may be other than told, with the reason. */
  readonly #changed = new Map<string, string>();
  #telling: Timer | undefined;
  #released = false;

  constructor(parts: MonitorsParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.nowMs();
    parts.pool.observe({
      onMember: ({ profile }, from, to, reason) => {
        if (profile.kind !== 'slave') return;
        if (from === 'new' || to === 'gone') this.#change(profile.id, reason);
      },
      onProfile: ({ profile }) => {
        if (profile.kind === 'slave') this.#change(profile.id, '');
      },
    });
  }

  /** How many are connected. */
  get size(): number {
    return this.#links.size;
  }

  has(instanceId: string): boolean {
    return this.#links.has(instanceId);
  }

  get admittance(): Admittance {
    return {
      placesMax: MONITORS_MAX,
      fullSentence: `${MONITORS_MAX.toString()} monitors are connected, this master serves no more: stop one of them`,
      members: this,
      reservations: this.#parts.reservations,
      connect: (ack, address) => void this.connect(ack, address),
    };
  }

  /** Dials a monitor that acknowledged, and serves it; within the time limit or not at all. */
  async connect({ nonce, instanceId, ports }: ConnectionAck, address: string): Promise<void> {
    const { masterId, clock, log, reservations } = this.#parts;
    const target = { address, ports, nonce, masterId, dial: 1, timeoutMs: JOIN_TIMEOUT_MS };
    const dialled = await dial(target, MONITOR, clock);
    reservations.release(nonce);
    if (!dialled.ok) log.warn({ address, ports, problem: dialled.reason }, 'a monitor could not connect');
    else if (this.#released) dialled.connections.monitor.end();
    else this.#serve(instanceId, address, dialled.connections.monitor, dialled.said);
  }

  /** Lets every monitor go; they look for another master. */
  release(): void {
    this.#released = true;
    this.#telling?.cancel();
    this.#tell();
    for (const link of this.#links.values()) link.end();
    this.#links.clear();
  }

  #serve(instanceId: string, address: string, connection: FramedConnection, sequence: number): void {
    const { clock, log } = this.#parts;
    // What changed until now comes with the first answer.
    this.#tell();
    this.#links.get(instanceId)?.drop('superseded by a new connection');
    const link = new MonitorLink(connection, clock);
    this.#links.set(instanceId, link);
    log.info({ monitor: instanceId, address, monitors: this.size }, 'monitor joined');
    link.serve(sequence, {
      onAsk: (asked) => this.#answer(link, asked),
      onOver: (reason) => {
        this.#links.delete(instanceId);
        log.info({ monitor: instanceId, address, reason, monitors: this.size }, 'monitor left');
      },
    });
  }

  /** All slaves, in one go: nothing can change in between. */
  #answer(link: MonitorLink, sequence: number): void {
    this.#tell();
    const slaves = [...this.#told.values()];
    const upMs = this.#parts.clock.nowMs() - this.#startedMs;
    for (let first = 0; first === 0 || first < slaves.length; first += SLAVES_PER_MESSAGE_MAX) {
      const next = first + SLAVES_PER_MESSAGE_MAX;
      link.send([Tag.Slaves, sequence, next >= slaves.length, slaves.slice(first, next), upMs]);
    }
  }

  #change(id: string, reason: string): void {
    this.#changed.set(id, reason);
    this.#telling ??= this.#parts.clock.after(TELL_MS, () => this.#tell());
  }

  /** Leaves first: who joins may have the name of one that left. */
  #tell(): void {
    this.#telling?.cancel();
    this.#telling = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [id, reason] of changed) {
      if (this.#parts.pool.member(id) === undefined && this.#told.delete(id)) this.#toAll([Tag.SlaveLeft, id, reason]);
    }
    for (const [id] of changed) {
      const member = this.#parts.pool.member(id);
      const told = this.#told.get(id);
      const info = member && slaveInfoOf(member.profile);
      if (info === undefined || (told && isSameSlave(told, info))) continue;
      this.#told.set(id, info);
      this.#toAll([Tag.SlaveJoined, info]);
    }
  }

  #toAll(message: Parameters<MonitorLink['send']>[0]): void {
    for (const link of this.#links.values()) link.send(message);
  }
}
