// The body of a worker thread: runs the tasks of each batch in order and sends the results back, batched. Runs in its own thread
// so that a CPU-bound task delays neither a load poll nor another task.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Params, TaskType } from '../../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES } from '../../common/task-types/registry.ts';
import { Blame } from './blame.ts';
import { ClaimBoard } from './claim-board.ts';
import { problemWith } from './plain-value.ts';
import { TaskProgress } from './progress.ts';
import type { ThreadBatch, ThreadReport, ThreadResult, ThreadSetup, ThreadTask } from './thread-messages.ts';
import { describeThrown } from './thrown.ts';

/** Results wait at most this long for the rest of their batch. */
const FLUSH_MS = 1;

const port = parentPort;
if (port === null) throw new Error('worker-thread must be started as a worker thread');
const { board: buffer, nice } = workerData as ThreadSetup;
const board = new ClaimBoard(buffer);
const types = new Map<string, TaskType>(BUILT_IN_TASK_TYPES.map((type) => [type.name, type]));
const blame = new Blame<ThreadTask>();
const queue: ThreadTask[] = [];
let results: ThreadResult[] = [];
let oldestResultAt = 0;
let working = false;
let batches = 0;
let strayed = false;

lowerPriority();
process.on('exit', (code) => {
  const culprit = blame.late();
  board.noteExit(culprit !== undefined);
  if (culprit !== undefined) reportStray(culprit, `called process.exit(${code.toString()})`);
});
process.on('uncaughtException', (thrown: unknown) => {
  const culprit = blame.late();
  // Thrown from here it ends the thread, and with it the task that runs.
  if (culprit === undefined) throw thrown;
  reportStray(culprit, describeThrown(thrown).message);
});
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
    const result = blame.run(task, runTask);
    keep(result instanceof Promise ? await result : result);
    blame.end();
  }
  working = false;
  sendResults(batches);
}

/** Runs one task. Stays synchronous unless the task itself is not: a promise per task would cost more than a short task. */
function runTask([cell, name, params]: ThreadTask): ThreadResult | Promise<ThreadResult> {
  const startedAt = performance.now();
  const context = new TaskProgress((ratio, text) => report({ kind: 'progress', cell, ratio, text }));
  const failed = (thrown: unknown): ThreadResult => {
    context.close();
    const { message, stack } = describeThrown(thrown);
    const runMs = performance.now() - startedAt;
    return stack === undefined ? [cell, false, message, runMs] : [cell, false, message, runMs, stack];
  };
  const done = (value: unknown): ThreadResult => {
    context.close();
    const runMs = performance.now() - startedAt;
    const problem = problemWith(value);
    return problem === undefined ? [cell, true, value, runMs] : [cell, false, `its result ${problem}`, runMs];
  };
  try {
    const type = types.get(name);
    if (type === undefined) throw new Error(`this slave has no task type ${name}`);
    const value = type.run(params as Params, context);
    return value instanceof Promise ? value.then(done).catch(failed) : done(value);
  } catch (thrown) {
    return failed(thrown);
  }
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
    return [result[0], false, `its result cannot be sent: ${describeThrown(error).message}`, result[3]];
  }
}

/** Once is enough: the thread is replaced when its tasks have ended. */
function reportStray([, type]: ThreadTask, message: string): void {
  if (strayed) return;
  strayed = true;
  report({ kind: 'stray', type, message });
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
