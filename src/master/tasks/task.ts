// A task: one mutable record, and the one function that says which states can follow which. The record is linked into its queue
// and into the deadline wheel through itself, so that a finished task leaves nothing behind.
import type { Failure } from '../../common/errors.ts';
import type { Params, TaskValue } from '../../common/task-types/contract.ts';
import { NOT_IN_WHEEL, type WheelEntry } from '../../common/time/deadline-wheel.ts';

export type TaskState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';

export type TaskEvent =
  /** An attempt was sent to a member. */
  | 'dispatched'
  /** The attempt came to nothing (lost, refused, recalled): back into the queue. */
  | 'returned'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'expired';

/** The state after `event`, or undefined when the event means nothing in this state (a late answer, a second cancel). */
export function nextTaskState(state: TaskState, event: TaskEvent): TaskState | undefined {
  if (state !== 'queued' && state !== 'running') return undefined;
  switch (event) {
    case 'dispatched':
      return state === 'queued' ? 'running' : undefined;
    case 'returned':
      return state === 'running' ? 'queued' : undefined;
    case 'succeeded':
      return state === 'running' ? 'done' : undefined;
    case 'failed':
    case 'cancelled':
    case 'expired':
      return event;
  }
}

/** What the client is told, once. */
export interface TaskAnswer {
  readonly state: Exclude<TaskState, 'queued' | 'running'>;
  /** The result, when done. */
  readonly value?: TaskValue;
  /** Why not, when not done. */
  readonly failure?: Failure;
}

export interface TaskOrder {
  readonly id: string;
  readonly type: string;
  readonly group: string;
  readonly params: Params;
  /** At least 1. */
  readonly weight: number;
  readonly queuedAtMs: number;
  /** When it expires, on the clock of `queuedAtMs`; Infinity for never. */
  readonly deadlineMs: number;
  /** Called exactly once, when the task has ended. */
  readonly onEnd: (task: Task, answer: TaskAnswer) => void;
}

export class Task implements WheelEntry {
  readonly id: string;
  readonly type: string;
  readonly group: string;
  readonly weight: number;
  readonly queuedAtMs: number;
  readonly deadlineMs: number;
  params: Params | undefined;
  onEnd: TaskOrder['onEnd'] | undefined;
  state: TaskState = 'queued';
  /** How many attempts were dispatched. */
  attempts = 0;
  /** How many of them had started on a slave whose process then died. */
  deaths = 0;
  /** Name of the slave of the last attempt. */
  slave: string | undefined = undefined;
  dispatchedAtMs = 0;
  /** Run time of the attempt that answered, as the slave measured it. */
  runMs = 0;

  wheelTick = NOT_IN_WHEEL;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelNext: WheelEntry | undefined = undefined;
  /** Its turn: given by the queue once, kept when it comes back. */
  turn = 0;
  queuePrevious: Task | undefined = undefined;
  queueNext: Task | undefined = undefined;

  constructor(order: TaskOrder) {
    this.id = order.id;
    this.type = order.type;
    this.group = order.group;
    this.weight = order.weight;
    this.queuedAtMs = order.queuedAtMs;
    this.deadlineMs = order.deadlineMs;
    this.params = order.params;
    this.onEnd = order.onEnd;
  }
}
