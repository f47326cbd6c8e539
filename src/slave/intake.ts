// What this slave has in hand: takes tasks that fit, refuses those that do not, gives back what is recalled, and keeps each until
// its result is on its way. Slots and weight are checked here again: the master may be out of date.
import {
  ACKS,
  OUTCOMES,
  Tag,
  type AckState,
  type Held,
  type Message,
  type Outcome,
  type TaskMessage,
} from '../common/protocol/messages.ts';
import { isForeignTaskId } from '../common/protocol/task-ids.ts';
import { Executor, type ExecutorOptions } from './executor/executor.ts';
import { keyOf, type SlaveTask } from './executor/slave-task.ts';
import { slotsFor, WINDOW_MS } from './executor/slots.ts';
import type { TaskCounters } from './task-counters.ts';

/** How often a task that others wait behind is checked for taking longer than expected. */
const AGE_CHECK_MS = 5;

export interface IntakeOptions extends ExecutorOptions {
  /** Names of the task types that can be run here. */
  readonly taskTypes: ReadonlySet<string>;
  readonly maxLoad: number;
}

export interface IntakeHandlers {
  /** To the master; kept back while there is none, in order. */
  send(message: Message): void;
  onSlots(slots: number): void;
  onEmpty(): void;
  onFatal(reason: string): void;
}

export class Intake {
  readonly counters: TaskCounters;
  readonly #options: IntakeOptions;
  readonly #handlers: IntakeHandlers;
  readonly #executor: Executor;
  readonly #tasks = new Map<string, SlaveTask>();
  #weight = 0;
  #running = 0;
  #slots: number;
  #draining = false;
  #ageCheck: NodeJS.Timeout | undefined;

  constructor(options: IntakeOptions, counters: TaskCounters, handlers: IntakeHandlers) {
    this.#options = options;
    this.counters = counters;
    this.#handlers = handlers;
    this.#slots = slotsFor(options.concurrency, undefined);
    this.#executor = new Executor(options, {
      onStarted: (task) => {
        this.#running++;
        this.#acknowledge(task, 'started');
      },
      onFinished: (task, outcome, value, runMs) => this.#finish(task, outcome, value, runMs),
      onProgress: ({ id, attempt }, ratio, text) => handlers.send([Tag.Progress, id, attempt, ratio, text]),
      onFatal: (reason) => handlers.onFatal(reason),
    });
  }

  /** Weight of all tasks in hand. */
  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#tasks.size;
  }

  get running(): number {
    return this.#running;
  }

  get slots(): number {
    return this.#slots;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Every task in hand. */
  holds(): Held[] {
    return Array.from(this.#tasks.values(), ({ id, attempt, started }) => [id, attempt, started] as const);
  }

  accept([, id, attempt, type, params, weight]: TaskMessage): void {
    const key = keyOf(id, attempt);
    if (this.#tasks.has(key)) return;
    const task: SlaveTask = { id, attempt, type, params, weight, cancelled: false, started: false, expectedMs: 0 };
    const problem = this.#problemWith(type, weight);
    if (problem !== undefined) {
      this.counters.refused++;
      this.#acknowledge(task, 'refused', problem);
      return;
    }
    this.counters.requested++;
    this.#tasks.set(key, task);
    this.#weight += weight;
    this.#executor.submit(task);
    if (this.#tasks.size > this.#options.concurrency) this.#watchAge();
  }

  /** Ends a task that its master no longer wants. One that is not here is reported as cancelled all the same. */
  cancel(id: string, attempt: number): void {
    const task = this.#tasks.get(keyOf(id, attempt));
    if (task !== undefined) this.#executor.cancel(task);
    else this.#handlers.send([Tag.Result, id, attempt, OUTCOMES.indexOf('cancelled'), null, 0, false]);
  }

  /** Gives a task back if it has not begun. */
  recall(id: string, attempt: number): void {
    const task = this.#tasks.get(keyOf(id, attempt));
    if (task !== undefined) this.#giveBack(task, 'recalled');
  }

  /** Takes nothing new from now on and gives back all that has not begun. */
  drain(): void {
    this.#draining = true;
    for (const task of [...this.#tasks.values()]) this.#giveBack(task, 'draining');
    if (this.#tasks.size === 0) this.#handlers.onEmpty();
  }

  /** The master is another one now: what the old one ordered is ended. */
  dropForeign(masterId: string): void {
    for (const task of [...this.#tasks.values()]) {
      if (isForeignTaskId(task.id, masterId)) this.#executor.cancel(task);
    }
  }

  close(): void {
    clearInterval(this.#ageCheck);
    this.#executor.close();
  }

  get threads(): number {
    return this.#executor.threads;
  }

  #problemWith(type: string, weight: number): string | undefined {
    if (this.#draining) return 'the slave is draining';
    if (!this.#options.taskTypes.has(type)) return `no task type ${type} here`;
    if (this.#tasks.size >= this.#slots) return `all ${this.#slots.toString()} slots are taken`;
    if (this.#weight + weight <= this.#options.maxLoad) return undefined;
    return `weight ${weight.toString()} on top of ${this.#weight.toString()} exceeds max load ${this.#options.maxLoad.toString()}`;
  }

  #giveBack(task: SlaveTask, reason: string): void {
    if (!this.#executor.withdraw(task)) return;
    this.#remove(task);
    this.#acknowledge(task, 'refused', reason);
  }

  #finish(task: SlaveTask, outcome: Outcome, value: unknown, runMs: number): void {
    this.#remove(task);
    this.counters.finish(task.type, outcome);
    const { id, attempt } = task;
    const sent = outcome === 'cancelled' ? null : (value ?? null);
    this.#handlers.send([Tag.Result, id, attempt, OUTCOMES.indexOf(outcome), sent, runMs, false]);
    this.#updateSlots();
    if (this.#draining && this.#tasks.size === 0) this.#handlers.onEmpty();
  }

  #remove(task: SlaveTask): void {
    this.#tasks.delete(keyOf(task.id, task.attempt));
    this.#weight = this.#tasks.size === 0 ? 0 : this.#weight - task.weight;
    if (task.started) this.#running--;
  }

  #acknowledge({ id, attempt }: SlaveTask, state: AckState, reason = ''): void {
    this.#handlers.send([Tag.Ack, id, attempt, ACKS.indexOf(state), reason]);
  }

  /** In steps of powers of two, so that small changes of the mean are not worth a message. */
  #updateSlots(): void {
    const { concurrency } = this.#options;
    const window = slotsFor(concurrency, this.#executor.runTimes.meanMs) - concurrency;
    const slots = concurrency + concurrency * 2 ** Math.floor(Math.log2(window / concurrency));
    if (slots === this.#slots) return;
    this.#slots = slots;
    this.#handlers.onSlots(slots);
  }

  /** While tasks wait behind running ones: a task that takes long shrinks the slots at once, not only when it ends. */
  #watchAge(): void {
    this.#ageCheck ??= setInterval(() => {
      const ageMs = this.#executor.oldestAgeMs();
      if (ageMs > WINDOW_MS) this.#executor.runTimes.observeAge(ageMs);
      this.#updateSlots();
      this.#executor.rescue(WINDOW_MS);
      if (this.#executor.unstarted > 0) return;
      clearInterval(this.#ageCheck);
      this.#ageCheck = undefined;
    }, AGE_CHECK_MS);
  }
}
