// An executor with real worker threads whose events a test can wait for. Each gets threads of its own; `close` ends them.
import { threads } from './worker-threads.ts';
import { Executor, type ExecutorOptions } from '../../src/slave/executor/executor.ts';
import { SlaveTask, type Ending, type TaskOwner } from '../../src/slave/executor/slave-task.ts';
import { weightOf } from '../../src/common/task-types/weight.ts';
import { systemClock } from '../../src/common/time/clock.ts';
import { BUILT_IN_TASK_TYPES } from './task-types.ts';
import { eventually } from './wait.ts';

export interface Ended extends Ending {
  readonly runMs: number;
  /** How often this task was reported as ended: once, or something is wrong. */
  readonly times: number;
}

/** A script whose result waits for the next one's: it stops the clock by which its thread sees that it is time to send results. */
export const UNSENT = 'performance.now = () => 0; return 1;';

let tasks = 0;

export interface Given {
  readonly weight?: number;
  readonly deadlineMs?: number;
  readonly runLimitMs?: number;
}

/** A task of a known type, with its proper weight unless another is given. */
function slaveTask(type: string, params: Record<string, unknown>, given: Given, owner: TaskOwner): SlaveTask {
  const rule = BUILT_IN_TASK_TYPES.find(({ name }) => name === type)?.weight ?? { constant: 1 };
  const limits = { deadlineMs: Infinity, runLimitMs: Infinity };
  const id = `m-${++tasks}`;
  return new SlaveTask({ id, attempt: 1, type, params, weight: weightOf(rule, params), ...limits, ...given }, owner);
}

export class ExecutorProbe implements TaskOwner {
  readonly executor: Executor;
  /** In the order in which they were reported. */
  readonly started: SlaveTask[] = [];
  readonly ended = new Map<SlaveTask, Ended>();
  readonly progress: number[] = [];
  readonly texts: string[] = [];
  fatal: string | undefined;

  constructor(options: Partial<ExecutorOptions> = {}) {
    this.executor = new Executor(
      { concurrency: 1, nice: 0, taskMemoryBytes: 0, clock: systemClock, ...options },
      { onRunTimes: () => undefined, onFatal: (reason) => (this.fatal = reason) },
    );
  }

  onStarted(task: SlaveTask): void {
    this.started.push(task);
  }

  onFinished(task: SlaveTask, ending: Ending, runMs: number): void {
    this.ended.set(task, { ...ending, runMs, times: (this.ended.get(task)?.times ?? 0) + 1 });
  }

  onProgress(_task: SlaveTask, ratio: number, text: string): void {
    this.progress.push(ratio);
    this.texts.push(text);
  }

  /** Submits a task of a known type. */
  run(type: string, params: Record<string, unknown>, weight?: number): SlaveTask {
    return this.submit(type, params, weight === undefined ? {} : { weight });
  }

  /** `owner`: this probe, unless somebody else's task is to stand beside its own. */
  submit(type: string, params: Record<string, unknown>, given: Given, owner: TaskOwner = this): SlaveTask {
    const task = slaveTask(type, params, given, owner);
    this.executor.submit(task);
    return task;
  }

  /** Submits a task that runs this JavaScript: the body of a function of `context` and `given`. */
  script(code: string, given: Given = {}): SlaveTask {
    return this.submit('script', { code }, given);
  }

  async end(task: SlaveTask, limitMs?: number): Promise<Ended> {
    const what = `the end of ${task.type} ${JSON.stringify(task.params)}`;
    return this.ended.get(task) ?? eventually(what, () => this.ended.get(task), limitMs);
  }

  /** From here on tasks of this type and weight 1 are taken for short ones, however slow this machine is: they go to threads in batches. */
  believeShort(type: string): void {
    for (let i = 0; i < 1000; i++) this.executor.runTimes.record(type, 1, 0.001); // a slow one seen before has faded by then
  }

  /** Runs tasks until short ones of this type are known to be short: on a busy machine they may not be. */
  async learn(type: string, params: Record<string, unknown>): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const batch = Array.from({ length: 25 }, () => this.run(type, params));
      for (const task of batch) await this.end(task);
    }
    this.started.length = 0;
  }

  /** Waits until this task runs on a thread. */
  async running(task: SlaveTask): Promise<void> {
    await eventually('it has started', () => this.started.includes(task));
  }

  /** Threads of all executors that have not ended. */
  get threads(): number {
    return threads.size;
  }

  async close(): Promise<void> {
    this.executor.close();
    await eventually('all threads have ended', () => threads.size === 0);
  }
}
