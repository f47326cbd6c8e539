// Runs tasks on worker threads: at most `concurrency` of them, started when first needed, replaced when they die. Short tasks go
// to a thread in batches, long ones alone; what waits here can still be taken back, and what runs can be ended with its thread.
// Tasks have owners, which take turns at the threads.
import { Deadlines } from './deadlines.ts';
import { Lines } from './lines.ts';
import { RunTimes } from './run-times.ts';
import { CANCELLED, EXPIRED, type Ending, type SlaveTask } from './slave-task.ts';
import { WINDOW_MS } from './slots.ts';
import { ThreadMemory } from './thread-memory.ts';
import { Ticker } from './ticker.ts';
import { outOfMemory, TaskWorker, type WorkerHandlers, type WorkerOptions } from './worker.ts';

/** A thread is given about this much work at once; anything longer is sent to it alone. */
const BATCH_MS = 1;
/** Before a task that may take longer than this a thread sends the results that it has. */
const FLUSH_MS = 0.1;
/** So many threads in a row that die before they are ready mean that none ever will be. */
const FAILED_STARTS_MAX = 3;
/** How often threads that others wait behind are looked at. */
const SWEEP_MS = 5;
/** How often the memory of a thread that is at a long task is measured while there is work, and that of every thread. */
const MEMORY_MS = 50;
const MEMORY_ALL_MS = 1000;

/** What is nobody's in particular; what becomes of a task its owner is told. */
export interface ExecutorHandlers {
  /** Something that an ended task of this type left behind has thrown this; it cost no other task anything. */
  onStray?(type: string, message: string): void;
  /** Run times may look different now: called after every task, and every few milliseconds while tasks wait behind others. */
  onRunTimes(): void;
  /** Threads cannot be started on this machine. */
  onFatal(reason: string): void;
}

export interface ExecutorOptions extends WorkerOptions {
  readonly concurrency: number;
}

export class Executor {
  readonly runTimes = new RunTimes();
  readonly #options: ExecutorOptions;
  readonly #handlers: ExecutorHandlers;
  readonly #workers: TaskWorker[] = [];
  readonly #deadlines: Deadlines;
  readonly #sweeper: Ticker;
  readonly #memoryTicker: Ticker;
  #memory: ThreadMemory<SlaveTask> | undefined;
  #allMeasuredAtMs = -Infinity;
  readonly #waiting = new Lines();
  #filling: NodeJS.Immediate | undefined;
  #failedStarts = 0;
  #closed = false;

  constructor(options: ExecutorOptions, handlers: ExecutorHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#deadlines = new Deadlines(options.clock, (task) => this.#end(task, EXPIRED));
    this.#sweeper = new Ticker(options.clock, SWEEP_MS, () => this.#sweep());
    this.#memoryTicker = new Ticker(options.clock, MEMORY_MS, () => this.#measureMemory());
  }

  get threads(): number {
    return this.#workers.length;
  }

  /** Tasks that no thread has been given yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Tasks inside threads, begun or not. */
  get inside(): number {
    return this.#workers.reduce((sum, { size }) => sum + size, 0);
  }

  /** Tasks in hand whose time is limited. */
  get limited(): number {
    return this.#deadlines.size;
  }

  /** How long the longest-running thread has been at its present task, 0 when all are idle. */
  oldestAgeMs(): number {
    const nowMs = this.#options.clock.nowMs();
    return Math.max(0, ...this.#workers.map((worker) => (worker.size === 0 ? 0 : nowMs - worker.busySinceMs)));
  }

  submit(task: SlaveTask): void {
    this.#waiting.push(task);
    if (task.deadlineMs !== Infinity) this.#deadlines.watch(task);
    this.#fillSoon();
  }

  /** Takes back a task that has not begun; false when it has, or was reported as started and is about to. */
  withdraw(task: SlaveTask): boolean {
    if (task.over || task.started || !this.#take(task)) return false;
    task.over = true;
    this.#deadlines.forget(task);
    return true;
  }

  /** Ends a task wherever it is. A thread that runs it is ended and replaced; `onFinished` is called with `cancelled`. */
  cancel(task: SlaveTask): void {
    this.#end(task, CANCELLED);
  }

  /** Ends every thread at once. */
  close(): void {
    this.#closed = true;
    clearImmediate(this.#filling);
    this.#deadlines.close();
    this.#sweeper.stop();
    this.#memoryTicker.stop();
    this.#memory?.close();
    for (const worker of this.#workers) worker.terminate();
  }

  #take(task: SlaveTask): boolean {
    return this.#waiting.delete(task) || this.#workers.some((worker) => worker.withdraw(task));
  }

  #end(task: SlaveTask, ending: Ending): void {
    if (task.over) return;
    const worker = this.#take(task) ? undefined : this.#workers.find((candidate) => candidate.has(task));
    if (worker?.running() === task) {
      task.ending ??= ending;
      worker.terminate();
      return;
    }
    // What was claimed and does not run has ended there, its result unsent: there is nothing to stop.
    worker?.forget(task);
    this.#finish(task, ending, 0);
  }

  #finish(task: SlaveTask, ending: Ending, runMs: number): void {
    if (task.over) return;
    task.over = true;
    this.#deadlines.forget(task);
    if (task.again && !this.#take(task)) this.#sweeper.wake(); // a second copy that runs is ended if it takes long
    task.owner.onFinished(task, ending, runMs);
    this.#handlers.onRunTimes();
  }

  #fillSoon(): void {
    this.#filling ??= setImmediate(() => this.#fill());
  }

  /** Hands waiting tasks to threads that have room, an equal share to each, and starts threads for what is left. */
  #fill(): void {
    this.#filling = undefined;
    if (this.#closed) return;
    const ready = this.#workers.filter((worker) => worker.ready && !worker.stuck);
    ready.sort((a, b) => a.expectedMs - b.expectedMs);
    const share = Math.ceil(this.#waiting.size / Math.max(1, ready.length));
    for (const worker of ready) {
      const batch = this.#nextBatch(worker, share);
      if (batch.length === 0) continue;
      worker.post(batch, FLUSH_MS);
      this.#begin(worker.front);
      if (this.#options.taskMemoryBytes > 0) this.#memoryTicker.wake();
    }
    const starting = this.#workers.filter(({ started }) => !started).length;
    const missing = Math.min(this.#waiting.size - starting, this.#options.concurrency - this.#workers.length);
    for (let i = 0; i < missing; i++) this.#startWorker();
    if (this.#isCrowded()) this.#sweeper.wake();
  }

  #nextBatch(worker: TaskWorker, countMax: number): SlaveTask[] {
    const batch: SlaveTask[] = [];
    let expectedMs = worker.expectedMs;
    for (let task = this.#waiting.next(); task !== undefined; task = this.#waiting.next()) {
      if (batch.length >= countMax || worker.room <= batch.length) break;
      task.expectedMs = Math.min(this.runTimes.expectedMs(task.type, task.weight), Number.MAX_VALUE);
      expectedMs += task.expectedMs;
      const alone = worker.size + batch.length === 0;
      if (!alone && expectedMs > BATCH_MS) break;
      this.#waiting.take(task);
      batch.push(task);
    }
    return batch;
  }

  #startWorker(): void {
    const { taskMemoryBytes } = this.#options;
    if (taskMemoryBytes > 0) {
      this.#memory ??= new ThreadMemory(taskMemoryBytes, (threadId, asked) => this.#overfull(threadId, asked));
    }
    this.#workers.push(new TaskWorker(this.#options, this.#workerHandlers));
  }

  readonly #workerHandlers: WorkerHandlers = {
    onReady: () => {
      this.#failedStarts = 0;
      this.#fill();
    },
    onResult: (_worker, task, ending, runMs) => {
      this.runTimes.record(task.type, task.weight, runMs);
      this.#finish(task, ending, runMs);
    },
    onProgress: (task, ratio, text) => {
      if (!task.over) task.owner.onProgress(task, ratio, text);
    },
    onStray: (type, message) => this.#handlers.onStray?.(type, message),
    onResults: (worker) => {
      this.#begin(worker.front);
      if (this.#waiting.size > 0) this.#fillSoon();
    },
    onExit: (worker, reason, running, others) => this.#onExit(worker, reason, running, others),
  };

  /** This task runs now. */
  #begin(task: SlaveTask | undefined): void {
    if (task === undefined || task.over || task.runsSinceMs !== undefined) return;
    task.runsSinceMs = this.#options.clock.nowMs();
    if (task.runLimitMs !== Infinity) this.#deadlines.watch(task);
    if (task.started) return;
    task.started = true;
    task.owner.onStarted(task);
  }

  #onExit(worker: TaskWorker, reason: string, running: SlaveTask | undefined, others: readonly SlaveTask[]): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    if (this.#closed) return;
    if (!worker.started && !worker.ended && ++this.#failedStarts >= FAILED_STARTS_MAX) {
      this.#handlers.onFatal(`worker threads end before they are ready: ${reason}`);
      return;
    }
    const runMs = this.#options.clock.nowMs() - worker.busySinceMs;
    const again: SlaveTask[] = [];
    for (const task of running === undefined ? others : [running, ...others]) {
      if (task.ending !== undefined) this.#finish(task, task.ending, runMs);
      else if (task !== running || worker.ended) again.push(task);
      else this.#finish(task, { outcome: 'failed', value: reason }, runMs);
    }
    this.#putBack(again);
    this.#fill();
  }

  /** In front of all that wait here, each in the line of its owner. */
  #putBack(tasks: readonly SlaveTask[]): void {
    const back = tasks.filter(({ over }) => !over);
    if (back.length === 0) return;
    for (const task of back) {
      if (task.runsSinceMs === undefined) continue;
      task.runsSinceMs = undefined;
      if (task.runLimitMs !== Infinity) this.#deadlines.watch(task);
    }
    this.#waiting.putBack(back);
    this.#fillSoon();
  }

  /** Whether what threads are at now may soon look different: something waits behind it, or nobody waits for it any more. */
  #isCrowded(): boolean {
    return this.#workers.some(({ size, front, stuck }) => {
      return size > 1 || (size === 1 && (front?.over === true || (this.#waiting.size > 0 && !stuck)));
    });
  }

  /** Finds threads that are at one task for longer than expected, and takes everything else away from them. */
  #sweep(): boolean {
    const nowMs = this.#options.clock.nowMs();
    for (const worker of this.#workers) {
      const ageMs = worker.size === 0 ? 0 : nowMs - worker.busySinceMs;
      if (ageMs <= WINDOW_MS) continue;
      this.runTimes.observeAge(ageMs);
      worker.stuck = true;
      this.#putBack(worker.takeOthers());
      if (worker.front?.over === true) worker.terminate();
      else this.#begin(worker.front);
    }
    this.#handlers.onRunTimes();
    return this.#isCrowded();
  }

  #measureMemory(): boolean {
    const nowMs = this.#options.clock.nowMs();
    const all = nowMs - this.#allMeasuredAtMs >= MEMORY_ALL_MS;
    if (all) this.#allMeasuredAtMs = nowMs;
    for (const worker of this.#workers) {
      const { started, ended, size, busySinceMs, threadId } = worker;
      // To look into a thread while it starts, or is told to end, is asking for trouble.
      if (!started || ended) continue;
      if (all || (size > 0 && nowMs - busySinceMs >= MEMORY_MS)) this.#memory?.look(threadId, worker.running());
    }
    return this.inside > 0;
  }

  /** `asked`: the task that ran when the thread was asked. If another one runs by now, it is run again elsewhere: it may hold nothing. */
  #overfull(threadId: number, asked: SlaveTask | undefined): void {
    const worker = this.#workers.find((candidate) => candidate.threadId === threadId);
    const running = worker?.running();
    if (running === undefined || running !== asked) worker?.terminate();
    else this.#end(running, { outcome: 'failed', value: outOfMemory(this.#options.taskMemoryBytes) });
  }
}
