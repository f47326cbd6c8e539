// Where submitted tasks are written down, from the moment they are accepted until their results are no longer kept. One
// implementation per file beside this one; every one runs test/conformance/journal.conformance.test.ts.
import type { Failure } from '../../common/errors.ts';
import type { Params, TaskValue } from '../../common/task-types/contract.ts';
import type { Priority } from '../../common/task-types/priority.ts';
import type { TaskLimits } from '../tasks/task-limits.ts';
import type { EndState } from '../../common/task-types/task-states.ts';

/** How a task ended. Times of day in milliseconds since 1970. */
export interface Ending {
  readonly state: EndState;
  /** When done. */
  readonly value?: TaskValue;
  /** When not done. */
  readonly failure?: Failure;
  readonly slave: string | undefined;
  readonly attempts: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number;
  readonly queuedMs: number;
  readonly runMs: number;
}

/** A task as it was accepted. */
export interface TaskRecord {
  readonly id: string;
  /** Greater for every record that is accepted later. */
  readonly sequence: number;
  readonly type: string;
  readonly params: Params;
  readonly weight: number;
  readonly priority: Priority;
  readonly limits: TaskLimits;
  /** Time of day in milliseconds since 1970. */
  readonly acceptedAtMs: number;
  /** The address of the client. */
  readonly submitter: string;
  readonly idempotencyKey: string | undefined;
  /** Undefined until it has ended. */
  readonly ending: Ending | undefined;
}

export interface Journal {
  /** Whether what was written outlives the process. */
  readonly isDurable: boolean;
  /** Writes new records down. The client is told that its tasks are accepted only after this has resolved. */
  accept(records: readonly TaskRecord[]): Promise<void>;
  /** Writes down how a task ended; harmless for one that is not here. */
  end(id: string, ending: Ending): void;
  read(id: string): TaskRecord | undefined;
  /** Strikes records out. */
  forget(ids: readonly string[]): void;
  /** Every record, in order of acceptance. */
  all(): Iterable<TaskRecord>;
  readonly size: number;
}
