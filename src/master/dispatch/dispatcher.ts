// Queue + pool → dispatch socket; results → settle. Takes tasks in turn from each group's queue, asks the pool for a lease,
// sends, and brings the answer to whoever waits, once. Lost work goes back to the head of its queue.
import type { Failure } from '../../common/errors.ts';
import { isForeignTaskId } from '../../common/protocol/task-ids.ts';
import type { AckState, Held, Outcome } from '../../common/protocol/messages.ts';
import type { Clock } from '../../common/time/clock.ts';
import { DeadlineWheel } from '../../common/time/deadline-wheel.ts';
import type { LeaseOutcome } from '../pool/lease.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { deathsAfter, DEATHS_MAX, mayTryAgain, type LossCause } from '../tasks/retry.ts';
import { nextTaskState, type Task, type TaskAnswer, type TaskEvent } from '../tasks/task.ts';
import { TaskQueue } from '../tasks/task-queue.ts';
import { Attempt, AttemptTable } from './attempts.ts';
import type { DispatchCounters } from './counters.ts';
import { StrandedHeads } from './stranded.ts';
import type { TaskLink } from './task-link.ts';

/** How late a deadline may be noticed. */
const TICK_MS = 50;

export interface DispatcherParts {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly counters: DispatchCounters;
  /** Ids of this master begin with it. */
  readonly masterId: string;
  /** Per group. */
  readonly queueLimit: number;
}

/** What a slave says at the end of an attempt. */
export interface AttemptResult {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly value: unknown;
  readonly runMs: number;
  readonly tooLarge: boolean;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #queues = new Map<string, TaskQueue>();
  readonly #attempts = new AttemptTable();
  readonly #links = new Map<Member, TaskLink>();
  readonly #deadlines: DeadlineWheel<Task>;
  readonly #stranded: StrandedHeads;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#deadlines = new DeadlineWheel(TICK_MS, parts.clock.nowMs());
    this.#stranded = new StrandedHeads(parts.pool, (task, failure) => this.#end(task, 'failed', failure));
    parts.pool.observe({ onRoom: (group) => this.#pump(group) });
    parts.clock.every(TICK_MS, () => this.#tick());
  }

  /** The queue in front of a group. */
  queue(group: string): TaskQueue {
    let queue = this.#queues.get(group);
    if (queue === undefined) {
      queue = new TaskQueue(this.#parts.queueLimit);
      this.#queues.set(group, queue);
    }
    return queue;
  }

  queues(): IterableIterator<[string, TaskQueue]> {
    return this.#queues.entries();
  }

  /** Tasks that were admitted and have not ended. */
  get unanswered(): number {
    const { requested, done, failed, cancelled, expired } = this.#parts.counters;
    return requested - done - failed - cancelled - expired;
  }

  /** Attempts that are out at slaves. */
  get inFlight(): number {
    return this.#attempts.size;
  }

  attemptsOf(member: Member): ReadonlySet<Attempt> {
    return this.#attempts.ofMember(member);
  }

  /** Takes a new task in: a member gets it at once, or it waits. False when it would have to wait in a queue that is full. */
  submit(task: Task): boolean {
    const queue = this.queue(task.group);
    // Counted and armed before it is sent: a link may answer at once.
    this.#parts.counters.requested++;
    if (task.deadlineMs !== Infinity) this.#deadlines.add(task, task.deadlineMs);
    queue.push(task);
    this.#pump(task.group);
    if (task.state !== 'queued' || !queue.isOverfull) return true;
    queue.remove(task);
    this.#deadlines.remove(task);
    this.#parts.counters.requested--;
    return false;
  }

  /** Ends a task that nobody waits for any more; a slave that has it is told to stop. False when it had ended already. */
  cancel(task: Task, reason: string): boolean {
    return this.#abandon(task, 'cancelled', { code: 'CANCELLED', message: reason });
  }

  /** From now on `member` is reached over `link`. */
  setLink(member: Member, link: TaskLink): void {
    this.#links.set(member, link);
  }

  acknowledge(member: Member, id: string, number: number, state: AckState): void {
    const attempt = this.#attempts.find(id, number);
    if (attempt?.lease.member !== member) return;
    if (state === 'started') attempt.started = true;
    if (state !== 'refused') return;
    if (attempt.recalled) this.#parts.counters.recalled++;
    else this.#parts.counters.refused++;
    this.#giveBack([attempt], attempt.recalled ? 'recalled' : 'refused', 'returned');
  }

  progress(member: Member, id: string, number: number, ratio: number, text: string): void {
    const attempt = this.#attempts.find(id, number);
    if (attempt?.lease.member !== member) return;
    attempt.progressRatio = Math.min(ratio, 1);
    attempt.progressText = text;
  }

  /** The first answer of a live attempt wins; anything else is counted and dropped. */
  result(member: Member, result: AttemptResult): void {
    const { counters, pool, masterId } = this.#parts;
    const attempt = this.#attempts.find(result.id, result.attempt);
    if (attempt?.lease.member !== member) {
      if (isForeignTaskId(result.id, masterId)) counters.foreignResults++;
      else counters.lateResults++;
      return;
    }
    const { task } = attempt;
    this.#attempts.remove(attempt);
    pool.settle(attempt.lease, LEASE_OUTCOMES[result.outcome]);
    if (task.state !== 'running') return;
    task.runMs = result.runMs;
    if (result.outcome === 'done') this.#finish(task, 'succeeded', { state: 'done', value: result.value });
    else this.#end(task, 'failed', failureOf(result, task));
  }

  /** A member is gone: its leases are lost and its tasks go back to the head of the queue, in their old order. */
  lose(member: Member, cause: LossCause): void {
    this.#links.delete(member);
    this.#giveBack([...this.#attempts.ofMember(member)], 'lost', cause);
    this.#attempts.forget(member);
    for (const group of this.#queues.keys()) this.#pump(group);
  }

  /** After a new connection: what the slave does not hold never reached it and runs again; what we do not expect is cancelled. */
  reconcile(member: Member, holds: readonly Held[]): void {
    const held = new Map(holds.map(([id, number, started]) => [`${id}/${number.toString()}`, started === true]));
    const missing: Attempt[] = [];
    for (const attempt of this.#attempts.ofMember(member)) {
      const started = held.get(`${attempt.task.id}/${attempt.number.toString()}`);
      if (started === undefined) missing.push(attempt);
      else attempt.resume(started);
    }
    this.#giveBack(missing, 'lost', 'silent');
    for (const [id, number] of holds) {
      const attempt = this.#attempts.find(id, number);
      if (attempt?.lease.member !== member || attempt.task.state !== 'running')
        this.#links.get(member)?.cancel(id, number);
    }
  }

  /** Asks back what has not started: everything when draining, otherwise what exceeds the slots, newest first. */
  recallExcess(member: Member): void {
    for (const place of member.places.values()) {
      const keep = member.state.draining ? 0 : place.slots;
      if (place.leases <= keep) continue;
      const here = [...this.#attempts.ofMember(member)].filter(({ lease }) => lease.place === place).reverse();
      let excess = place.leases - keep - here.filter(({ recalled, started }) => recalled && !started).length;
      for (const attempt of here) {
        if (excess <= 0) break;
        if (attempt.started || attempt.recalled) continue;
        attempt.recalled = true;
        excess--;
        this.#links.get(member)?.recall(attempt.task.id, attempt.number);
      }
    }
  }

  /** Ends everything that has not ended, for the same reason: the master is leaving. */
  abort(failure: Failure): void {
    // Those that wait first, and from the tail: a place that gets free must find nothing to send.
    const tasks = [...this.#queues.values()].flatMap((queue) => [...queue].reverse());
    for (const attempt of this.#attempts.all()) tasks.push(attempt.task);
    for (const task of tasks) this.#abandon(task, 'failed', failure);
  }

  #tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#deadlines.advance(nowMs, (task) => {
      const waitedMs = Math.round(nowMs - task.queuedAtMs);
      const message = `the deadline passed after ${waitedMs.toString()} ms; allow more with timeout=, such as timeout=5m`;
      this.#abandon(task, 'expired', { code: 'DEADLINE_PASSED', message });
    });
    for (const [group, queue] of this.#queues) {
      this.#stranded.check(group, queue, nowMs);
      this.#pump(group);
    }
  }

  #pump(group: string): void {
    const queue = this.#queues.get(group);
    if (queue === undefined) return;
    for (let task = queue.head; task !== undefined; task = queue.head) {
      const lease = this.#parts.pool.pick(group, task.weight);
      if (lease === undefined) return;
      queue.remove(task);
      this.#send(new Attempt(task, ++task.attempts, lease));
    }
  }

  #send(attempt: Attempt): void {
    const { task, lease } = attempt;
    const nowMs = this.#parts.clock.nowMs();
    task.state = nextTaskState(task.state, 'dispatched') ?? task.state;
    task.slave = lease.member.profile.name;
    task.dispatchedAtMs = nowMs;
    this.#attempts.add(attempt);
    const { id, type, weight, deadlineMs } = task;
    const remainingMs = deadlineMs - nowMs;
    const params = task.params ?? {};
    this.#links.get(lease.member)?.dispatch({ id, attempt: attempt.number, type, params, weight, remainingMs });
  }

  /**
   * Settles attempts, oldest first, that came to nothing. All their tasks wait again, each in its turn, before any lease is settled:
   * settling makes room, and room must go to the oldest.
   */
  #giveBack(attempts: readonly Attempt[], outcome: LeaseOutcome, cause: LossCause): void {
    for (const attempt of [...attempts].reverse()) {
      this.#attempts.remove(attempt);
      if (outcome === 'lost') this.#parts.counters.lost++;
      this.#requeue(attempt, cause);
    }
    for (const { lease } of attempts) this.#parts.pool.settle(lease, outcome);
  }

  #requeue({ task, started }: Attempt, cause: LossCause): void {
    task.deaths = deathsAfter(task.deaths, { cause, started });
    const returned = nextTaskState(task.state, 'returned');
    if (returned === undefined) return;
    if (mayTryAgain(task.deaths)) {
      task.state = returned;
      this.queue(task.group).restore(task);
      return;
    }
    const message = `${DEATHS_MAX.toString()} slaves died while running this task; it is not tried again`;
    this.#end(task, 'failed', { code: 'LOST_TOO_OFTEN', message });
  }

  #abandon(task: Task, event: 'cancelled' | 'expired' | 'failed', failure: Failure): boolean {
    if (task.state === 'queued') this.queue(task.group).remove(task);
    const attempt = task.state === 'running' ? this.#attempts.ofTask(task.id) : undefined;
    const ended = this.#end(task, event, failure);
    if (attempt !== undefined) this.#links.get(attempt.lease.member)?.cancel(task.id, attempt.number);
    this.#pump(task.group);
    return ended;
  }

  #end(task: Task, event: 'failed' | 'cancelled' | 'expired', failure: Failure): boolean {
    return this.#finish(task, event, { state: event, failure });
  }

  #finish(task: Task, event: TaskEvent, answer: TaskAnswer): boolean {
    const state = nextTaskState(task.state, event);
    if (state === undefined) return false;
    task.state = state;
    this.#parts.counters[answer.state]++;
    this.#deadlines.remove(task);
    const { onEnd } = task;
    onEnd?.(task, answer);
    task.onEnd = undefined;
    task.params = undefined;
    return true;
  }
}

const LEASE_OUTCOMES: Readonly<Record<Outcome, LeaseOutcome>> = {
  done: 'ok',
  failed: 'failed',
  cancelled: 'cancelled',
};

function failureOf({ outcome, value, tooLarge }: AttemptResult, task: Task): Failure {
  if (outcome === 'cancelled') return { code: 'CANCELLED', message: `${task.type} was cancelled at the slave` };
  const message = typeof value === 'string' ? value : 'the task failed';
  return tooLarge
    ? { code: 'RESULT_TOO_LARGE', message }
    : { code: 'TASK_FAILED', message: `${task.type}: ${message}` };
}
