// One worker thread as the executor sees it: posts batches, knows which tasks are inside, and says what became of each when the
// thread reports, is ended, or dies.
import { Worker, type ResourceLimits } from 'node:worker_threads';
import type { Clock, Timer } from '../../common/time/clock.ts';
import { CELLS, ClaimBoard } from './claim-board.ts';
import type { Ending, SlaveTask } from './slave-task.ts';
import { HEADROOM_BYTES } from './thread-memory.ts';
import type { ThreadReport, ThreadResult, ThreadSetup, ThreadTask } from './thread-messages.ts';
import { describeThrown } from './thrown.ts';
import { WORKER_SCRIPT } from './worker-script.ts';

const MIB = 1024 ** 2;
/** How soon a thread that was told to end is told again; doubled each time. */
const TERMINATE_AGAIN_MS = 10;
const TERMINATE_AGAIN_MS_MAX = 1000;

export interface WorkerOptions {
  readonly clock: Clock;
  /** Niceness of the worker threads, 0 to leave it alone. */
  readonly nice: number;
  /** Memory that one thread may hold; 0 for no limit. */
  readonly taskMemoryBytes: number;
}

export interface WorkerHandlers {
  onReady(worker: TaskWorker): void;
  onResult(worker: TaskWorker, task: SlaveTask, ending: Ending, runMs: number): void;
  onProgress(task: SlaveTask, ratio: number, text: string): void;
  /** Something that an ended task of this type left behind in its thread has thrown this. The thread is replaced when it is empty. */
  onStray(type: string, message: string): void;
  /** All results of one message have been handed on: there may be room for more. */
  onResults(worker: TaskWorker): void;
  /** The thread is gone. `running` is the task that it was at; `others` were inside too and have to be run again. */
  onExit(worker: TaskWorker, reason: string, running: SlaveTask | undefined, others: readonly SlaveTask[]): void;
}

export class TaskWorker {
  readonly #worker: Worker;
  readonly #options: WorkerOptions;
  readonly #handlers: WorkerHandlers;
  readonly #board = new ClaimBoard();
  /** Tasks inside and their cells, in the order in which they were posted. */
  readonly #tasks = new Map<SlaveTask, number>();
  /** Whose result a cell will bring: of tasks inside, and of those that were taken back after they had been run. */
  readonly #owners: (SlaveTask | undefined)[] = new Array<SlaveTask | undefined>(CELLS).fill(undefined);
  readonly #free = Array.from({ length: CELLS }, (_, i) => CELLS - 1 - i);
  readonly threadId: number;
  #death: string | undefined;
  #batches = 0;
  #terminating: Timer | undefined;
  /** Something left behind in it has thrown: it takes no more tasks, and is ended when those inside have ended. */
  #retired = false;
  ready = false;
  /** We ended it ourselves, or an ended task did: its tasks are not to blame. */
  ended = false;
  /** It was ready once, so threads can be started on this machine. */
  started = false;
  /** It has been at one task for so long that it is given no others until it reports. */
  stuck = false;
  /** Expected run time of all tasks inside, in milliseconds. */
  expectedMs = 0;
  /** When the task at the front of this thread began, at the latest. */
  busySinceMs = 0;

  constructor(options: WorkerOptions, handlers: WorkerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const workerData: ThreadSetup = { board: this.#board.buffer, nice: options.nice };
    const { taskMemoryBytes } = options;
    const resourceLimits: ResourceLimits =
      taskMemoryBytes === 0 ? {} : { maxOldGenerationSizeMb: Math.ceil((taskMemoryBytes + HEADROOM_BYTES) / MIB) };
    const { script, eval: isSource } = WORKER_SCRIPT;
    this.#worker = new Worker(script, { workerData, resourceLimits, eval: isSource, name: 'lanyard task' });
    this.#worker.setMaxListeners(0); // each call of `terminate` adds one
    this.threadId = this.#worker.threadId;
    this.#worker.on('message', (report: ThreadReport) => this.#receive(report));
    this.#worker.on('error', (error: unknown) => (this.#death = this.#describe(error)));
    this.#worker.on('exit', (code) => this.#exited(code));
  }

  /** Tasks inside, begun or not. */
  get size(): number {
    return this.#tasks.size;
  }

  get room(): number {
    return this.#free.length;
  }

  /** The task that was posted first, which runs unless it has ended unreported. */
  get front(): SlaveTask | undefined {
    return this.#tasks.keys().next().value;
  }

  has(task: SlaveTask): boolean {
    return this.#tasks.has(task);
  }

  /** The task that runs, by the claim board: tasks are claimed in order, so it is the last one claimed. */
  running(): SlaveTask | undefined {
    let running: SlaveTask | undefined;
    for (const [task, cell] of this.#tasks) {
      if (!this.#board.isClaimed(cell)) break;
      running = task;
    }
    return running;
  }

  /** Sends tasks to the thread; at most `room` of them. Before one longer than `flushMs` the results so far are sent. */
  post(tasks: readonly SlaveTask[], flushMs: number): void {
    if (this.#tasks.size === 0) this.busySinceMs = this.#options.clock.nowMs();
    const batch: ThreadTask[] = [];
    for (const task of tasks) {
      const cell = this.#free.pop();
      if (cell === undefined) throw new Error('a worker thread was given more tasks than it has room for');
      this.#tasks.set(task, cell);
      this.#owners[cell] = task;
      this.expectedMs += task.expectedMs;
      this.#board.post(cell);
      batch.push([cell, task.type, task.params, task.expectedMs > flushMs]);
    }
    this.#batches++;
    this.#worker.postMessage(batch);
  }

  /** Takes a task back that has not begun; false when it has, or is not here. */
  withdraw(task: SlaveTask): boolean {
    const cell = this.#tasks.get(task);
    if (cell === undefined || !this.#board.withdraw(cell)) return false;
    // The cell stays taken until the worker has passed over it: it may still look at it.
    this.#remove(task);
    this.#owners[cell] = undefined;
    return true;
  }

  /** Takes back everything but the task that runs: what has not begun, and what has ended unreported (whose result still counts). */
  takeOthers(): SlaveTask[] {
    const kept = this.running() ?? this.front;
    const inside = [...this.#tasks.keys()];
    const ended = inside.splice(
      0,
      inside.findIndex((task) => task === kept),
    );
    for (const task of ended) {
      task.again = true;
      this.#remove(task);
    }
    return [...ended, ...inside.filter((task) => task !== kept && this.withdraw(task))];
  }

  /** Gives up a task that has ended unreported: nobody waits for its result any more. */
  forget(task: SlaveTask): void {
    const cell = this.#tasks.get(task);
    if (cell === undefined) return;
    this.#remove(task);
    this.#owners[cell] = undefined;
  }

  /** Ends the thread, whatever it is doing, and takes no more tasks. `onExit` follows. */
  terminate(): void {
    if (this.ended) return;
    this.ended = true;
    this.ready = false;
    this.#terminate(TERMINATE_AGAIN_MS);
  }

  /** Again and again: what ends a thread is swallowed when it comes while its memory is being measured. */
  #terminate(againMs: number): void {
    void this.#worker.terminate();
    const nextMs = Math.min(againMs * 2, TERMINATE_AGAIN_MS_MAX);
    this.#terminating = this.#options.clock.after(againMs, () => this.#terminate(nextMs));
  }

  #terminateIfRetired(): void {
    if (this.#retired && this.#tasks.size === 0) this.terminate();
  }

  #remove(task: SlaveTask): void {
    this.#tasks.delete(task);
    this.expectedMs = this.#tasks.size === 0 ? 0 : this.expectedMs - task.expectedMs;
  }

  #receive(report: ThreadReport): void {
    switch (report.kind) {
      case 'ready':
        this.ready = !this.ended;
        this.started = true;
        this.#handlers.onReady(this);
        return;
      case 'progress': {
        const task = this.#owners[report.cell];
        if (task !== undefined) this.#handlers.onProgress(task, report.ratio, report.text);
        return;
      }
      case 'results':
        this.busySinceMs = this.#options.clock.nowMs();
        this.stuck = false;
        for (const result of report.results) this.#finish(result);
        if (report.batchesDone === this.#batches && this.#tasks.size === 0) this.#reclaimCells();
        this.#handlers.onResults(this);
        this.#terminateIfRetired();
        return;
      case 'stray':
        this.#retired = true;
        this.ready = false;
        this.#handlers.onStray(report.type, report.message);
        this.#terminateIfRetired();
    }
  }

  #finish([cell, ok, value, runMs, stack]: ThreadResult): void {
    const task = this.#owners[cell];
    this.#owners[cell] = undefined;
    this.#board.free(cell);
    this.#free.push(cell);
    if (task === undefined) return;
    if (this.#tasks.get(task) === cell) this.#remove(task);
    this.#handlers.onResult(this, task, { outcome: ok ? 'done' : 'failed', value, stack }, runMs);
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

  #describe(error: unknown): string {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return outOfMemory(this.#options.taskMemoryBytes);
    return `its worker thread ended (${describeThrown(error).message})`;
  }

  #exited(code: number): void {
    this.#terminating?.cancel();
    this.ended ||= this.#board.exitedLate;
    const running = this.running();
    const others = [...this.#tasks.keys()].filter((task) => task !== running);
    this.#tasks.clear();
    this.#owners.fill(undefined);
    const exit = this.#board.exited ? `called process.exit(${code.toString()})` : undefined;
    const reason = this.#death ?? exit ?? `its worker thread ended (exit code ${code.toString()})`;
    this.#handlers.onExit(this, reason, running, others);
  }
}

/** What a task that needs too much memory is told. */
export function outOfMemory(limitBytes: number): string {
  if (limitBytes === 0) return 'ran out of memory on its thread';
  const mib = Math.round(limitBytes / MIB);
  return `ran out of memory: it needed more than ${mib.toString()} MB on its thread (--task-memory of the slave)`;
}
