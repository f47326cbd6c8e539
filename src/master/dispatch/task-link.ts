// What dispatch needs of a member's connection. Implemented by the slave session; by plain objects in tests and the simulator.
import type { Params } from '../../common/task-types/contract.ts';

export interface Dispatched {
  readonly id: string;
  readonly attempt: number;
  readonly type: string;
  readonly params: Params;
  readonly weight: number;
  /** Time left until the task's deadline; Infinity when it has none. */
  readonly remainingMs: number;
  /** How long this attempt may run; Infinity when it may as long as it likes. */
  readonly runLimitMs: number;
}

/** Everything is best effort: a link that is down swallows it, and the member's fate decides about its tasks. */
export interface TaskLink {
  dispatch(task: Dispatched): void;
  cancel(id: string, attempt: number): void;
  /** Asks for a task back that has not started. It comes back as a refusal, or the slave has begun it and says nothing. */
  recall(id: string, attempt: number): void;
}
