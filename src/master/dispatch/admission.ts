// From a door's request to a task, or to the reason why not: unknown type, bad parameter, too heavy, queue full.
import type { ErrorCode } from '../../common/errors.ts';
import { taskId } from '../../common/protocol/task-ids.ts';
import { unknownTaskType } from '../../common/task-types/failures.ts';
import { weightOf } from '../../common/task-types/weight.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Admitted, Refused, TaskReport, TaskRequest } from '../doors/door.ts';
import type { Pool } from '../pool/pool.ts';
import { UNLIMITED, type TaskLimits } from '../tasks/task-limits.ts';
import { Task, type TaskAnswer, type TaskOrder } from '../tasks/task.ts';
import type { Catalogue, KnownType } from './catalogue.ts';
import type { Dispatcher } from './dispatcher.ts';
import { PATIENCE_MS } from '../../common/time/patience.ts';
import { reasonFor } from './stranding.ts';

const LEAVING = 'the master is shutting down';

export interface AdmissionParts {
  readonly catalogue: Catalogue;
  readonly dispatcher: Dispatcher;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly masterId: string;
}

export interface Prepared {
  readonly ok: true;
  /** Not yet in its queue. */
  readonly task: Task;
}

export class Admission {
  readonly #parts: AdmissionParts;
  #tasks = 0;
  #open = true;
  #lastLimits: TaskLimits = UNLIMITED;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** From now on everything is refused: the master is shutting down. */
  close(): void {
    this.#open = false;
  }

  /** A task whose client waits for the answer. */
  submit(request: TaskRequest, onEnd: (report: TaskReport) => void): Admitted | Refused {
    const prepared = this.prepare(request, PATIENCE_MS, (task, answer) => onEnd(reportOf(task, answer)));
    if (!prepared.ok) return prepared;
    const { task } = prepared;
    const refusal = this.enqueue(task);
    if (refusal !== undefined) return refusal;
    return { ok: true, id: task.id, cancel: (reason) => void this.#parts.dispatcher.cancel(task, reason) };
  }

  /** Makes a task of a request, without putting it into its queue. */
  prepare(request: TaskRequest, patienceMs: number, onEnd: TaskOrder['onEnd']): Prepared | Refused {
    const { catalogue, clock, masterId } = this.#parts;
    const known = catalogue.find(request.type);
    if (known === undefined) return this.#unknownType(request.type);
    const { given, type, priority } = request;
    const read = given.form === 'query' ? known.reader.fromQuery(given.values) : known.reader.fromJson(given.values);
    if (!read.ok) return refused('BAD_PARAMETER', read.problem);
    const { params } = read;
    const weight = weightOf(known.spec.weight, params);
    const problem = this.#noPlaceFor(known, weight);
    if (problem !== undefined) return problem;
    const nowMs = clock.nowMs();
    const task = new Task({
      id: taskId(masterId, ++this.#tasks),
      type,
      group: known.group,
      params,
      weight,
      priority,
      queuedAtMs: nowMs,
      limits: this.#limits(request, patienceMs),
      onEnd,
    });
    return { ok: true, task };
  }

  /** Puts a prepared task into its queue; says why not when that is full, or the master has begun to leave since. */
  enqueue(task: Task): Refused | undefined {
    const { dispatcher } = this.#parts;
    if (!this.#open) return refused('DRAINING', LEAVING);
    if (dispatcher.submit(task)) return undefined;
    const queueLength = dispatcher.lives.queue(task.group).length;
    const message = `the queue of group ${task.group} is full: ${queueLength.toString()} tasks wait (--queue-limit)`;
    return { ok: false, failure: { code: 'QUEUE_FULL', message, details: { queueLength } } };
  }

  /** Most requests have the same limits as the one before. */
  #limits({ timeoutMs, waitTimeoutMs, runTimeoutMs, retries }: TaskRequest, patienceMs: number): TaskLimits {
    const last = this.#lastLimits;
    const isSame =
      last.totalMs === timeoutMs &&
      last.waitMs === waitTimeoutMs &&
      last.runMs === runTimeoutMs &&
      last.patienceMs === patienceMs &&
      last.retries === retries;
    if (isSame) return last;
    this.#lastLimits = { totalMs: timeoutMs, waitMs: waitTimeoutMs, runMs: runTimeoutMs, patienceMs, retries };
    return this.#lastLimits;
  }

  /** Nothing is admitted while the master leaves, nor what no member could ever take. */
  #noPlaceFor({ group, spec }: KnownType, weight: number): Refused | undefined {
    const { pool } = this.#parts;
    if (!this.#open) return refused('DRAINING', LEAVING);
    const maxLoad = pool.group(group).greatestMaxLoad();
    if (maxLoad === 0 || weight <= maxLoad) return undefined;
    return { ok: false, failure: reasonFor({ type: spec.name, weight }, maxLoad) };
  }

  #unknownType(type: string): Refused {
    const known = Array.from(this.#parts.catalogue.all(), ({ spec }) => spec.name);
    return { ok: false, failure: unknownTaskType(type, known) };
  }
}

function refused(code: ErrorCode, message: string): Refused {
  return { ok: false, failure: { code, message } };
}

function reportOf(task: Task, answer: TaskAnswer): TaskReport {
  const { id, type, slave, attempts, runMs } = task;
  return { id, type, params: task.params ?? {}, slave, attempts, queuedMs: queuedMsOf(task), runMs, ...answer };
}

/** From admission to the start of the last attempt, or until it was sent when nothing was heard of a start; 0 before the first. */
export function queuedMsOf({ attempts, startedAtMs, dispatchedAtMs, queuedAtMs }: Task): number {
  return attempts === 0 ? 0 : Math.max(startedAtMs, dispatchedAtMs) - queuedAtMs;
}
