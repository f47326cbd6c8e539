// A cluster in memory that does what a test tells it: tasks end when the test ends them, slaves are what the test puts there.
import type { AutoscaleView } from '../../src/master/doors/autoscale-view.ts';
import type { Failure } from '../../src/common/errors.ts';
import type { SlaveRow } from '../../src/common/feed/feed.ts';
import { targetGroups, type ScrapedSlave, type TargetGroup } from '../../src/common/prometheus/targets.ts';
import type {
  Accepted,
  AlgorithmView,
  BackendFilter,
  BackendPage,
  Cluster,
  ClusterEvent,
  InvariantsView,
  Refused,
  SlaveView,
  Submission,
  TaskDesk,
  TaskFilter,
  TaskPage,
  TaskReport,
  TaskRequest,
  TaskView,
} from '../../src/master/doors/door.ts';
import type { ServiceView } from '../../src/master/doors/forwarding.ts';
import type { EndState, TaskState } from '../../src/common/task-types/task-states.ts';
import { AT, FakeFeed } from './fake-feed.ts';

interface FakeTask {
  readonly request: TaskRequest;
  readonly submitter: string;
  view: TaskView;
  readonly waiting: Set<(view: TaskView) => void>;
}

const isFailure = (value: object): value is Failure => 'code' in value;
const hasEnded = ({ state }: TaskView): boolean => state !== 'queued' && state !== 'running';

/** The desk: ids are t1, t2 … in the order of admission. */
export class FakeDesk implements TaskDesk {
  readonly durable = false;
  /** Every task, newest last, until it is forgotten; one of `submit` is as soon as it ends. */
  readonly all = new Map<string, FakeTask>();
  readonly submissions: Submission[] = [];
  /** Ids and reasons of every cancel that was asked for. */
  readonly cancelled: [id: string, reason: string][] = [];
  /** Tasks of these types are refused. */
  readonly refusing = new Map<string, Failure>();
  /** How accepting is delayed. */
  delay: () => Promise<void> = () => Promise.resolve();
  /** The filter of the last list, and what is answered instead of it. */
  filter: TaskFilter | undefined;
  page: TaskPage | Failure | undefined;
  readonly #keys = new Map<string, { readonly fingerprint: string; readonly accepted: Accepted }>();
  #count = 0;

  /** How many callbacks wait for the end of some task. */
  get waiting(): number {
    return [...this.all.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  get ids(): string[] {
    return [...this.all.keys()];
  }

  submit(request: TaskRequest, onEnd: (report: TaskReport) => void): ReturnType<TaskDesk['submit']> {
    const failure = this.refusing.get(request.type);
    if (failure !== undefined) return { ok: false, failure };
    const id = this.#add(request, '');
    this.whenEnded(id, (view) => {
      this.forget(id);
      onEnd({ ...view, state: view.state as EndState });
    });
    return { ok: true, id, cancel: (reason) => void this.cancel(id, reason) };
  }

  async accept(submission: Submission): Promise<Accepted | Refused> {
    this.submissions.push(submission);
    await this.delay();
    const { tasks, submitter, idempotencyKey, fingerprint } = submission;
    const known = idempotencyKey === undefined ? undefined : this.#keys.get(idempotencyKey);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) return { ...known.accepted, replayed: true };
      return { ok: false, failure: { code: 'KEY_REUSED', message: 'this key came with another request' } };
    }
    const taken = tasks.map((task) => {
      const failure = isFailure(task) ? task : this.refusing.get(task.type);
      return failure ?? { id: this.#add(task as TaskRequest, submitter) };
    });
    const accepted: Accepted = { ok: true, tasks: taken, replayed: false };
    if (idempotencyKey !== undefined) this.#keys.set(idempotencyKey, { fingerprint, accepted });
    return accepted;
  }

  task(id: string): TaskView | undefined {
    return this.all.get(id)?.view;
  }

  tasks(filter: TaskFilter): TaskPage | Failure {
    this.filter = filter;
    return this.page ?? { tasks: [...this.all.values()].map(({ view }) => view).reverse(), next: undefined };
  }

  whenEnded(id: string, onEnd: (view: TaskView) => void): (() => void) | undefined {
    const task = this.all.get(id);
    if (task === undefined) return undefined;
    if (hasEnded(task.view)) onEnd(task.view);
    else task.waiting.add(onEnd);
    return () => void task.waiting.delete(onEnd);
  }

  submitterOf(id: string): string | undefined {
    return this.all.get(id)?.submitter;
  }

  cancel(id: string, reason: string): Failure | undefined {
    this.cancelled.push([id, reason]);
    const task = this.all.get(id);
    if (task === undefined) return { code: 'NOT_FOUND', message: 'no such task' };
    if (hasEnded(task.view)) return { code: 'CONFLICT', message: `the task is ${task.view.state} already` };
    this.end(id, { state: 'cancelled', failure: { code: 'CANCELLED', message: reason } });
    return undefined;
  }

  set(id: string, change: Partial<TaskView>): void {
    const task = this.all.get(id)!;
    task.view = { ...task.view, ...change };
  }

  /** Ends a task: done with `value`, unless `change` says otherwise. */
  end(id: string, change: Partial<TaskView> = {}): void {
    const task = this.all.get(id)!;
    const times = { startedAt: AT, endedAt: AT, queuedMs: 1.23456, runMs: 2.5 };
    this.set(id, { state: 'done', slave: 's1', attempts: 1, progress: 1, ...times, ...change });
    for (const tell of task.waiting) tell(task.view);
    task.waiting.clear();
  }

  forget(id: string): void {
    this.all.delete(id);
  }

  #add(request: TaskRequest, submitter: string): string {
    const id = `t${++this.#count}`;
    const { type, given, priority } = request;
    const params = given.form === 'json' ? given.values : Object.fromEntries(given.values);
    const nothing = { slave: undefined, startedAt: undefined, endedAt: undefined, message: '' };
    const state: TaskState = 'queued';
    const numbers = { weight: 80, attempts: 0, progress: 0, queuedMs: 0, runMs: 0 };
    const view: TaskView = { id, type, state, priority, params, queuedAt: AT, ...numbers, ...nothing };
    this.all.set(id, { request, submitter, view, waiting: new Set() });
    return id;
  }
}

export function fakeSlave(id: string, state = 'ready'): SlaveView {
  const numbers = { load: 0.5, cpu: 0.25, memory: 0.5, weight: 80, maxLoad: 1e11, slots: 4, leases: 1, running: 1 };
  const address = '10.0.0.1:5000';
  return { id, name: id, address, state, ...numbers, groups: ['compute'], labels: {}, grpcPort: 0, joinedAt: AT };
}

export function fakeRow(name: string, change: Partial<SlaveRow> = {}): SlaveRow {
  const { id, address, state, load, cpu, memory, weight, maxLoad, slots, leases, running } = fakeSlave(name);
  return { id, name, address, state, load, cpu, memory, weight, maxLoad, slots, leases, running, ...change };
}

export class FakeCluster implements Cluster {
  readonly tasks = new FakeDesk();
  readonly feed = new FakeFeed();
  readonly members = new Map<string, SlaveView>();
  served: ServiceView[] = [];
  registered: BackendPage | Failure = { backends: [], next: undefined };
  /** By the last GET /backends. */
  asked: BackendFilter | undefined;
  readonly listeners = new Set<(event: ClusterEvent) => void>();
  subscriptions = 0;
  view: InvariantsView = { ok: true, violations: [], checked: { tasks: 3 } };
  scaled: AutoscaleView = { groups: [], strangers: [] };
  isOpen = true;
  readonly scraped: ScrapedSlave[] = [];

  /** Something changes: every listener hears of it. */
  emit(kind: ClusterEvent['kind'], data: ClusterEvent['data']): void {
    for (const listener of this.listeners) listener({ kind, data });
  }

  taskTypes(): [] {
    return [];
  }

  slaves(): SlaveView[] {
    return [...this.members.values()];
  }

  backends(filter: BackendFilter): BackendPage | Failure {
    this.asked = filter;
    return this.registered;
  }

  services(): ServiceView[] {
    return this.served;
  }

  slave(id: string): SlaveView | undefined {
    return this.members.get(id);
  }

  slaveTasks(id: string): [] | undefined {
    return this.members.has(id) ? [] : undefined;
  }

  drainSlave(id: string): SlaveView | undefined {
    return this.#become(id, 'draining');
  }

  resumeSlave(id: string): SlaveView | Failure | undefined {
    if (this.members.get(id)?.state === 'leaving') return { code: 'CONFLICT', message: 'the slave is leaving' };
    return this.#become(id, 'ready');
  }

  autoscale(): AutoscaleView {
    return this.scaled;
  }

  algorithm(): AlgorithmView {
    return { name: 'round-robin', available: ['round-robin'], groups: {} };
  }

  setAlgorithm(): Failure {
    return { code: 'UNKNOWN_ALGORITHM', message: 'there is only one' };
  }

  setGroupAlgorithm(): Failure {
    return this.setAlgorithm();
  }

  subscribe(onEvent: (event: ClusterEvent) => void): () => void {
    this.subscriptions++;
    this.listeners.add(onEvent);
    return () => void this.listeners.delete(onEvent);
  }

  invariants(): InvariantsView {
    return this.view;
  }

  targets(hosts: ReadonlySet<string> | undefined): TargetGroup[] {
    return targetGroups('lanyard', this.scraped, hosts);
  }

  hasReadySlave(): boolean {
    return this.members.size > 0;
  }

  takesWork(): boolean {
    return this.isOpen;
  }

  #become(id: string, state: string): SlaveView | undefined {
    const member = this.members.get(id);
    if (member === undefined) return undefined;
    const changed = { ...member, state };
    this.members.set(id, changed);
    return changed;
  }
}
