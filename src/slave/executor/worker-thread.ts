// The body of a worker thread: runs the tasks of each batch in order and sends the results back, batched. Runs in its own thread
// so that a CPU-bound task delays neither a load poll nor another task.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/errors.ts';
import type { Params, TaskContext, TaskType } from '../../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES } from '../../common/task-types/registry.ts';
import { ClaimBoard } from './claim-board.ts';
import type { ThreadBatch, ThreadReport, ThreadResult, ThreadSetup, ThreadTask } from './thread-messages.ts';

/** Results wait at most this long for the rest of their batch. */
const FLUSH_MS = 1;
const PROGRESS_INTERVAL_MS = 100;
/** Larger integers would hold up whoever has to write them as decimal text. */
const INTEGER_BITS_MAX = 1_000_000;

const port = parentPort;
if (port === null) throw new Error('worker-thread must be started as a worker thread');
const { board: buffer, nice } = workerData as ThreadSetup;
const board = new ClaimBoard(buffer);
const types = new Map<string, TaskType>(BUILT_IN_TASK_TYPES.map((type) => [type.name, type]));
const queue: ThreadTask[] = [];
let results: ThreadResult[] = [];
let oldestResultAt = 0;
let working = false;
let batches = 0;

lowerPriority();
port.on('message', (batch: ThreadBatch) => {
  batches++;
  queue.push(...batch);
  if (!working) void work();
});
report({ kind: 'ready' });

async function work(): Promise<void> {
  working = true;
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
    const [cell, , , flush] = task;
    if (!board.claim(cell)) continue;
    if (results.length > 0 && (flush || performance.now() - oldestResultAt > FLUSH_MS)) sendResults(undefined);
    const started = performance.now();
    const result = runTask(task, started);
    keep(result instanceof Promise ? await result : result);
  }
  working = false;
  sendResults(batches);
}

/** Runs one task. Stays synchronous unless the task itself is not: a promise per task would cost more than a short task. */
function runTask([cell, name, params]: ThreadTask, started: number): ThreadResult | Promise<ThreadResult> {
  const failed = (thrown: unknown): ThreadResult => [cell, false, messageOf(thrown), performance.now() - started];
  const done = (value: unknown): ThreadResult => {
    const runMs = performance.now() - started;
    if (typeof value === 'bigint' && BigInt.asIntN(INTEGER_BITS_MAX, value) !== value) {
      return [cell, false, `its result is an integer of more than ${INTEGER_BITS_MAX.toString()} bits`, runMs];
    }
    return [cell, true, value, runMs];
  };
  try {
    const type = types.get(name);
    if (type === undefined) throw new Error(`this slave has no task type ${name}`);
    const value = type.run(params as Params, contextOf(cell));
    return value instanceof Promise ? value.then(done, failed) : done(value);
  } catch (thrown) {
    return failed(thrown);
  }
}

function contextOf(cell: number): TaskContext {
  let lastAt = -Infinity;
  return {
    progress(ratio, message = '') {
      const now = performance.now();
      if (now - lastAt < PROGRESS_INTERVAL_MS) return;
      lastAt = now;
      report({ kind: 'progress', cell, ratio: Math.min(Math.max(ratio, 0), 1), text: message.slice(0, 400) });
    },
  };
}

function keep(result: ThreadResult): void {
  if (results.length === 0) oldestResultAt = performance.now();
  results.push(result);
}

function sendResults(batchesDone: number | undefined): void {
  const batch = results;
  results = [];
  try {
    report({ kind: 'results', results: batch, batchesDone });
  } catch {
    // One of the values cannot be cloned: find it, so that it costs only its own task.
    report({ kind: 'results', results: batch.map(cloneable), batchesDone });
  }
}

function cloneable(result: ThreadResult): ThreadResult {
  try {
    structuredClone(result[2]);
    return result;
  } catch (error) {
    return [result[0], false, `the result cannot be sent: ${messageOf(error)}`, result[3]];
  }
}

function report(message: ThreadReport): void {
  port?.postMessage(message);
}

/** On Linux this is per thread: the main thread, which answers load polls, keeps its priority. */
function lowerPriority(): void {
  try {
    if (nice !== 0) setPriority(0, nice);
  } catch {
    // Without the right to change it, tasks run at normal priority.
  }
}
