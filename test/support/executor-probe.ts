// An executor with real worker threads whose events a test can wait for. Each gets threads of its own; `close` ends them.
import { threads } from './worker-threads.ts';
import { Executor, type ExecutorOptions } from '../../src/slave/executor/executor.ts';
import type { SlaveTask } from '../../src/slave/executor/slave-task.ts';
import type { Outcome } from '../../src/common/protocol/messages.ts';
import { weightOf } from '../../src/common/task-types/weight.ts';
import { BUILT_IN_TASK_TYPES } from '../../src/common/task-types/registry.ts';
import { eventually } from './wait.ts';

export interface Ending {
  readonly outcome: Outcome;
  readonly value: unknown;
  readonly runMs: number;
  /** How often this task was reported as ended: once, or something is wrong. */
  readonly times: number;
}

let tasks = 0;

/** A task of a built-in type, with its proper weight unless another is given. */
function slaveTask(type: string, params: Record<string, unknown>, given?: number): SlaveTask {
  const rule = BUILT_IN_TASK_TYPES.find(({ name }) => name === type)?.weight ?? { constant: 1 };
  const weight = given ?? weightOf(rule, params);
  return { id: `m-${++tasks}`, attempt: 1, type, params, weight, cancelled: false, started: false, expectedMs: 0 };
}

export class ExecutorProbe {
  readonly executor: Executor;
  /** In the order in which they were reported. */
  readonly started: SlaveTask[] = [];
  readonly ended = new Map<SlaveTask, Ending>();
  readonly progress: number[] = [];
  fatal: string | undefined;

  constructor(options: Partial<ExecutorOptions> = {}) {
    this.executor = new Executor(
      { concurrency: 1, nice: 0, ...options },
      {
        onStarted: (task) => this.started.push(task),
        onFinished: (task, outcome, value, runMs) =>
          this.ended.set(task, { outcome, value, runMs, times: (this.ended.get(task)?.times ?? 0) + 1 }),
        onProgress: (_task, ratio) => this.progress.push(ratio),
        onFatal: (reason) => (this.fatal = reason),
      },
    );
  }

  /** Submits a task of a built-in type. */
  run(type: string, params: Record<string, unknown>, weight?: number): SlaveTask {
    const task = slaveTask(type, params, weight);
    this.executor.submit(task);
    return task;
  }

  async end(task: SlaveTask): Promise<Ending> {
    return eventually(`the end of ${task.type} ${JSON.stringify(task.params)}`, () => this.ended.get(task));
  }

  /** Runs tasks until short ones of this type are known to be short, so that they go to threads in batches. */
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
