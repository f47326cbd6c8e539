// Who has a task: a shared cell per task in a thread's batch, moved only by compare-and-exchange. The worker claims a task before
// it runs it; the main thread can take back one that was not claimed yet. So a task behind a long one is never stuck with it.

/** Cells per thread: the most tasks that can be in one thread at once. */
export const CELLS = 256;
/** One more cell holds the thread's last words. */
const EXIT_CELL = CELLS;

const FREE = 0;
const POSTED = 1;
const CLAIMED = 2;
const WITHDRAWN = 3;

/** What the last words may be. */
const EXITED = 1;
const EXITED_LATE = 2;

export class ClaimBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer((CELLS + 1) * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** Main thread: the task in this cell may be claimed from now on. */
  post(cell: number): void {
    Atomics.store(this.#cells, cell, POSTED);
  }

  /** Worker: true when the task is this worker's to run. */
  claim(cell: number): boolean {
    return Atomics.compareExchange(this.#cells, cell, POSTED, CLAIMED) === POSTED;
  }

  /** Main thread: true when the task had not been claimed and now never will be. */
  withdraw(cell: number): boolean {
    return Atomics.compareExchange(this.#cells, cell, POSTED, WITHDRAWN) === POSTED;
  }

  isClaimed(cell: number): boolean {
    return Atomics.load(this.#cells, cell) === CLAIMED;
  }

  /** Main thread: the worker is done with this cell. */
  free(cell: number): void {
    Atomics.store(this.#cells, cell, FREE);
  }

  /** Worker: a task has called `process.exit`; `late`: one that had ended before. */
  noteExit(late: boolean): void {
    Atomics.store(this.#cells, EXIT_CELL, late ? EXITED_LATE : EXITED);
  }

  /** The thread ended by itself, not by being terminated. */
  get exited(): boolean {
    return Atomics.load(this.#cells, EXIT_CELL) !== 0;
  }

  /** It was a task that had ended before which ended the thread: the one that runs is not to blame. */
  get exitedLate(): boolean {
    return Atomics.load(this.#cells, EXIT_CELL) === EXITED_LATE;
  }
}
