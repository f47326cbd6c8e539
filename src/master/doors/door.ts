// What a door may ask of the cluster. A door turns requests into admissions and answers; it knows nothing of algorithms,
// sockets or the pool.
import type { Failure } from '../../common/errors.ts';
import type { ParameterSchema, Params, ResultKind, TaskValue } from '../../common/task-types/contract.ts';

export interface TaskRequest {
  readonly type: string;
  /** Parameters as they stand in a URL: every value of every name. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** From admission to answer. */
  readonly timeoutMs: number;
}

/** The end of a task, told once. */
export interface TaskReport {
  readonly id: string;
  readonly type: string;
  readonly params: Params;
  readonly state: 'done' | 'failed' | 'cancelled' | 'expired';
  readonly value?: TaskValue;
  readonly failure?: Failure;
  /** Name of the slave that had it last. */
  readonly slave: string | undefined;
  readonly attempts: number;
  readonly queuedMs: number;
  readonly runMs: number;
}

export interface Admitted {
  readonly ok: true;
  readonly id: string;
  /** Whoever asked has gone: frees the task's place. Harmless after the end. */
  cancel(reason: string): void;
}

export interface Refused {
  readonly ok: false;
  readonly failure: Failure;
}

export interface TaskTypeView {
  readonly name: string;
  readonly description: string;
  readonly group: string;
  readonly schema: ParameterSchema;
  readonly result: ResultKind;
  readonly weight: unknown;
}

export interface SlaveView {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly state: string;
  readonly load: number;
  readonly cpu: number;
  readonly memory: number;
  readonly weight: number;
  readonly maxLoad: number;
  readonly slots: number;
  readonly leases: number;
  readonly running: number;
  readonly groups: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly joinedAt: string;
}

export interface SlaveTaskView {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly weight: number;
  readonly attempt: number;
  readonly started: boolean;
  readonly progress: number;
  readonly message: string;
}

export interface AlgorithmView {
  readonly name: string;
  readonly available: readonly string[];
}

/** The cluster as doors see it. */
export interface Cluster {
  /** Admits a task; `onEnd` is called exactly once, later or before this returns, unless the request is refused. */
  submit(request: TaskRequest, onEnd: (report: TaskReport) => void): Admitted | Refused;
  taskTypes(): readonly TaskTypeView[];
  slaves(): readonly SlaveView[];
  slave(id: string): SlaveView | undefined;
  slaveTasks(id: string): readonly SlaveTaskView[] | undefined;
  algorithm(): AlgorithmView;
  setAlgorithm(name: string): AlgorithmView | Failure;
  /** Whether any slave takes work now. */
  hasReadySlave(): boolean;
  /** False while draining. */
  takesWork(): boolean;
}
