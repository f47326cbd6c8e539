// Tasks that clients bring to this slave directly, past the master: takes what fits, lets a bounded number wait for a thread, and
// answers each once. They share threads and max load with the master's tasks (docs/adr/0018).
import { LanyardError, type Failure } from '../../common/errors.ts';
import type { TaskTypeSpec } from '../../common/task-types/contract.ts';
import { unknownTaskType } from '../../common/task-types/failures.ts';
import { ParameterReader } from '../../common/task-types/parameters.ts';
import { weightOf } from '../../common/task-types/weight.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Executor } from '../executor/executor.ts';
import { SlaveTask, type Ending, type TaskOwner } from '../executor/slave-task.ts';
import type { CallRefusal, TaskCounters } from '../task-counters.ts';
import type { WeightInHand } from '../weight-in-hand.ts';
import { answerOf, type CallResult } from './call-answer.ts';

/** Characters of parameters that are in hand at most: a request may be a megabyte, and weight says nothing of that. */
export const PARAMS_CHARS_MAX = 64 * 1024 * 1024;

export interface CallsParts {
  readonly clock: Clock;
  readonly executor: Executor;
  readonly weight: WeightInHand;
  readonly counters: TaskCounters;
  /** Worker threads at most. */
  readonly concurrency: number;
  /** How many calls may wait for a thread. */
  readonly queueLimit: number;
  readonly taskTypes: readonly TaskTypeSpec[];
  /** Takes nothing new, for whatever reason. */
  readonly isDraining: () => boolean;
  /** Of this slave, as its master calls it. */
  readonly slaveName: () => string;
}

/** As in `proto/lanyard.proto`. */
export interface CallRequest {
  readonly type: string;
  /** Values as in a URL. */
  readonly params: Readonly<Record<string, string>>;
}

/** What is known of the call beside its request. */
export interface CallTerms {
  /** Time until its deadline; Infinity for none. */
  readonly remainingMs: number;
  /** Calls back when the client gives up or is gone. */
  onCancel(listener: () => void): void;
}

type Refusal = Failure & { readonly code: CallRefusal };

interface Pending {
  readonly sinceMs: number;
  readonly paramsChars: number;
  resolve(result: CallResult): void;
  reject(error: LanyardError): void;
}

export class Calls implements TaskOwner {
  readonly #parts: CallsParts;
  readonly #readers = new Map<string, ParameterReader>();
  readonly #types: ReadonlyMap<string, TaskTypeSpec>;
  readonly #pending = new Map<SlaveTask, Pending>();
  #running = 0;
  #paramsChars = 0;
  #onEmpty: (() => void)[] = [];

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#types = new Map(parts.taskTypes.map((spec) => [spec.name, spec]));
  }

  /** Calls in hand, waiting and running. */
  get size(): number {
    return this.#pending.size;
  }

  get running(): number {
    return this.#running;
  }

  /** Calls in hand that have not begun. */
  get waiting(): number {
    return this.#pending.size - this.#running;
  }

  /** Runs one task; rejects with a `LanyardError` when it is refused or gives no result. */
  run(request: CallRequest, terms: CallTerms): Promise<CallResult> {
    const { counters, executor, weight } = this.#parts;
    const admitted = this.#admit(request, terms.remainingMs);
    if (!(admitted instanceof SlaveTask)) {
      counters.callsRefused[admitted.code]++;
      return Promise.reject(new LanyardError(admitted.code, admitted.message));
    }
    counters.calls++;
    counters.requested++;
    weight.calls.add(admitted.weight);
    const paramsChars = charsOf(request.params);
    this.#paramsChars += paramsChars;
    const answered = new Promise<CallResult>((resolve, reject) => {
      this.#pending.set(admitted, { sinceMs: this.#parts.clock.nowMs(), paramsChars, resolve, reject });
    });
    executor.submit(admitted);
    terms.onCancel(() => executor.cancel(admitted));
    return answered;
  }

  /** Resolves when no call is in hand any more; who else may come has to be kept out elsewhere. */
  empty(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Answers what is in hand: it will never end. */
  close(): void {
    const message = 'the slave ended before the task did; call another one, or give it longer with --drain-timeout';
    for (const task of [...this.#pending.keys()]) this.#remove(task)?.reject(new LanyardError('DRAINING', message));
  }

  onStarted(): void {
    this.#running++;
  }

  onProgress(): void {
    // An answer is all that a call brings home.
  }

  onFinished(task: SlaveTask, ending: Ending, runMs: number): void {
    const { clock, counters, slaveName } = this.#parts;
    counters.finish(task.type, ending.outcome, runMs);
    const pending = this.#remove(task);
    if (pending === undefined) return;
    const answer = answerOf(task.type, ending, clock.nowMs() - pending.sinceMs);
    if ('code' in answer) pending.reject(new LanyardError(answer.code, answer.message));
    else pending.resolve({ ...answer, slave: slaveName(), runMs });
  }

  #remove(task: SlaveTask): Pending | undefined {
    const pending = this.#pending.get(task);
    if (!this.#pending.delete(task)) return undefined;
    this.#parts.weight.calls.remove(task.weight);
    this.#paramsChars -= pending?.paramsChars ?? 0;
    if (task.started) this.#running--;
    if (this.#pending.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
    return pending;
  }

  #admit({ type, params }: CallRequest, remainingMs: number): SlaveTask | Refusal {
    const { clock, counters } = this.#parts;
    const reader = this.#readerOf(type);
    if (reader === undefined) return unknownTaskType(type, this.#types.keys()) as Refusal;
    const read = reader.fromQuery(new Map(Object.entries(params).map(([name, value]) => [name, [value]])));
    if (!read.ok) return { code: 'BAD_PARAMETER', message: read.problem };
    const weight = weightOf(reader.spec.weight, read.params);
    const problem = this.#problemWith(type, weight, remainingMs);
    if (problem !== undefined) return problem;
    if (this.#paramsChars + charsOf(params) > PARAMS_CHARS_MAX) {
      const inHand = `the parameters of the ${this.size.toString()} calls in hand take all the memory that is for them`;
      return { code: 'QUEUE_FULL', message: `${inHand}; try again, or ask the master for another slave` };
    }
    const [id, deadlineMs] = [`call-${(counters.calls + 1).toString()}`, clock.nowMs() + remainingMs];
    return new SlaveTask({ id, attempt: 1, type, params: read.params, weight, deadlineMs, runLimitMs: Infinity }, this);
  }

  /** Compiled when first used: a slave that nobody calls starts without. */
  #readerOf(type: string): ParameterReader | undefined {
    const spec = this.#types.get(type);
    if (spec === undefined) return undefined;
    const known = this.#readers.get(type);
    if (known !== undefined) return known;
    const reader = new ParameterReader(spec);
    this.#readers.set(type, reader);
    return reader;
  }

  #problemWith(type: string, weight: number, remainingMs: number): Refusal | undefined {
    const { isDraining, weight: inHand } = this.#parts;
    if (isDraining()) {
      return { code: 'DRAINING', message: 'this slave takes no new work; ask the master for another one' };
    }
    if (remainingMs <= 0) return { code: 'DEADLINE_PASSED', message: 'the deadline had passed when the call arrived' };
    const [weighs, maxLoad] = [`this ${type} task weighs ${weight.toString()}`, inHand.maxLoad.toString()];
    if (weight > inHand.maxLoad) {
      const todo = 'make the task smaller or start the slave with a higher --max-load';
      return { code: 'TOO_HEAVY', message: `${weighs}, more than the max load of this slave, ${maxLoad}; ${todo}` };
    }
    const noRoom = inHand.problemWith(weight);
    if (noRoom !== undefined) {
      return {
        code: 'NO_ROOM',
        message: `this slave is full: ${noRoom}; try again, or ask the master for another one`,
      };
    }
    return this.#queueProblem();
  }

  /** A thread is free when there are fewer tasks in hand than threads: one that was taken before goes first, begun or not. */
  #queueProblem(): Refusal | undefined {
    const { concurrency, queueLimit, weight } = this.#parts;
    const free = Math.max(0, concurrency - weight.tasks.count - this.#running);
    if (this.waiting < queueLimit + free) return undefined;
    const threads =
      concurrency === 1 ? 'the thread of this slave is' : `all ${concurrency.toString()} threads of this slave are`;
    const why =
      queueLimit === 0
        ? `${threads} busy and no call may wait`
        : `${queueLimit.toString()} calls wait for a thread of this slave`;
    const message = `${why} (--grpc-queue-limit ${queueLimit.toString()}); try again, or ask the master for another one`;
    return { code: 'QUEUE_FULL', message };
  }
}

function charsOf(params: CallRequest['params']): number {
  return Object.entries(params).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
