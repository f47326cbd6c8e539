// What a door may ask of the cluster. A door turns requests into admissions and answers; it knows nothing of algorithms,
// sockets or the pool.
import type { Failure } from '../../common/errors.ts';
import type { About, SlaveRow, Snapshot } from '../../common/feed/feed.ts';
import type { TargetGroup } from '../../common/prometheus/targets.ts';
import type { ParameterSchema, Params, ResultKind, TaskValue } from '../../common/task-types/contract.ts';
import type { Priority } from '../../common/task-types/priority.ts';
import type { EndState, TaskState } from '../../common/task-types/task-states.ts';
import type { AutoscaleView } from './autoscale-view.ts';
import type { ServiceView } from './forwarding.ts';

export type { Forwarding, Route, RouteAsker, RouteEnd } from './forwarding.ts';

/** Parameters as a client gave them: from a URL, where every value of every name is text, or from JSON. */
export type GivenParams =
  | { readonly form: 'query'; readonly values: ReadonlyMap<string, readonly string[]> }
  | { readonly form: 'json'; readonly values: Readonly<Record<string, unknown>> };

export interface TaskRequest {
  readonly type: string;
  readonly given: GivenParams;
  readonly priority: Priority;
  /** From admission to answer; Infinity for no limit. */
  readonly timeoutMs: number;
  /** Until an attempt of it starts for the first time; Infinity for no limit. */
  readonly waitTimeoutMs: number;
  /** One attempt, from its start at the slave; Infinity for no limit. */
  readonly runTimeoutMs: number;
  /** How often it is tried again when it throws. */
  readonly retries: number;
}

/** The end of a task, told once. */
export interface TaskReport {
  readonly id: string;
  readonly type: string;
  readonly params: Params;
  readonly state: EndState;
  readonly value?: TaskValue;
  readonly failure?: Failure;
  /** Name of the slave that had it last. */
  readonly slave: string | undefined;
  readonly attempts: number;
  readonly queuedMs: number;
  readonly runMs: number;
}

/** A task as it is now, without what may be large. Times of day are ISO 8601. */
export interface TaskSummary {
  readonly id: string;
  readonly type: string;
  readonly state: TaskState;
  readonly priority: Priority;
  readonly weight: number;
  readonly slave: string | undefined;
  readonly attempts: number;
  /** 0 to 1, as the task last said; 0 when it said nothing. */
  readonly progress: number;
  readonly message: string;
  readonly queuedAt: string;
  /** When its last attempt started at the slave, as far as the master has heard. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly queuedMs: number;
  /** Of the attempt that answered, as the slave measured it; 0 until then. */
  readonly runMs: number;
}

export interface TaskView extends TaskSummary {
  readonly params: Params;
  /** When done. */
  readonly value?: TaskValue;
  /** When failed, cancelled or expired. */
  readonly failure?: Failure;
}

export interface TaskFilter {
  readonly state: TaskState | undefined;
  readonly type: string | undefined;
  readonly limit: number;
  /** `next` of the page before; undefined for the first. */
  readonly cursor: string | undefined;
}

/** Newest first. A page may be short, even empty, and still have a `next`. */
export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  readonly next: string | undefined;
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

/** Tasks to be taken in whose results are kept. */
export interface Submission {
  /** In order; what could not even be read stands as its failure. */
  readonly tasks: readonly (TaskRequest | Failure)[];
  /** The client's address: it may cancel them. */
  readonly submitter: string;
  readonly idempotencyKey: string | undefined;
  /** The same for the same request; compared when a key is used again. */
  readonly fingerprint: string;
}

/** What became of each task of a submission, in order. */
export interface Accepted {
  readonly ok: true;
  readonly tasks: readonly ({ readonly id: string } | Failure)[];
  /** The key was known: these tasks were taken in before. */
  readonly replayed: boolean;
}

export interface TaskTypeView {
  readonly name: string;
  readonly description: string;
  readonly group: string;
  readonly schema: ParameterSchema;
  readonly result: ResultKind;
  readonly weight: unknown;
}

export interface SlaveView extends SlaveRow {
  readonly groups: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Where clients call it over gRPC; 0 when it takes no calls. */
  readonly grpcPort: number;
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
  /** Of every group that is not in `groups`. */
  readonly name: string;
  readonly available: readonly string[];
  /** Of groups that have their own, by the name that people see. */
  readonly groups: Readonly<Record<string, string>>;
}

/**
 * Something changed: `slave` {id, name, from, to, reason}, `task` {id, type, state, event, attempt, slave}, `progress` {id, ratio,
 * message, slave}, `autoscale` {group, at, from, to, reason}.
 */
export interface ClusterEvent {
  readonly kind: 'slave' | 'task' | 'progress' | 'autoscale';
  readonly data: Readonly<Record<string, unknown>>;
}

/** What `GET /debug/invariants` answers. */
export interface InvariantsView {
  readonly ok: boolean;
  /** One sentence each; at most 100 of them. */
  readonly violations: readonly string[];
  readonly checked: Readonly<Record<string, number>>;
}

/** What those who watch the cluster are told. */
export interface FeedView {
  /** Given the port at which the client found the master. */
  about(httpPort: number): Omit<About, 'mayChange' | 'whyNot'>;
  /** JSON of `History`. Nobody may write to it: as long as nothing is new, all who ask get the same bytes. */
  history(): Buffer;
  snapshot(): Snapshot;
}

/** The tasks that have not ended, and those whose results are kept. */
export interface TaskDesk {
  /** Admits a task; `onEnd` is called exactly once, later or before this returns, unless the request is refused. */
  submit(request: TaskRequest, onEnd: (report: TaskReport) => void): Admitted | Refused;
  /** Takes tasks in whose results are kept. Refused as a whole only when the key was used for something else. */
  accept(submission: Submission): Promise<Accepted | Refused>;
  /** Whether accepted tasks outlive this process. */
  readonly durable: boolean;
  task(id: string): TaskView | undefined;
  tasks(filter: TaskFilter): TaskPage | Failure;
  /** Calls `onEnd` when the task ends, at once if it has; returns how to stop waiting. Undefined when there is no such task. */
  whenEnded(id: string, onEnd: (view: TaskView) => void): (() => void) | undefined;
  /** The address of whoever submitted it; undefined when there is no such task. */
  submitterOf(id: string): string | undefined;
  /** Undefined when it is cancelled now. */
  cancel(id: string, reason: string): Failure | undefined;
}

/** A place to call, as a backend says it or as a client is told it. */
export interface Backend {
  readonly id: string;
  /** Host name or IP address. */
  readonly address: string;
  readonly port: number;
  /** 0 or more. */
  readonly load: number;
  /** '' means `compute`. */
  readonly service: string;
}

/** A registered backend as it is now. */
export interface BackendView {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly service: string;
  /** `ready`, or `suspect` when its reports are missing. */
  readonly state: string;
  /** As the algorithms see it: what it reported, and one for each open lease. */
  readonly load: number;
  /** As it last said. */
  readonly reported: number;
  readonly leases: number;
  /** How often it was chosen since it registered. */
  readonly picks: number;
  /** ISO 8601. */
  readonly joinedAt: string;
  readonly lastReportAgoMs: number;
}

/** Which backends, and how many at once. */
export interface BackendFilter {
  /** Undefined for all. */
  readonly service: string | undefined;
  readonly limit: number;
  /** `next` of the page before; undefined for the first. */
  readonly cursor: string | undefined;
}

export interface BackendPage {
  readonly backends: readonly BackendView[];
  readonly next: string | undefined;
}

/** What a backend that registers or reports is told. */
export interface BackendWelcome {
  readonly message: string;
  /** How often its load is expected. */
  readonly reportIntervalMs: number;
}

/** Which backend to call is asked here; the call itself passes the master by. */
export interface LookAside {
  /** Takes a backend in that is no slave, or brings one up to date; an empty address means `peer`, the caller's. */
  register(backend: Backend, peer: string): BackendWelcome | Failure;
  report(id: string, load: number): BackendWelcome | Failure;
  /** The backend of the service ('' means `compute`, the slaves) that the algorithm chooses for one call. */
  choose(service: string): Backend | Failure;
}

/** The cluster as doors see it. */
export interface Cluster {
  readonly tasks: TaskDesk;
  readonly feed: FeedView;
  taskTypes(): readonly TaskTypeView[];
  slaves(): readonly SlaveView[];
  /** By id, or by the name that people see. */
  slave(id: string): SlaveView | undefined;
  slaveTasks(id: string): readonly SlaveTaskView[] | undefined;
  /** Those that are no slaves, in the order in which they registered. A failure for a cursor that is none. */
  backends(filter: BackendFilter): BackendPage | Failure;
  /** Those to which requests are forwarded, in the order in which they came. */
  services(): readonly ServiceView[];
  /** No new work for it from now on; what has not begun comes back. Undefined when there is no such slave. */
  drainSlave(id: string): SlaveView | undefined;
  /** Takes work again. A slave that is leaving cannot. */
  resumeSlave(id: string): SlaveView | Failure | undefined;
  algorithm(): AlgorithmView;
  setAlgorithm(name: string): AlgorithmView | Failure;
  /** Of the groups of this name alone, which need not exist yet. `null`: they follow the cluster's again. */
  setGroupAlgorithm(group: string, name: string | null): AlgorithmView | Failure;
  /** Calls `onEvent` for every change until the returned function is called. */
  subscribe(onEvent: (event: ClusterEvent) => void): () => void;
  /** Replicas that come and go with the work. */
  autoscale(): AutoscaleView;
  invariants(): InvariantsView;
  /** Slaves for Prometheus to scrape: those at `hosts`, or all. */
  targets(hosts: ReadonlySet<string> | undefined): readonly TargetGroup[];
  /** Whether any slave takes work now. */
  hasReadySlave(): boolean;
  /** False while draining. */
  takesWork(): boolean;
}
