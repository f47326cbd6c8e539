// Queue + pool → dispatch socket; results → settle. Takes tasks in turn from each group's queue, sends each to the member that
// the pool gave a lease on, and brings the answer to whoever waits, once. Lost work waits again in its old turn.
import type { Failure } from '../../common/errors.ts';
import { isForeignTaskId } from '../../common/protocol/task-ids.ts';
import type { AckState, Held, Outcome } from '../../common/protocol/messages.ts';
import type { Lease, LeaseOutcome } from '../pool/lease.ts';
import type { Member } from '../pool/member.ts';
import { nextMatch } from '../tasks/backfill.ts';
import { deadlineMs } from '../tasks/limits.ts';
import type { LossCause } from '../tasks/retry.ts';
import type { Task } from '../tasks/task.ts';
import { Attempt, AttemptTable, type AttemptResult } from './attempts.ts';
import { TICK_MS } from './deadlines.ts';
import { failureOf } from './failures.ts';
import { toRecall } from './recall.ts';
import { toCallBack } from './second-thoughts.ts';
import type { TaskLink } from './task-link.ts';
import { TaskLives, type TaskLivesParts } from './task-lives.ts';

export interface DispatcherParts extends TaskLivesParts {
  /** Ids of this master begin with it. */
  readonly masterId: string;
  /** What has not begun so long after it was sent may be called back; Infinity for never. */
  readonly callBackMs: number;
}

const LEASE_OUTCOMES: Readonly<Record<Outcome, LeaseOutcome>> = {
  done: 'ok',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'cancelled',
};

/** Something that the task said itself; not the slave's word that it has stopped. */
function isAnswer({ outcome }: AttemptResult): boolean {
  return outcome === 'done' || outcome === 'failed';
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #lives: TaskLives;
  readonly #attempts = new AttemptTable();
  readonly #links = new Map<Member, TaskLink>();
  #closed = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#lives = new TaskLives(parts);
    parts.pool.observe({ onRoom: (group) => this.#pump(group) });
    parts.clock.every(TICK_MS, () => this.#tick());
  }

  /** Tasks that have not ended: their queues, limits and ends. */
  get lives(): TaskLives {
    return this.#lives;
  }

  /** Attempts that are out at slaves. */
  get attempts(): AttemptTable {
    return this.#attempts;
  }

  /** Takes a new task in: a member gets it at once, or it waits. False when it would have to wait in a queue that is full. */
  submit(task: Task): boolean {
    // Counted and armed before it is sent: a link may answer at once.
    const queue = this.#lives.begin(task);
    this.#pump(task.group);
    if (task.state !== 'queued' || !queue.isOverfull) return true;
    this.#lives.undo(task);
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
    if (state === 'started') this.#started(attempt);
    if (state !== 'refused') return;
    if (attempt.recalled) this.#parts.counters.recalled++;
    else this.#parts.counters.refused++;
    this.#giveBack([attempt], attempt.recalled ? 'recalled' : 'refused', 'returned');
  }

  progress(member: Member, id: string, number: number, ratio: number, text: string): void {
    const { observer } = this.#parts;
    const attempt = this.#attempts.find(id, number);
    if (attempt?.lease.member !== member || attempt.task.state !== 'running') return;
    attempt.progressRatio = Math.min(ratio, 1);
    attempt.progressText = text;
    if (observer.listening) observer.onProgress(attempt);
  }

  /** The first answer of a live attempt wins; anything else is counted and dropped. */
  result(member: Member, result: AttemptResult): void {
    const { counters, masterId, pool } = this.#parts;
    const attempt = this.#attempts.find(result.id, result.attempt);
    if (attempt?.lease.member !== member) {
      if (isForeignTaskId(result.id, masterId)) counters.foreignResults++;
      else if (isAnswer(result)) counters.lateResults++;
      return;
    }
    this.#close(attempt);
    if (attempt.task.state === 'running') this.#conclude(attempt, result);
    else if (isAnswer(result)) counters.lateResults++;
    pool.settle(attempt.lease, LEASE_OUTCOMES[result.outcome]);
  }

  /** The answer of the live attempt: its task ends, or is tried again. */
  #conclude(attempt: Attempt, result: AttemptResult): void {
    const { counters, clock } = this.#parts;
    const { task } = attempt;
    const { outcome, tooLarge, value, runMs } = result;
    if (outcome === 'failed' && !tooLarge && result.isFinal !== true && task.retriesLeft > 0) {
      task.retriesLeft--;
      counters.retried++;
      this.#lives.giveBack(attempt, 'threw');
      return;
    }
    task.runMs = runMs;
    const nowMs = clock.nowMs();
    if (isAnswer(result)) counters.dispatch.observe((nowMs - task.dispatchedAtMs - runMs) / 1000);
    if (outcome === 'done') this.#lives.finish(task, 'succeeded', { state: 'done', value });
    else this.#lives.end(task, outcome, failureOf(result, task, nowMs));
  }

  /** A member is gone: its leases are lost and its tasks wait again, in their old turns. */
  lose(member: Member, cause: LossCause): void {
    this.#links.delete(member);
    this.#giveBack([...this.#attempts.ofMember(member)], 'lost', cause);
    this.#attempts.forget(member);
    for (const [group] of this.#lives.queues()) this.#pump(group);
  }

  /**
   * After a new connection: what the slave does not hold never reached it and runs again; what it holds and still waits here is
   * taken on again; anything else that it holds is cancelled.
   */
  reconcile(member: Member, holds: readonly Held[]): void {
    const held = new Map(holds.map(([id, number, started]) => [`${id}/${number.toString()}`, started === true]));
    const missing: Attempt[] = [];
    for (const attempt of this.#attempts.ofMember(member)) {
      const started = held.get(`${attempt.task.id}/${attempt.number.toString()}`);
      attempt.recalled = false;
      if (started === undefined) missing.push(attempt);
      else if (started) this.#started(attempt);
    }
    this.#giveBack(missing, 'lost', 'returned');
    for (const [id, number, started] of holds) {
      const attempt = this.#attempts.find(id, number);
      if (attempt?.lease.member === member && attempt.task.state === 'running') continue;
      if (attempt === undefined && this.#adopt(member, id, number, started === true)) continue;
      this.#links.get(member)?.cancel(id, number);
    }
  }

  /** Asks back what has not started: everything when draining, otherwise what exceeds the slots, newest first. */
  recallExcess(member: Member): void {
    for (const place of member.places.values()) {
      for (const attempt of toRecall(place, this.#attempts.ofMember(member))) this.#recall(attempt);
    }
  }

  #recall(attempt: Attempt): void {
    attempt.recalled = true;
    this.#links.get(attempt.lease.member)?.recall(attempt.task.id, attempt.number);
  }

  /** The master is leaving: ends every task that somebody waits for, for the same reason, and sends nothing any more. */
  abort(failure: Failure, isAwaited: (task: Task) => boolean = () => true): void {
    this.#closed = true;
    for (const task of [...this.#lives.tasks()]) if (isAwaited(task)) this.#abandon(task, 'failed', failure);
  }

  #tick(): void {
    this.#lives.tick((task, event, failure) => this.#abandon(task, event, failure));
    const { pool, clock, callBackMs } = this.#parts;
    for (const [name, queue] of this.#lives.queues()) {
      const group = pool.group(name);
      group.reviewAside();
      this.#pump(name);
      for (const attempt of toCallBack(group, queue, this.#attempts, clock.nowMs() - callBackMs)) {
        attempt.task.avoid = attempt.lease.member;
        this.#recall(attempt);
      }
    }
  }

  #pump(group: string): void {
    const queue = this.#lives.knownQueue(group);
    if (queue === undefined || this.#closed) return;
    const { pool } = this.#parts;
    for (let match = nextMatch(queue, pool); match !== undefined; match = nextMatch(queue, pool)) {
      queue.remove(match.task);
      this.#send(match.task, match.lease);
    }
  }

  #send(task: Task, lease: Lease): void {
    const { clock, counters } = this.#parts;
    const nowMs = clock.nowMs();
    if (task.attempts === 0) counters.queueWait.observe((nowMs - task.queuedAtMs) / 1000);
    task.dispatchedAtMs = nowMs;
    const attempt = this.#open(task, 'dispatched', ++task.attempts, lease);
    const { id, type, weight, limits } = task;
    const remainingMs = deadlineMs(task) - nowMs;
    const params = task.params ?? {};
    const order = { id, attempt: attempt.number, type, params, weight, remainingMs, runLimitMs: limits.runMs };
    this.#links.get(lease.member)?.dispatch(order);
  }

  /** A slave came back with an attempt that was given up, and the task still waits: it need not begin anew. */
  #adopt(member: Member, id: string, number: number, started: boolean): boolean {
    const task = this.#lives.find(id);
    if (task?.state !== 'queued' || task.attempts !== number) return false;
    const lease = this.#parts.pool.adopt(member, task.group, task.weight);
    if (lease === undefined) return false;
    this.#lives.queue(task.group).remove(task);
    this.#parts.counters.adopted++;
    const attempt = this.#open(task, 'adopted', number, lease);
    if (started) this.#started(attempt);
    return true;
  }

  #open(task: Task, event: 'dispatched' | 'adopted', number: number, lease: Lease): Attempt {
    const attempt = new Attempt(task, number, lease);
    this.#attempts.add(attempt);
    this.#lives.sent(task, event, lease.member.profile.name);
    return attempt;
  }

  #close(attempt: Attempt): void {
    this.#attempts.remove(attempt);
    this.#lives.queue(attempt.task.group).countOut(attempt.task.type, -1);
  }

  #started(attempt: Attempt): void {
    if (attempt.started) return;
    attempt.started = true;
    this.#lives.started(attempt.task);
  }

  /**
   * Settles attempts, oldest first, that came to nothing. All their tasks wait again, each in its turn, before any lease is settled:
   * settling makes room, and room must go to the oldest.
   */
  #giveBack(attempts: readonly Attempt[], outcome: LeaseOutcome, cause: LossCause): void {
    for (const attempt of attempts) {
      this.#close(attempt);
      if (outcome === 'lost') this.#parts.counters.lost++;
      this.#lives.giveBack(attempt, cause);
    }
    for (const { lease } of attempts) this.#parts.pool.settle(lease, outcome);
  }

  #abandon(task: Task, event: 'cancelled' | 'expired' | 'failed', failure: Failure): boolean {
    const attempt = task.state === 'running' ? this.#attempts.ofTask(task.id) : undefined;
    const ended = this.#lives.end(task, event, failure);
    if (attempt !== undefined) this.#links.get(attempt.lease.member)?.cancel(task.id, attempt.number);
    this.#pump(task.group);
    return ended;
  }
}
