// What the slave's main thread and its worker threads say to each other: arrays, batched, since each postMessage costs microseconds.

/** One task of a batch. `cell` is its place on the claim board. `flush`: send all results so far before starting this one. */
export type ThreadTask = readonly [cell: number, type: string, params: unknown, flush: boolean];

/** Main thread → worker: tasks to run in order. */
export type ThreadBatch = readonly ThreadTask[];

/** One finished task. `value` is the result, or the message of what was thrown, and `stack` where. */
export type ThreadResult = readonly [cell: number, ok: boolean, value: unknown, runMs: number, stack?: string];

/**
 * Worker → main thread. `batchesDone` counts the batches that it has worked off since it began; absent while one is under way.
 * `stray`: what a task of this type had left behind has thrown, or ended the thread.
 */
export type ThreadReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'results'; readonly results: readonly ThreadResult[]; readonly batchesDone: number | undefined }
  | { readonly kind: 'progress'; readonly cell: number; readonly ratio: number; readonly text: string }
  | { readonly kind: 'stray'; readonly type: string; readonly message: string };

/** What a worker thread is started with. */
export interface ThreadSetup {
  readonly board: SharedArrayBuffer;
  readonly nice: number;
}
