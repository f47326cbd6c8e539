// One attempt as the slave holds it, from its arrival to its one result. It is linked into the wheel of deadlines through itself.
import type { Outcome } from '../../common/protocol/messages.ts';
import { NOT_IN_WHEEL, type WheelEntry } from '../../common/time/deadline-wheel.ts';

/** How an attempt ends. `value`: the result, or the sentence that says why it failed; `stack`: where it was thrown. */
export interface Ending {
  readonly outcome: Outcome;
  readonly value: unknown;
  readonly stack?: string | undefined;
}

export const CANCELLED: Ending = { outcome: 'cancelled', value: null };
export const EXPIRED: Ending = { outcome: 'expired', value: null };

/** Whoever gave a task to the executor, and is told what becomes of it. There are few of them: they take turns. */
export interface TaskOwner {
  onStarted(task: SlaveTask): void;
  /** Once, unless the task was withdrawn. */
  onFinished(task: SlaveTask, ending: Ending, runMs: number): void;
  onProgress(task: SlaveTask, ratio: number, text: string): void;
}

/** What is to be run, with times on the slave's clock. */
export interface TaskOrder {
  readonly id: string;
  readonly attempt: number;
  readonly type: string;
  readonly params: unknown;
  readonly weight: number;
  /** When its time is over, begun or not; Infinity for never. */
  readonly deadlineMs: number;
  /** How long it may run; Infinity for as long as it likes. */
  readonly runLimitMs: number;
}

export class SlaveTask implements TaskOrder, WheelEntry {
  readonly id: string;
  readonly attempt: number;
  readonly type: string;
  readonly params: unknown;
  readonly weight: number;
  readonly deadlineMs: number;
  readonly runLimitMs: number;
  readonly key: string;
  readonly owner: TaskOwner;
  /** It was reported as started. */
  started = false;
  /** Since when it runs; undefined while it waits. */
  runsSinceMs: number | undefined = undefined;
  /** Decided before its thread has ended: this is how it ends then. */
  ending: Ending | undefined = undefined;
  /** It has ended, or was given back: whatever a thread still says of it is ignored. */
  over = false;
  /** It was taken back from a thread that had finished it but could not say so, and may be inside several now. */
  again = false;
  /** How long it may take, as known when it was sent to a thread. */
  expectedMs = 0;
  wheelTick = NOT_IN_WHEEL;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelNext: WheelEntry | undefined = undefined;

  constructor({ id, attempt, type, params, weight, deadlineMs, runLimitMs }: TaskOrder, owner: TaskOwner) {
    this.id = id;
    this.attempt = attempt;
    this.type = type;
    this.params = params;
    this.weight = weight;
    this.deadlineMs = deadlineMs;
    this.runLimitMs = runLimitMs;
    this.key = keyOf(id, attempt);
    this.owner = owner;
  }
}

/** Ids are unique per attempt: a task may come back to the same slave. */
export function keyOf(id: string, attempt: number): string {
  return `${id}/${attempt.toString()}`;
}
