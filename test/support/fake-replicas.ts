// A group of replicas without processes and without time: a provider that does what the test says, members that join when the test says so.
import { createLog, type Log } from '../../src/common/log.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { GroupScaler } from '../../src/master/autoscale/group-scaler.ts';
import type { ScaleRules } from '../../src/master/autoscale/decide.ts';
import {
  GROUP_LABEL,
  REPLICA_LABEL,
  type Provider,
  type Replica,
  type ReplicaOrder,
} from '../../src/master/autoscale/provider.ts';
import { requestWork } from '../../src/master/autoscale/work.ts';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import type { ScaleChange, ScaledGroupView } from '../../src/master/doors/autoscale-view.ts';
import type { Member } from '../../src/master/pool/member.ts';
import { Pool } from '../../src/master/pool/pool.ts';
import { profileOf } from './pool-twin.ts';

/** How a call to the provider ends. */
export type Mood = 'works' | 'fails' | 'hangs';

/** Does at once what it is asked to, unless its mood for that is another. */
export class FakeProvider implements Provider {
  readonly name = 'process';
  readonly moods = { start: 'works' as Mood, list: 'works' as Mood, stop: 'works' as Mood };
  /** All there are, as `list` tells them. */
  readonly replicas = new Map<string, Replica>();
  readonly orders: ReplicaOrder[] = [];
  readonly stopped: string[] = [];

  start(order: ReplicaOrder): Promise<void> {
    this.orders.push(order);
    return this.#as('start', () => this.run(order.id, order.group));
  }

  list(): Promise<readonly Replica[]> {
    return this.#as('list', () => [...this.replicas.values()]);
  }

  stop(id: string): Promise<void> {
    this.stopped.push(id);
    return this.#as('stop', () => void this.replicas.delete(id));
  }

  /** There is such a replica from now on. */
  run(id: string, group = 'web'): void {
    this.replicas.set(id, { id, group, state: 'running', detail: `box of ${id}` });
  }

  #as<T>(what: keyof FakeProvider['moods'], act: () => T): Promise<T> {
    const mood = this.moods[what];
    if (mood === 'hangs') return new Promise(() => undefined);
    return mood === 'fails' ? Promise.reject(new Error(`${what} went wrong: buy more disks`)) : Promise.resolve(act());
  }
}

/** A log that keeps the sentences of its warnings. */
export function logInto(warnings: string[]): Log {
  const warn = (_facts: unknown, sentence: string): void => void warnings.push(sentence);
  return Object.assign(createLog('test', 'silent'), { warn });
}

const GROUP = 'forward:web';
const ENOUGH_TURNS = 20;

export class ReplicaDesk {
  readonly clock = new ManualClock();
  readonly pool = new Pool(findAlgorithm('round-robin')!);
  readonly provider = new FakeProvider();
  readonly changes: ScaleChange[] = [];
  readonly drained: string[] = [];
  readonly strays: Replica[] = [];
  waiting = 0;
  /** Warnings of the log. */
  readonly warnings: string[] = [];
  readonly scaler: GroupScaler;
  #named = 0;

  constructor(rules: Partial<ScaleRules> = {}) {
    const { pool, clock, provider } = this;
    this.scaler = new GroupScaler({
      ...{ group: 'web', provider, pool, clock, slotsEach: 2 },
      rules: { min: 1, max: 4, idleAfterMs: 20_000, ...rules },
      work: requestWork(pool, GROUP, () => this.waiting),
      log: logInto(this.warnings),
      newId: () => `web-${(++this.#named).toString()}`,
      environmentOf: (id) => ({ NAME: id }),
      setDraining: (id, on) => {
        this.drained.push(id);
        pool.transition(pool.member(id)!, on ? 'drain-asked' : 'resume-asked');
      },
      timeOf: (ms) => new Date(ms).toISOString(),
      onChange: (change) => this.changes.push(change),
      onStray: (replica) => this.strays.push(replica),
    });
  }

  /** A group whose first replicas have been started and have joined, while so many requests wait. */
  static async joined(rules: Partial<ScaleRules> = {}, waiting = 0): Promise<ReplicaDesk> {
    const desk = new ReplicaDesk(rules);
    desk.waiting = waiting;
    await desk.seconds(2);
    desk.joinAll();
    return desk;
  }

  get view(): ScaledGroupView {
    return this.scaler.view();
  }

  /** `id/state` of each replica. */
  get states(): string[] {
    return this.view.replicas.map(({ id, state }) => `${id}/${state}`);
  }

  /** Looks once a second, so many times; what the provider answers is heard in between. */
  async seconds(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.scaler.look();
      await this.#settle();
      this.clock.advance(1000);
      await this.#settle();
    }
  }

  /** The replica's slave joins; `slots` 0: its service is not well. */
  join(id: string, slots = 2, name = id): Member {
    const labels = { [REPLICA_LABEL]: id, [GROUP_LABEL]: 'web' };
    return this.pool.join({ ...profileOf(name, Infinity), labels }, [{ name: GROUP, slots }], this.clock.nowMs());
  }

  /** All that run and have not joined do. */
  joinAll(): void {
    for (const { id } of this.provider.replicas.values()) if (this.pool.member(id) === undefined) this.join(id);
  }

  /** Its process is dead, and the provider knows it. */
  die(id: string): void {
    this.provider.replicas.delete(id);
    const member = this.pool.member(id);
    if (member !== undefined) this.pool.transition(member, 'died');
  }

  async #settle(): Promise<void> {
    for (let n = 0; n < ENOUGH_TURNS; n++) await Promise.resolve();
  }
}
