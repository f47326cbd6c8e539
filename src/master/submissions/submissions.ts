// Submitted tasks: taken in as a batch, written down in the journal, and looked up until their results are no longer kept. Lists are
// read newest first, a bounded number of records at a time.
import { messageOf, type Failure } from '../../common/errors.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Admission } from '../dispatch/admission.ts';
import { queuedMsOf } from '../dispatch/admission.ts';
import type { Accepted, Refused, Submission, TaskRequest } from '../doors/door.ts';
import type { Ending, Journal, TaskRecord } from '../journal/journal.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { KeptResults, type KeepLimits } from './kept-results.ts';
import { roughBytes } from './rough-bytes.ts';
import { SequenceList } from './sequence-list.ts';

/** How often results are looked through for those that need not be kept. */
const SWEEP_MS = 1000;
/** Further kept results than the limit allows are tolerated until the next sweep, but not beyond this many. */
const UNSWEPT_MAX = 1000;

export interface SubmissionsParts {
  readonly admission: Admission;
  readonly journal: Journal;
  readonly clock: Clock;
  /** From the clock's time to the time of day, both in milliseconds. */
  readonly timeOfDay: (clockMs: number) => number;
  readonly keep: KeepLimits;
  /** About how much memory the parameters of submitted tasks that have not ended may take. */
  readonly paramsBytesMax: number;
}

export class Submissions {
  readonly #parts: SubmissionsParts;
  readonly #keys = new IdempotencyKeys();
  readonly #kept: KeptResults;
  /** Ids by sequence. */
  readonly #order = new SequenceList();
  /** Those that the journal has not confirmed yet: nobody is told of them. */
  readonly #pending = new Set<string>();
  #sequence = 0;
  /** Of the parameters of tasks that have not ended. */
  #paramsBytes = 0;
  #unswept = 0;

  constructor(parts: SubmissionsParts) {
    this.#parts = parts;
    this.#kept = new KeptResults(parts.keep);
    parts.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** The greatest sequence given so far. */
  get lastSequence(): number {
    return this.#sequence;
  }

  get size(): number {
    return this.#order.size - this.#pending.size;
  }

  get keys(): number {
    return this.#keys.size;
  }

  find(id: string): TaskRecord | undefined {
    return this.#pending.has(id) ? undefined : this.#parts.journal.read(id);
  }

  /** Every submitted task that is known, in order of acceptance. */
  *all(): Generator<TaskRecord> {
    for (const record of this.#parts.journal.all()) if (!this.#pending.has(record.id)) yield record;
  }

  /** Those that are known, from this sequence down. */
  *downFrom(sequence: number): Generator<TaskRecord> {
    for (const [, id] of this.#order.downFrom(sequence)) {
      const record = this.find(id);
      if (record !== undefined) yield record;
    }
  }

  async accept(submission: Submission): Promise<Accepted | Refused> {
    const { idempotencyKey: key, fingerprint } = submission;
    if (key === undefined) return this.#take(submission);
    const known = this.#keys.find(key, fingerprint);
    if (known === 'other') return { ok: false, failure: keyReused(key) };
    if (known !== undefined) return replayed(await known);
    const items = submission.tasks.length;
    if (!this.#keys.hasRoomFor(items)) return { ok: false, failure: TOO_MANY_KEYS };
    const accepted = this.#take(submission);
    this.#keys.add(key, fingerprint, accepted, items);
    return accepted;
  }

  async #take(submission: Submission): Promise<Accepted | Refused> {
    const prepared = submission.tasks.map((request) => this.#prepare(request, submission));
    const failure = await this.#writeDown(prepared.flatMap((each) => ('record' in each ? [each.record] : [])));
    if (failure !== undefined) return { ok: false, failure };
    const tasks = prepared.map((each) => {
      if (!('record' in each)) return each;
      this.#pending.delete(each.task.id);
      const failure = this.#enqueue(each.task);
      if (failure === undefined) return { id: each.task.id };
      this.#forget([each.task.id], false);
      return failure;
    });
    return { ok: true, tasks, replayed: false };
  }

  /** All of them, or none: says why not. */
  async #writeDown(records: readonly TaskRecord[]): Promise<Failure | undefined> {
    const { journal } = this.#parts;
    for (const { id } of records) this.#pending.add(id);
    try {
      await journal.accept(records);
      return undefined;
    } catch (error) {
      for (const { sequence, id } of records) {
        this.#order.remove(sequence);
        this.#pending.delete(id);
      }
      journal.forget(records.map(({ id }) => id));
      return { code: 'INTERNAL', message: `no task was taken in, the journal cannot be written: ${messageOf(error)}` };
    }
  }

  #prepare(
    request: TaskRequest | Failure,
    { submitter, idempotencyKey }: Submission,
  ): { readonly task: Task; readonly record: TaskRecord } | Failure {
    if ('code' in request) return request;
    const { admission, timeOfDay } = this.#parts;
    const prepared = admission.prepare(request, Infinity, this.#ended);
    if (!prepared.ok) return prepared.failure;
    const { task } = prepared;
    const { type, priority, weight, limits } = task;
    const record: TaskRecord = {
      id: task.id,
      sequence: ++this.#sequence,
      type,
      params: task.params ?? {},
      weight,
      priority,
      limits,
      acceptedAtMs: timeOfDay(task.queuedAtMs),
      submitter,
      idempotencyKey,
      ending: undefined,
    };
    this.#order.add(record.sequence, record.id);
    return { task, record };
  }

  /** One function for all submitted tasks: a million of them may wait. */
  readonly #ended = (task: Task, answer: TaskAnswer): void => {
    const { journal, timeOfDay } = this.#parts;
    const { slave, attempts, runMs, startedAtMs } = task;
    const ending: Ending = {
      ...answer,
      slave,
      attempts,
      runMs,
      startedAtMs: startedAtMs === 0 ? undefined : timeOfDay(startedAtMs),
      endedAtMs: timeOfDay(task.endedAtMs),
      queuedMs: queuedMsOf(task),
    };
    journal.end(task.id, ending);
    const paramsBytes = roughBytes(task.params);
    this.#paramsBytes -= paramsBytes;
    const bytes = paramsBytes + roughBytes(answer.value) + roughBytes(answer.failure);
    this.#kept.add(task.id, task.endedAtMs, bytes);
    if (++this.#unswept >= UNSWEPT_MAX || this.#kept.isOverfull) this.#sweep();
  };

  #enqueue(task: Task): Failure | undefined {
    const bytes = roughBytes(task.params);
    const { admission, paramsBytesMax } = this.#parts;
    if (this.#paramsBytes + bytes > paramsBytesMax) return noMemory(paramsBytesMax);
    // Before it is sent: it may end at once.
    this.#paramsBytes += bytes;
    const refusal = admission.enqueue(task);
    if (refusal !== undefined) this.#paramsBytes -= bytes;
    return refusal?.failure;
  }

  #sweep(): void {
    this.#unswept = 0;
    this.#forget(this.#kept.sweep(this.#parts.clock.nowMs()), true);
  }

  #forget(ids: readonly string[], releaseKeys: boolean): void {
    for (const id of ids) {
      const record = this.find(id);
      if (record === undefined) continue;
      this.#order.remove(record.sequence);
      if (releaseKeys && record.idempotencyKey !== undefined) this.#keys.release(record.idempotencyKey);
    }
    if (ids.length > 0) this.#parts.journal.forget(ids);
  }
}

function replayed(answer: Accepted | Refused): Accepted | Refused {
  return answer.ok ? { ...answer, replayed: true } : answer;
}

function noMemory(bytesMax: number): Failure {
  const mib = Math.round(bytesMax / 1024 ** 2).toString();
  const message = `the parameters of waiting tasks take ${mib} MiB already; send more when some have ended`;
  return { code: 'QUEUE_FULL', message };
}

const TOO_MANY_KEYS: Failure = {
  code: 'QUEUE_FULL',
  message: 'too many requests with an Idempotency-Key are remembered; send it without one, or later',
};

function keyReused(key: string): Failure {
  const message = `Idempotency-Key ${key.slice(0, 60)} was used for another request; use a new key for a new request`;
  return { code: 'KEY_REUSED', message };
}
