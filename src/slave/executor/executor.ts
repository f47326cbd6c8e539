// Runs tasks on worker threads: at most `concurrency` of them, started when first needed, replaced when they die. Short tasks go
// to a thread in batches, long ones alone; what waits here can still be taken back.
import type { Outcome } from '../../common/protocol/messages.ts';
import { RunTimes } from './run-times.ts';
import { keyOf, type SlaveTask } from './slave-task.ts';
import { TaskWorker } from './worker.ts';

/** A thread is given about this much work at once; anything longer is sent to it alone. */
const BATCH_MS = 1;
/** Before a task that may take longer than this a thread sends the results that it has. */
const FLUSH_MS = 0.1;
/** So many threads in a row that die before they are ready mean that none ever will be. */
const FAILED_STARTS_MAX = 3;

export interface ExecutorHandlers {
  onStarted(task: SlaveTask): void;
  onFinished(task: SlaveTask, outcome: Outcome, value: unknown, runMs: number): void;
  onProgress(task: SlaveTask, ratio: number, text: string): void;
  /** Threads cannot be started on this machine. */
  onFatal(reason: string): void;
}

export interface ExecutorOptions {
  readonly concurrency: number;
  /** Niceness of the worker threads, 0 to leave it alone. */
  readonly nice: number;
}

export class Executor {
  readonly runTimes = new RunTimes();
  readonly #options: ExecutorOptions;
  readonly #handlers: ExecutorHandlers;
  readonly #workers: TaskWorker[] = [];
  #waiting = new Map<string, SlaveTask>();
  #filling: NodeJS.Immediate | undefined;
  #failedStarts = 0;
  #closed = false;

  constructor(options: ExecutorOptions, handlers: ExecutorHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  get threads(): number {
    return this.#workers.length;
  }

  /** Tasks that no thread has been given yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Tasks that have not begun: waiting here, or inside a thread behind another. */
  get unstarted(): number {
    let inside = 0;
    for (const worker of this.#workers) inside += Math.max(0, worker.size - 1);
    return this.#waiting.size + inside;
  }

  /** Takes tasks back from threads that have been at one task for longer than `ageMs`, so that any thread may run them. */
  rescue(ageMs: number): void {
    const nowMs = performance.now();
    for (const worker of this.#workers) {
      if (worker.size > 1 && nowMs - worker.busySinceMs > ageMs) this.#putBack(worker.withdrawAll());
    }
  }

  /** How long the longest-running thread has been at its present task, 0 when all are idle. */
  oldestAgeMs(): number {
    const nowMs = performance.now();
    return Math.max(0, ...this.#workers.map((worker) => (worker.size === 0 ? 0 : nowMs - worker.busySinceMs)));
  }

  submit(task: SlaveTask): void {
    this.#waiting.set(keyOf(task.id, task.attempt), task);
    this.#filling ??= setImmediate(() => this.#fill());
  }

  /** Takes back a task that has not begun; false when it has, or was reported as started and is about to. */
  withdraw(task: SlaveTask): boolean {
    return !task.started && this.#take(task);
  }

  #take(task: SlaveTask): boolean {
    if (this.#waiting.delete(keyOf(task.id, task.attempt))) return true;
    const worker = this.#workerOf(task);
    return worker?.withdraw(task) ?? false;
  }

  /** Ends a task wherever it is. A thread that runs it is ended and replaced; `onFinished` is called with `cancelled`. */
  cancel(task: SlaveTask): void {
    task.cancelled = true;
    if (this.#take(task)) this.#handlers.onFinished(task, 'cancelled', null, 0);
    else this.#workerOf(task)?.terminate();
  }

  /** Ends every thread at once. */
  close(): void {
    this.#closed = true;
    clearImmediate(this.#filling);
    for (const worker of this.#workers) worker.terminate();
  }

  #workerOf(task: SlaveTask): TaskWorker | undefined {
    return this.#workers.find((worker) => [...worker.tasks()].includes(task));
  }

  /** Hands waiting tasks to threads that have room, an equal share to each, and starts threads for what is left. */
  #fill(): void {
    this.#filling = undefined;
    if (this.#closed) return;
    const ready = this.#workers.filter((worker) => worker.ready).sort((a, b) => a.expectedMs - b.expectedMs);
    const share = Math.ceil(this.#waiting.size / Math.max(1, ready.length));
    for (const worker of ready) {
      const batch = this.#nextBatch(worker, share);
      if (batch.length === 0) continue;
      worker.post(batch, FLUSH_MS);
      this.#begin(worker);
    }
    const starting = this.#workers.length - ready.length;
    const missing = Math.min(this.#waiting.size - starting, this.#options.concurrency - this.#workers.length);
    for (let i = 0; i < missing; i++) this.#startWorker();
  }

  #nextBatch(worker: TaskWorker, countMax: number): SlaveTask[] {
    const batch: SlaveTask[] = [];
    let expectedMs = worker.expectedMs;
    for (const [key, task] of this.#waiting) {
      if (batch.length >= countMax || worker.room <= batch.length) break;
      task.expectedMs = Math.min(this.runTimes.expectedMs(task.type, task.weight), Number.MAX_VALUE);
      expectedMs += task.expectedMs;
      const alone = worker.size + batch.length === 0;
      if (!alone && expectedMs > BATCH_MS) break;
      this.#waiting.delete(key);
      batch.push(task);
    }
    return batch;
  }

  #startWorker(): void {
    this.#workers.push(
      new TaskWorker(this.#options.nice, {
        onReady: () => {
          this.#failedStarts = 0;
          this.#fill();
        },
        onResult: (_worker, task, ok, value, runMs) => {
          this.runTimes.record(task.type, task.weight, runMs);
          this.#handlers.onFinished(task, ok ? 'done' : 'failed', value, runMs);
        },
        onProgress: (task, ratio, text) => this.#handlers.onProgress(task, ratio, text),
        onResults: (worker) => {
          this.#begin(worker);
          if (this.#waiting.size > 0) this.#filling ??= setImmediate(() => this.#fill());
        },
        onExit: (worker, reason, running, others) => this.#onExit(worker, reason, running, others),
      }),
    );
  }

  /** The task at the front of a thread is the one that runs. */
  #begin(worker: TaskWorker): void {
    const front = worker.tasks().next();
    if (front.done === true || front.value.started) return;
    front.value.started = true;
    this.#handlers.onStarted(front.value);
  }

  #onExit(worker: TaskWorker, reason: string, running: SlaveTask | undefined, others: readonly SlaveTask[]): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    if (this.#closed) return;
    if (!worker.started && !worker.ended && ++this.#failedStarts >= FAILED_STARTS_MAX) {
      this.#handlers.onFatal(`worker threads end before they are ready: ${reason}`);
      return;
    }
    const runMs = performance.now() - worker.busySinceMs;
    const again: SlaveTask[] = [];
    for (const task of running === undefined ? others : [running, ...others]) {
      if (task.cancelled) this.#handlers.onFinished(task, 'cancelled', null, runMs);
      else if (task !== running || worker.ended) again.push(task);
      else this.#handlers.onFinished(task, 'failed', `its worker thread ended (${reason})`, runMs);
    }
    this.#putBack(again);
    this.#fill();
  }

  /** In front of all that wait here. */
  #putBack(tasks: readonly SlaveTask[]): void {
    if (tasks.length === 0) return;
    const back = tasks.map((task): [string, SlaveTask] => [keyOf(task.id, task.attempt), task]);
    this.#waiting = new Map([...back, ...this.#waiting]);
    this.#filling ??= setImmediate(() => this.#fill());
  }
}
