// A task: one mutable record. It is linked into its queue and into the deadline wheel through itself, so that a finished task
// leaves nothing behind. Which states can follow which is task-state.ts; what falls due when is limits.ts.
import type { Failure } from '../../common/errors.ts';
import type { Params, TaskValue } from '../../common/task-types/contract.ts';
import type { Priority } from '../../common/task-types/priority.ts';
import { NOT_IN_WHEEL, type WheelEntry } from '../../common/time/deadline-wheel.ts';
import type { Member } from '../pool/member.ts';
import type { TaskLimits } from './task-limits.ts';
import type { EndState, TaskState } from '../../common/task-types/task-states.ts';

/** What the client is told, once. */
export interface TaskAnswer {
  readonly state: EndState;
  /** The result, when done. */
  readonly value?: TaskValue;
  /** Why not, when not done. */
  readonly failure?: Failure;
}

/** Times are milliseconds of the master's clock; Infinity stands for never. */
export interface TaskOrder {
  readonly id: string;
  readonly type: string;
  readonly group: string;
  readonly params: Params;
  /** At least 1. */
  readonly weight: number;
  readonly priority: Priority;
  readonly queuedAtMs: number;
  /** Tasks may share one object: of a million that wait, most have the same limits. */
  readonly limits: TaskLimits;
  /** Called exactly once, when the task has ended. */
  readonly onEnd: (task: Task, answer: TaskAnswer) => void;
}

/** No slot in a queue. */
export const NOT_QUEUED = -1;

export class Task implements WheelEntry {
  readonly id: string;
  readonly type: string;
  readonly group: string;
  readonly weight: number;
  readonly priority: Priority;
  readonly queuedAtMs: number;
  readonly limits: TaskLimits;
  params: Params | undefined;
  onEnd: TaskOrder['onEnd'] | undefined;
  state: TaskState = 'queued';
  /** How many attempts were dispatched; the number of the last one. */
  attempts = 0;
  /** How many of them had started on a slave whose process then died. */
  deaths = 0;
  /** How many of them came to nothing without the slave's consent: decides how long it rests. */
  losses = 0;
  retriesLeft: number;
  /** Name of the slave of the last attempt. */
  slave: string | undefined = undefined;
  /** The member that its last attempt was lost at: another one is preferred. */
  avoid: Member | undefined = undefined;
  dispatchedAtMs = 0;
  /** When the last attempt started, as the master heard; 0 when it has not. */
  startedAtMs = 0;
  /** Whether any attempt ever started. */
  hasStarted = false;
  /** When it ended; 0 until then. */
  endedAtMs = 0;
  /** Until then it rests in the queue; 0 when it does not. */
  restUntilMs = 0;
  /** When it fails for want of a member that could ever take it. */
  strandedAtMs = Infinity;
  /** Run time of the attempt that answered, as the slave measured it. */
  runMs = 0;

  wheelTick = NOT_IN_WHEEL;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelNext: WheelEntry | undefined = undefined;
  /** Its turn: given by the queue once, kept when it comes back. */
  turn = 0;
  /** Its place in the queue's order. Only the queue writes it. */
  queueSlot = NOT_QUEUED;

  constructor(order: TaskOrder) {
    this.id = order.id;
    this.type = order.type;
    this.group = order.group;
    this.weight = order.weight;
    this.priority = order.priority;
    this.queuedAtMs = order.queuedAtMs;
    this.limits = order.limits;
    this.retriesLeft = order.limits.retries;
    this.params = order.params;
    this.onEnd = order.onEnd;
  }
}
