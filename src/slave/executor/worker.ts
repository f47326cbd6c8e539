// One worker thread as the executor sees it: posts batches, knows which tasks are inside, and says what became of each when the
// thread reports, is ended, or dies.
import { Worker } from 'node:worker_threads';
import { CELLS, ClaimBoard } from './claim-board.ts';
import type { SlaveTask } from './slave-task.ts';
import type { ThreadReport, ThreadResult, ThreadSetup, ThreadTask } from './thread-messages.ts';

const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url);

export interface WorkerHandlers {
  onReady(worker: TaskWorker): void;
  onResult(worker: TaskWorker, task: SlaveTask, ok: boolean, value: unknown, runMs: number): void;
  onProgress(task: SlaveTask, ratio: number, text: string): void;
  /** All results of one message have been handed on: there may be room for more. */
  onResults(worker: TaskWorker): void;
  /** The thread is gone. `running` is the task that it was at; `others` were inside too and have to be run again. */
  onExit(worker: TaskWorker, reason: string, running: SlaveTask | undefined, others: readonly SlaveTask[]): void;
}

export class TaskWorker {
  readonly #worker: Worker;
  readonly #board = new ClaimBoard();
  readonly #cells = new Map<number, SlaveTask>();
  readonly #free = Array.from({ length: CELLS }, (_, i) => CELLS - 1 - i);
  readonly #handlers: WorkerHandlers;
  #lastError = '';
  #batches = 0;
  ready = false;
  /** We ended it ourselves: its tasks are not to blame. */
  ended = false;
  /** It was ready once, so threads can be started on this machine. */
  started = false;
  /** Expected run time of all tasks inside, in milliseconds. */
  expectedMs = 0;
  /** When the task at the front of this thread began, on the clock of `performance.now()`. */
  busySinceMs = 0;

  constructor(nice: number, handlers: WorkerHandlers) {
    this.#handlers = handlers;
    const workerData: ThreadSetup = { board: this.#board.buffer, nice };
    this.#worker = new Worker(SCRIPT, { workerData, name: 'lanyard task' });
    this.#worker.on('message', (report: ThreadReport) => this.#receive(report));
    this.#worker.on('error', (error: Error) => (this.#lastError = error.message));
    this.#worker.on('exit', (code) => this.#exited(code));
  }

  /** Tasks inside, begun or not. */
  get size(): number {
    return this.#cells.size;
  }

  get room(): number {
    return this.#free.length;
  }

  /** Tasks in the order in which they were posted. */
  tasks(): IterableIterator<SlaveTask> {
    return this.#cells.values();
  }

  /** Sends tasks to the thread; at most `room` of them. Before one longer than `flushMs` the results so far are sent. */
  post(tasks: readonly SlaveTask[], flushMs: number): void {
    if (this.#cells.size === 0) this.busySinceMs = performance.now();
    const batch: ThreadTask[] = [];
    for (const task of tasks) {
      const cell = this.#free.pop();
      if (cell === undefined) throw new Error('a worker thread was given more tasks than it has room for');
      this.#cells.set(cell, task);
      this.expectedMs += task.expectedMs;
      this.#board.post(cell);
      batch.push([cell, task.type, task.params, task.expectedMs > flushMs]);
    }
    this.#batches++;
    this.#worker.postMessage(batch);
  }

  /** Takes back everything that has not begun, in order. */
  withdrawAll(): SlaveTask[] {
    return [...this.#cells.values()].filter((task) => this.withdraw(task));
  }

  /** Takes a task back that has not begun; false when it has, or is not here. */
  withdraw(task: SlaveTask): boolean {
    for (const [cell, inside] of this.#cells) {
      if (inside !== task) continue;
      if (!this.#board.withdraw(cell)) return false;
      // The cell stays taken until the worker has passed over it: it may still look at it.
      this.#cells.delete(cell);
      this.expectedMs -= task.expectedMs;
      return true;
    }
    return false;
  }

  /** Ends the thread, whatever it is doing, and takes no more tasks. `onExit` follows. */
  terminate(): void {
    this.ended = true;
    this.ready = false;
    void this.#worker.terminate();
  }

  #receive(report: ThreadReport): void {
    switch (report.kind) {
      case 'ready':
        this.ready = !this.ended;
        this.started = true;
        this.#handlers.onReady(this);
        return;
      case 'progress': {
        const task = this.#cells.get(report.cell);
        if (task !== undefined) this.#handlers.onProgress(task, report.ratio, report.text);
        return;
      }
      case 'results':
        this.busySinceMs = performance.now();
        for (const result of report.results) this.#finish(result);
        if (report.batchesDone === this.#batches && this.#cells.size === 0) this.#reclaimCells();
        this.#handlers.onResults(this);
    }
  }

  #finish([cell, ok, value, runMs]: ThreadResult): void {
    const task = this.#cells.get(cell);
    if (task === undefined) return;
    this.#cells.delete(cell);
    this.expectedMs = this.#cells.size === 0 ? 0 : this.expectedMs - task.expectedMs;
    this.#board.free(cell);
    this.#free.push(cell);
    this.#handlers.onResult(this, task, ok, value, runMs);
  }

  /** The thread has nothing left, so it has passed over every withdrawn cell: all are free again. */
  #reclaimCells(): void {
    if (this.#free.length === CELLS) return;
    this.#free.length = 0;
    for (let cell = CELLS - 1; cell >= 0; cell--) {
      this.#board.free(cell);
      this.#free.push(cell);
    }
  }

  #exited(code: number): void {
    // Tasks are claimed in order: the last claimed one was running, those before it had ended with their results unsent.
    let running: SlaveTask | undefined;
    for (const [cell, task] of this.#cells) if (this.#board.isClaimed(cell)) running = task;
    const others = [...this.#cells.values()].filter((task) => task !== running);
    this.#cells.clear();
    const reason = this.#lastError === '' ? `exit code ${code.toString()}` : this.#lastError;
    this.#handlers.onExit(this, reason, running, others);
  }
}
