// The lives of tasks, from begin to end: every change of state, with the queue, the limits, the counters and whoever wants to know
// brought up to date in one place. Knows no lease and no link: which attempt is live is the dispatcher's business.
import type { Failure } from '../../common/errors.ts';
import type { EndState } from '../../common/task-types/task-states.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Pool } from '../pool/pool.ts';
import type { Due } from '../tasks/limits.ts';
import { deathsAfter, mayTryAgain, restMs, type LossCause } from '../tasks/retry.ts';
import { nextTaskState, type TaskEvent } from '../tasks/task-state.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';
import { TaskQueue } from '../tasks/task-queue.ts';
import type { Attempt } from './attempts.ts';
import type { DispatchCounters } from './counters.ts';
import { Deadlines } from './deadlines.ts';
import { limitPassed, lostTooOften } from './failures.ts';
import { Stranding } from './stranding.ts';
import type { TaskObserver, ToldEvent } from './task-observer.ts';

export interface TaskLivesParts {
  readonly pool: Pool;
  readonly clock: Clock;
  /** From 0 to 1: jitter. */
  readonly random: () => number;
  readonly counters: DispatchCounters;
  readonly observer: TaskObserver;
  /** Per group. */
  readonly queueLimit: number;
  /** How many tasks of a type may be out at slaves at once. */
  readonly typeLimits: ReadonlyMap<string, number>;
}

/** How a task ends that has no result. */
type BadEnd = 'failed' | 'cancelled' | 'expired';

export class TaskLives {
  readonly #parts: TaskLivesParts;
  readonly #queues = new Map<string, TaskQueue>();
  /** All that have not ended. */
  readonly #tasks = new Map<string, Task>();
  readonly #deadlines: Deadlines;
  readonly #stranding: Stranding;

  constructor(parts: TaskLivesParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.clock);
    this.#stranding = new Stranding(parts.pool);
  }

  /** The queue in front of a group, made when it is first asked for. */
  queue(group: string): TaskQueue {
    let queue = this.#queues.get(group);
    if (queue === undefined) {
      queue = new TaskQueue(group, this.#parts.queueLimit, this.#parts.typeLimits);
      this.#queues.set(group, queue);
    }
    return queue;
  }

  knownQueue(group: string): TaskQueue | undefined {
    return this.#queues.get(group);
  }

  queues(): IterableIterator<[string, TaskQueue]> {
    return this.#queues.entries();
  }

  find(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  tasks(): IterableIterator<Task> {
    return this.#tasks.values();
  }

  /** How many have not ended. */
  get size(): number {
    return this.#tasks.size;
  }

  /** How many have a limit that can still fall due. */
  get armed(): number {
    return this.#deadlines.size;
  }

  /** A new task waits. */
  begin(task: Task): TaskQueue {
    const queue = this.queue(task.group);
    this.#parts.counters.admitted++;
    this.#tasks.set(task.id, task);
    this.#stranding.mark(task, this.#parts.clock.nowMs());
    this.#deadlines.arm(task);
    queue.push(task);
    this.#tell(task, 'queued');
    return queue;
  }

  /** As if it had never begun: there was no room for it. */
  undo(task: Task): void {
    this.queue(task.group).remove(task);
    this.#deadlines.disarm(task);
    this.#tasks.delete(task.id);
    this.#parts.counters.admitted--;
    this.#tell(task, 'refused');
  }

  /** An attempt is out at a slave. The task is out of its queue. */
  sent(task: Task, event: 'dispatched' | 'adopted', slave: string): void {
    task.state = nextTaskState(task.state, event) ?? task.state;
    task.slave = slave;
    task.startedAtMs = 0;
    task.strandedAtMs = Infinity;
    this.queue(task.group).countOut(task.type, 1);
    this.#deadlines.arm(task);
    this.#tell(task, event);
  }

  /** The slave said that the attempt began: its run clock starts. */
  started(task: Task): void {
    if (task.state !== 'running') return;
    task.startedAtMs = this.#parts.clock.nowMs();
    task.hasStarted = true;
    this.#deadlines.arm(task);
    this.#tell(task, 'started');
  }

  /** An attempt came to nothing: its task waits again in its turn, after a rest when it was lost, or fails for good. */
  giveBack({ task, started, lease }: Attempt, cause: LossCause): void {
    const { clock, random } = this.#parts;
    const returned = nextTaskState(task.state, 'returned');
    task.deaths = deathsAfter(task.deaths, { cause, started });
    if (returned === undefined) return;
    if (!mayTryAgain(task.deaths)) {
      this.end(task, 'failed', lostTooOften());
      return;
    }
    task.state = returned;
    if (cause !== 'returned') {
      task.losses++;
      task.avoid = lease.member;
    }
    const nowMs = clock.nowMs();
    const rest = restMs(cause, task.losses, random);
    task.restUntilMs = rest === 0 ? 0 : nowMs + rest;
    this.queue(task.group).restore(task);
    this.#stranding.mark(task, nowMs);
    this.#deadlines.arm(task);
    this.#tell(task, 'returned');
  }

  /** Ends a task without a result. False when it had ended already. */
  end(task: Task, event: BadEnd, failure: Failure): boolean {
    return this.finish(task, event, { state: event, failure });
  }

  /** Ends a task and tells whoever waits for it, once. False when it had ended already. */
  finish(task: Task, event: TaskEvent, answer: TaskAnswer): boolean {
    const state = nextTaskState(task.state, event);
    if (state === undefined) return false;
    if (task.state === 'queued') this.queue(task.group).remove(task);
    task.state = state;
    task.endedAtMs = this.#parts.clock.nowMs();
    this.#count(task, answer.state);
    this.#deadlines.disarm(task);
    this.#tasks.delete(task.id);
    const { onEnd } = task;
    task.onEnd = undefined;
    onEnd?.(task, answer);
    this.#parts.observer.onEnded(task, answer);
    this.#tell(task, event);
    task.params = undefined;
    task.avoid = undefined;
    return true;
  }

  /** Looks at all limits; `abandon` ends a task that has passed one. */
  tick(abandon: (task: Task, event: BadEnd, failure: Failure) => void): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#deadlines.tick((task, due) => {
      this.#onDue(task, due, nowMs, abandon);
      if (this.#tasks.has(task.id)) this.#deadlines.arm(task);
    });
    for (const queue of this.#queues.values()) {
      for (const task of this.#stranding.check(queue, nowMs)) this.#deadlines.arm(task);
    }
  }

  #onDue(task: Task, due: Due, nowMs: number, abandon: (task: Task, event: BadEnd, failure: Failure) => void): void {
    switch (due) {
      case 'rested':
        this.queue(task.group).wake(task);
        return;
      case 'stranded':
        if (this.#stranding.isStranded(task)) abandon(task, 'failed', this.#stranding.reason(task));
        else task.strandedAtMs = Infinity;
        return;
      case 'total':
      case 'wait':
      case 'run':
        abandon(task, 'expired', limitPassed(due, task, nowMs, this.#stranding.reasonNow(task)));
    }
  }

  #count({ type, queuedAtMs, endedAtMs }: Task, state: EndState): void {
    const { counters } = this.#parts;
    counters[state]++;
    if (state === 'done' || state === 'failed') counters.taskTime.of(type).observe((endedAtMs - queuedAtMs) / 1000);
  }

  #tell(task: Task, event: ToldEvent): void {
    const { observer } = this.#parts;
    if (observer.listening) observer.onTask(task, event);
  }
}
