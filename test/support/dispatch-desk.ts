// A dispatcher with everything around it but sockets and time: a pool, a clock turned by hand, slaves that only write down what
// they are sent, and tasks whose answers are kept.
import { expect } from 'chai';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { findAlgorithm } from '../../src/master/balancing/registry.ts';
import { newDispatchCounters } from '../../src/master/dispatch/counters.ts';
import type { AttemptResult } from '../../src/master/dispatch/attempts.ts';
import { Dispatcher } from '../../src/master/dispatch/dispatcher.ts';
import { TICK_MS } from '../../src/master/dispatch/deadlines.ts';
import { NOBODY, type TaskObserver } from '../../src/master/dispatch/task-observer.ts';
import type { Dispatched, TaskLink } from '../../src/master/dispatch/task-link.ts';
import type { Member } from '../../src/master/pool/member.ts';
import type { MemberEvent } from '../../src/master/pool/member-state.ts';
import { Pool, type OfferedGroup } from '../../src/master/pool/pool.ts';
import { REST_MS_MAX, type LossCause } from '../../src/master/tasks/retry.ts';
import type { Task, TaskAnswer } from '../../src/master/tasks/task.ts';
import { violations } from '../../src/master/observe/invariants.ts';
import type { TaskQueue } from '../../src/master/tasks/task-queue.ts';
import { newTask, type PartialOrder } from './new-task.ts';
import { profileOf } from './pool-twin.ts';
import { same } from './same.ts';

export const MASTER_ID = 'm1';

/** A task at the dispatcher, with what it was told in the end. */
export interface DeskTask {
  readonly task: Task;
  /** Every call of onEnd: there must never be two. */
  readonly answers: TaskAnswer[];
}

const GOODBYES: Readonly<Record<LossCause, readonly MemberEvent[]>> = {
  died: ['socket-closed', 'died'],
  silent: ['silent', 'grace-over'],
  returned: ['left'],
  threw: [],
};

type Given = readonly [id: string, attempt: number];

/** A member and the other end of its link. */
export class DeskSlave implements TaskLink {
  readonly member: Member;
  /** Tasks in the order in which they came. */
  readonly got: Dispatched[] = [];
  readonly cancelled: Given[] = [];
  readonly recalled: Given[] = [];
  readonly #desk: DispatchDesk;

  constructor(desk: DispatchDesk, member: Member) {
    this.#desk = desk;
    this.member = member;
  }

  /** Ids of the tasks in the order in which they came. */
  get ids(): string[] {
    return this.got.map(({ id }) => id);
  }

  dispatch(task: Dispatched): void {
    this.got.push(task);
  }

  cancel(id: string, attempt: number): void {
    this.cancelled.push([id, attempt]);
  }

  recall(id: string, attempt: number): void {
    this.recalled.push([id, attempt]);
  }

  start({ task }: DeskTask): void {
    this.#desk.dispatcher.acknowledge(this.member, task.id, this.#attemptOf(task), 'started');
  }

  refuse({ task }: DeskTask): void {
    this.#desk.dispatcher.acknowledge(this.member, task.id, this.#attemptOf(task), 'refused');
  }

  /** Sends the end of the last attempt that it got of this task: done, unless `result` says otherwise. */
  finish({ task }: DeskTask, result: Partial<AttemptResult> = {}): void {
    const end = { outcome: 'done', value: `result of ${task.id}`, runMs: 1, tooLarge: false } as const;
    this.#desk.dispatcher.result(this.member, { id: task.id, attempt: this.#attemptOf(task), ...end, ...result });
  }

  /** Is gone: its process died, it was silent beyond the grace time, or it left. */
  vanish(cause: LossCause): void {
    const { pool, dispatcher } = this.#desk;
    for (const event of GOODBYES[cause]) pool.transition(this.member, event);
    dispatcher.lose(this.member, cause);
  }

  #attemptOf(task: Task): number {
    return this.got.findLast(({ id }) => id === task.id)?.attempt ?? 1;
  }
}

export interface DeskSlaveOptions {
  readonly slots?: number;
  readonly maxLoad?: number;
  readonly offers?: readonly OfferedGroup[];
}

export interface DeskOptions {
  readonly queueLimit?: number;
  readonly typeLimits?: ReadonlyMap<string, number>;
  readonly observer?: TaskObserver;
  /** Jitter; the least unless given. */
  readonly random?: () => number;
}

export class DispatchDesk {
  readonly clock = new ManualClock();
  readonly pool: Pool;
  readonly counters = newDispatchCounters();
  readonly dispatcher: Dispatcher;
  readonly submitted: DeskTask[] = [];

  /** The queue of group `compute`. */
  get queue(): TaskQueue {
    return this.dispatcher.lives.queue('compute');
  }

  constructor(algorithm = 'first-available', options: DeskOptions = {}) {
    const { queueLimit = 100, typeLimits = new Map<string, number>(), observer = NOBODY, random = () => 0 } = options;
    this.pool = new Pool(findAlgorithm(algorithm)!);
    const { clock, pool, counters } = this;
    const parts = { pool, clock, counters, random, observer, typeLimits };
    this.dispatcher = new Dispatcher({ ...parts, masterId: MASTER_ID, queueLimit, callBackMs: 50 });
  }

  /** A slave of one slot that takes any weight, unless `options` say otherwise. It gets what waits at once. */
  join(name: string, options: DeskSlaveOptions = {}): DeskSlave {
    const { slots = 1, maxLoad = 1e9, offers = [{ name: 'compute', slots }] } = options;
    const member = this.pool.join(profileOf(name, maxLoad), [], this.clock.nowMs());
    const slave = new DeskSlave(this, member);
    this.dispatcher.setLink(member, slave);
    this.pool.setOffers(member, offers);
    return slave;
  }

  submit(order: PartialOrder = {}): DeskTask {
    const answers: TaskAnswer[] = [];
    const id = `${MASTER_ID}-${this.submitted.length + 1}`;
    const queuedAtMs = this.clock.nowMs();
    const task = newTask({ id, queuedAtMs, onEnd: (_task, answer) => answers.push(answer), ...order });
    const submitted = { task, answers };
    this.submitted.push(submitted);
    this.dispatcher.submit(task);
    return submitted;
  }

  /** Lets what was lost have its rest, however long. */
  rest(): void {
    this.clock.advance(REST_MS_MAX + 2 * TICK_MS);
  }

  submitMany(count: number, order: PartialOrder = {}): DeskTask[] {
    return Array.from({ length: count }, () => this.submit(order));
  }

  /** What must hold at any time: nobody is told twice, and the counters add up. */
  check(): void {
    const { admitted, done, failed, cancelled, expired } = this.counters;
    const ended = this.submitted.filter(({ answers }) => answers.length > 0).length;
    for (const { task, answers } of this.submitted) {
      same(Math.min(answers.length, 1), answers.length, 'answers of', task.id);
      same(answers[0]?.state ?? 'unanswered', answers.length === 0 ? 'unanswered' : task.state, task.id);
    }
    expect(admitted).to.equal(this.submitted.length);
    expect(done + failed + cancelled + expired).to.equal(ended);
    expect(this.dispatcher.lives.size).to.equal(admitted - ended);
    this.#checkTimes();
    const leases = [...this.pool.members()].reduce((sum, member) => sum + member.leases, 0);
    expect(this.dispatcher.attempts.size, 'attempts and leases').to.equal(leases);
    expect(violations(this.pool, this.dispatcher, this.clock.nowMs()), 'invariants').to.deep.equal([]);
  }

  /** Histograms count each task once, and only those that they are about. */
  #checkTimes(): void {
    const { done, failed, queueWait, dispatch, taskTime } = this.counters;
    const dispatched = this.submitted.filter(({ task }) => task.attempts > 0).length;
    expect(queueWait.count, 'first dispatches').to.equal(dispatched);
    const ended = [...taskTime].reduce((sum, [, { count }]) => sum + count, 0);
    expect(ended, 'ends that are timed').to.equal(done + failed);
    expect(dispatch.count, 'answers').to.be.within(done, done + failed);
  }
}

/** Ids of tasks, for comparison with what slaves got. */
export function idsOf(tasks: readonly DeskTask[]): string[] {
  return tasks.map(({ task }) => task.id);
}
