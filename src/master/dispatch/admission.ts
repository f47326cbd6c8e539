// From a door's request to a task in a queue, or to the reason why not: unknown type, bad parameter, too heavy, queue full.
import { taskId } from '../../common/protocol/task-ids.ts';
import type { Params } from '../../common/task-types/contract.ts';
import { weightOf } from '../../common/task-types/weight.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { ErrorCode } from '../../common/errors.ts';
import type { Admitted, Refused, TaskReport, TaskRequest } from '../doors/door.ts';
import type { Pool } from '../pool/pool.ts';
import { Task, type TaskAnswer } from '../tasks/task.ts';
import type { Catalogue, KnownType } from './catalogue.ts';
import type { Dispatcher } from './dispatcher.ts';
import { reasonFor } from './stranded.ts';

export interface AdmissionParts {
  readonly catalogue: Catalogue;
  readonly dispatcher: Dispatcher;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly masterId: string;
}

export class Admission {
  readonly #parts: AdmissionParts;
  #tasks = 0;
  #open = true;

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

  submit(request: TaskRequest, onEnd: (report: TaskReport) => void): Admitted | Refused {
    const { catalogue, clock, dispatcher, masterId } = this.#parts;
    const known = catalogue.find(request.type);
    if (known === undefined) return this.#unknownType(request.type);
    const read = known.reader.fromQuery(request.query);
    if (!read.ok) return refused('BAD_PARAMETER', read.problem);
    const { params } = read;
    const weight = weightOf(known.spec.weight, params);
    const problem = this.#noPlaceFor(known, weight);
    if (problem !== undefined) return problem;
    const nowMs = clock.nowMs();
    const task = new Task({
      id: taskId(masterId, ++this.#tasks),
      type: request.type,
      group: known.group,
      params,
      weight,
      queuedAtMs: nowMs,
      deadlineMs: nowMs + request.timeoutMs,
      onEnd: (ended, answer) => onEnd(reportOf(ended, params, answer)),
    });
    if (!dispatcher.submit(task)) {
      const waiting = dispatcher.queue(known.group).length;
      return refused(
        'QUEUE_FULL',
        `the queue of group ${known.group} is full: ${waiting.toString()} tasks wait (--queue-limit)`,
      );
    }
    return { ok: true, id: task.id, cancel: (reason) => void dispatcher.cancel(task, reason) };
  }

  /** Nothing is admitted while the master leaves, nor what no member could ever take. */
  #noPlaceFor({ group, spec }: KnownType, weight: number): Refused | undefined {
    const { pool } = this.#parts;
    if (!this.#open) return refused('DRAINING', 'the master is shutting down');
    const maxLoad = pool.group(group).greatestMaxLoad();
    if (maxLoad === 0 || weight <= maxLoad) return undefined;
    return { ok: false, failure: reasonFor({ type: spec.name, weight }, maxLoad) };
  }

  #unknownType(type: string): Refused {
    const known = [...this.#parts.catalogue.all()].map(({ spec }) => spec.name).join(', ');
    return refused('UNKNOWN_TASK_TYPE', `unknown task type ${type.slice(0, 60) || '(none)'}: expected one of ${known}`);
  }
}

function refused(code: ErrorCode, message: string): Refused {
  return { ok: false, failure: { code, message } };
}

function reportOf(task: Task, params: Params, answer: TaskAnswer): TaskReport {
  const { id, type, slave, attempts, runMs } = task;
  const queuedMs = attempts === 0 ? 0 : task.dispatchedAtMs - task.queuedAtMs;
  return { id, type, params, slave, attempts, queuedMs, runMs, ...answer };
}
