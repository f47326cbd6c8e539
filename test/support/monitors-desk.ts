// The monitors of a master with a real pool, a clock turned by hand, and monitors at the other end of real sockets.
import { expect } from 'chai';
import type { Log } from '../../src/common/log.ts';
import type { ConnectionAck } from '../../src/common/protocol/discovery-messages.ts';
import { Tag } from '../../src/common/protocol/messages.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import { Monitors } from '../../src/master/membership/monitors.ts';
import { Reservations } from '../../src/master/membership/reservations.ts';
import type { Member } from '../../src/master/pool/member.ts';
import { Pool } from '../../src/master/pool/pool.ts';
import { FakeMonitor, type FakeMonitorOptions } from './fake-monitor.ts';
import { profileOf } from './pool-twin.ts';
import { eventually } from './wait.ts';

/** Changes within this time are told together. */
export const TELL_MS = 50;

export class MonitorsDesk {
  readonly clock = new ManualClock();
  readonly pool = new Pool(findAlgorithm('round-robin')!);
  readonly reservations = new Reservations();
  readonly logged: { message: string; fields: Record<string, unknown> }[] = [];
  readonly monitors: Monitors;

  constructor() {
    const note = (fields: Record<string, unknown>, message: string): void => void this.logged.push({ message, fields });
    const log = { debug: () => undefined, info: note, warn: note } as unknown as Log;
    const { pool, reservations, clock } = this;
    this.monitors = new Monitors({ pool, reservations, clock, log, masterId: 'm1' });
  }

  /** Has this one dialled; resolves when it is served or not. */
  connect({ instanceId, port }: FakeMonitor, nonce = 'n1'): Promise<void> {
    const ack: ConnectionAck = { type: 'connect', nonce, instanceId, ports: [port] };
    return this.monitors.connect(ack, '127.0.0.1');
  }

  /** A monitor whose first request was answered. */
  async joined(options: FakeMonitorOptions = {}): Promise<FakeMonitor> {
    const monitor = await FakeMonitor.listen(options);
    await this.connect(monitor);
    await eventually('its first request is answered', () => monitor.answerTo(1));
    return monitor;
  }

  slave(name: string, address = '10.0.0.1:5000'): Member {
    return this.pool.join({ ...profileOf(name, 1e9), address }, [], 0);
  }

  /** Names that the answer to this request lists. */
  async listed(monitor: FakeMonitor, sequence: number): Promise<string[]> {
    return (await eventually(`answer ${sequence}`, () => monitor.answerTo(sequence))).map(({ name }) => name);
  }

  /** All events that it was told until now; request `sequence` must be new. */
  async told(monitor: FakeMonitor, sequence: number): Promise<string[]> {
    this.clock.advance(TELL_MS);
    monitor.send([Tag.SlavesRequest, sequence]);
    await this.listed(monitor, sequence);
    return eventsOf(monitor);
  }

  /** Why monitors left, in order. */
  get left(): unknown[] {
    return this.logged.filter(({ message }) => message === 'monitor left').map(({ fields }) => fields['reason']);
  }

  async cutOff(monitor: FakeMonitor, reason: string): Promise<void> {
    await eventually('its connection is closed', () => monitor.closedBy);
    await eventually('it is forgotten', () => !this.monitors.has(monitor.instanceId));
    expect(this.left.at(-1)).to.contain(reason);
  }
}

/** What it was told beside answers: `+name`, `-id reason`. */
export function eventsOf({ messages }: FakeMonitor): string[] {
  return messages.flatMap((message) => {
    if (message[0] === Tag.SlaveJoined) return [`+${message[1].name}`];
    return message[0] === Tag.SlaveLeft ? [`-${message[1]} ${message[2]}`] : [];
  });
}
