// What this slave has in hand for its master: takes tasks that fit, refuses those that do not, gives back what is recalled, and keeps
// each until its result is on its way. Slots and weight are checked here again: the master may be out of date.
import {
  ACKS,
  OUTCOMES,
  Tag,
  type AckState,
  type Held,
  type Message,
  type TaskMessage,
} from '../common/protocol/messages.ts';
import { isForeignTaskId } from '../common/protocol/task-ids.ts';
import type { Clock } from '../common/time/clock.ts';
import type { Executor } from './executor/executor.ts';
import { keyOf, SlaveTask, type Ending, type TaskOwner } from './executor/slave-task.ts';
import { slotsFor } from './executor/slots.ts';
import type { TaskCounters } from './task-counters.ts';
import type { WeightInHand } from './weight-in-hand.ts';

export interface IntakeParts {
  readonly clock: Clock;
  readonly executor: Executor;
  /** Shared with whoever else brings work here. */
  readonly weight: WeightInHand;
  readonly counters: TaskCounters;
  /** Worker threads at most. */
  readonly concurrency: number;
  /** Names of the task types that can be run here. */
  readonly taskTypes: ReadonlySet<string>;
}

export interface IntakeHandlers {
  /** To the master; kept back while there is none, in order. */
  send(message: Message): void;
  onSlots(slots: number): void;
  /** The slave takes nothing new from now on, or takes work again. */
  onDraining?(draining: boolean): void;
}

export class Intake implements TaskOwner {
  readonly #parts: IntakeParts;
  readonly #handlers: IntakeHandlers;
  readonly #tasks = new Map<string, SlaveTask>();
  #running = 0;
  #slots: number;
  /** Asked for by the master, until it says otherwise. */
  #drained = false;
  /** The process is about to end. */
  #leaving = false;
  #onEmpty: (() => void)[] = [];

  constructor(parts: IntakeParts, handlers: IntakeHandlers) {
    this.#parts = parts;
    this.#handlers = handlers;
    this.#slots = slotsFor(parts.concurrency, undefined);
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

  /** Takes nothing new, for whatever reason. */
  get draining(): boolean {
    return this.#drained || this.#leaving;
  }

  /** Takes nothing new, and never will again. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Every task in hand. */
  holds(): Held[] {
    return Array.from(this.#tasks.values(), ({ id, attempt, started }) => [id, attempt, started] as const);
  }

  accept([, id, attempt, type, params, weight, remainingMs, runMs = 0]: TaskMessage): void {
    const { clock, executor, weight: inHand, counters } = this.#parts;
    const deadlineMs = remainingMs === 0 ? Infinity : clock.nowMs() + remainingMs;
    const runLimitMs = runMs === 0 ? Infinity : runMs;
    const task = new SlaveTask({ id, attempt, type, params, weight, deadlineMs, runLimitMs }, this);
    if (this.#tasks.has(task.key)) return;
    const problem = this.#problemWith(type, weight);
    if (problem !== undefined) {
      counters.refused++;
      this.#acknowledge(task, 'refused', problem);
      return;
    }
    counters.requested++;
    this.#tasks.set(task.key, task);
    inHand.tasks.add(weight);
    executor.submit(task);
  }

  /** Ends a task that its master no longer wants. One that is not here is reported as cancelled all the same. */
  cancel(id: string, attempt: number): void {
    const task = this.#tasks.get(keyOf(id, attempt));
    if (task !== undefined) this.#parts.executor.cancel(task);
    else this.#handlers.send([Tag.Result, id, attempt, OUTCOMES.indexOf('cancelled'), null, 0, false]);
  }

  /** Gives a task back if it has not begun. */
  recall(id: string, attempt: number): void {
    const task = this.#tasks.get(keyOf(id, attempt));
    if (task !== undefined) this.#giveBack(task, 'recalled');
  }

  /** Takes nothing new until `resume` and gives back all that has not begun. */
  drain(): void {
    this.#drained = true;
    this.#giveAllBack();
    this.#handlers.onDraining?.(true);
  }

  /** Takes work again, unless the slave is leaving. */
  resume(): void {
    this.#drained = false;
    this.#handlers.onDraining?.(this.draining);
  }

  /** Takes nothing new from now on and gives back all that has not begun; resolves when the last task has ended. */
  leave(): Promise<void> {
    this.#leaving = true;
    this.#giveAllBack();
    this.#handlers.onDraining?.(true);
    return new Promise((resolve) => {
      if (this.#tasks.size === 0) resolve();
      else this.#onEmpty.push(resolve);
    });
  }

  /** The master is another one now: what the old one ordered is ended. */
  dropForeign(masterId: string): void {
    for (const task of [...this.#tasks.values()]) {
      if (isForeignTaskId(task.id, masterId)) this.#parts.executor.cancel(task);
    }
  }

  onStarted(task: SlaveTask): void {
    this.#running++;
    this.#acknowledge(task, 'started');
  }

  onProgress({ id, attempt }: SlaveTask, ratio: number, text: string): void {
    this.#handlers.send([Tag.Progress, id, attempt, ratio, text]);
  }

  onFinished(task: SlaveTask, { outcome, value, stack }: Ending, runMs: number): void {
    const { id, attempt, type } = task;
    this.#parts.counters.finish(type, outcome, runMs);
    const end = [Tag.Result, id, attempt, OUTCOMES.indexOf(outcome), value ?? null, runMs, false] as const;
    this.#handlers.send(stack === undefined ? end : [...end, stack]);
    this.#remove(task);
  }

  /** To be called when run times may look different. In steps of powers of two, so that small changes of the mean are not worth a message. */
  updateSlots(): void {
    const { concurrency, executor } = this.#parts;
    const window = slotsFor(concurrency, executor.runTimes.meanMs) - concurrency;
    const slots = concurrency + concurrency * 2 ** Math.floor(Math.log2(window / concurrency));
    if (slots === this.#slots) return;
    this.#slots = slots;
    this.#handlers.onSlots(slots);
  }

  #problemWith(type: string, weight: number): string | undefined {
    if (this.draining) return 'the slave is draining';
    if (!this.#parts.taskTypes.has(type)) return `no task type ${type} here`;
    if (this.#tasks.size >= this.#slots) return `all ${this.#slots.toString()} slots are taken`;
    return this.#parts.weight.problemWith(weight);
  }

  #giveAllBack(): void {
    for (const task of [...this.#tasks.values()]) this.#giveBack(task, 'draining');
  }

  #giveBack(task: SlaveTask, reason: string): void {
    if (!this.#parts.executor.withdraw(task)) return;
    this.#remove(task);
    this.#acknowledge(task, 'refused', reason);
  }

  #remove(task: SlaveTask): void {
    this.#tasks.delete(keyOf(task.id, task.attempt));
    this.#parts.weight.tasks.remove(task.weight);
    if (task.started) this.#running--;
    if (this.#tasks.size > 0 || this.#onEmpty.length === 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  #acknowledge({ id, attempt }: SlaveTask, state: AckState, reason = ''): void {
    this.#handlers.send([Tag.Ack, id, attempt, ACKS.indexOf(state), reason]);
  }
}
