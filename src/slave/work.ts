// All that runs tasks in this slave, from either way in: the threads, what the master orders, and what clients call for directly.
import type { Log } from '../common/log.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../common/task-types/registry.ts';
import type { Clock } from '../common/time/clock.ts';
import type { CallsDoor } from './calls/calls-door.ts';
import { Executor } from './executor/executor.ts';
import { Intake, type IntakeHandlers } from './intake.ts';
import { isRangeTooSmall, type SlaveOptions } from './options.ts';
import { TaskCounters } from './task-counters.ts';
import { WeightInHand } from './weight-in-hand.ts';

const TYPE_NAMES = new Set(BUILT_IN_TASK_TYPES.map(({ name }) => name));

export interface WorkHandlers extends Omit<IntakeHandlers, 'onDraining'> {
  /** Threads cannot be started on this machine. */
  onFatal(reason: string): void;
  /** Name of this slave, as its master calls it. */
  slaveName(): string;
}

export class Work {
  readonly counters = new TaskCounters(TYPE_NAMES);
  readonly weight: WeightInHand;
  readonly intake: Intake;
  readonly #options: SlaveOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #handlers: WorkHandlers;
  readonly #executor: Executor;
  #door: CallsDoor | undefined;

  constructor(options: SlaveOptions, clock: Clock, log: Log, handlers: WorkHandlers) {
    const { concurrency, nice, maxLoad, taskMemory: taskMemoryBytes } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#handlers = handlers;
    this.weight = new WeightInHand(maxLoad);
    this.#executor = new Executor(
      { concurrency, nice, taskMemoryBytes, clock },
      {
        onRunTimes: () => this.intake.updateSlots(),
        onFatal: (reason) => handlers.onFatal(reason),
        onStray: (type, message) =>
          log.warn({ type, message }, 'a task that had ended left something behind that threw'),
      },
    );
    const { counters, weight } = this;
    const shared = { clock, executor: this.#executor, weight, counters, concurrency };
    this.intake = new Intake(
      { ...shared, taskTypes: TYPE_NAMES },
      {
        send: (message) => handlers.send(message),
        onSlots: (slots) => handlers.onSlots(slots),
        onDraining: (draining) => this.#door?.server.setServing(!draining),
      },
    );
  }

  /** Where clients call this slave directly; 0 when they cannot. */
  get grpcPort(): number {
    return this.#door?.server.port ?? 0;
  }

  /** Tasks and calls in hand that have started. */
  get running(): number {
    return this.intake.running + (this.#door?.calls.running ?? 0);
  }

  get callsWaiting(): number {
    return this.#door?.calls.waiting ?? 0;
  }

  /** Lets clients in at `host`, unless they are to be kept out. gRPC is loaded for it, and only then. */
  async open(host: string): Promise<void> {
    const { grpcPort: port, grpcQueueLimit: queueLimit, portRange: range, concurrency } = this.#options;
    if (port === 'off') return;
    if (isRangeTooSmall(this.#options)) {
      this.#log.warn('no gRPC: the master takes all of --port-range; add one more port, or say --grpc-port off');
      return;
    }
    const { openCallsDoor } = await import('./calls/calls-door.ts');
    const { counters, weight } = this;
    this.#door = await openCallsDoor({
      ...{ host, port, range, log: this.#log },
      ...{ clock: this.#clock, executor: this.#executor, weight, counters, concurrency, queueLimit },
      taskTypes: BUILT_IN_TASK_TYPES.map(specOf),
      isDraining: () => this.intake.draining,
      slaveName: () => this.#handlers.slaveName(),
    });
  }

  /** Takes nothing new from now on; resolves when the last task and the last call have ended. */
  async leave(): Promise<void> {
    await Promise.all([this.intake.leave(), this.#door?.calls.empty()]);
  }

  /** Ends every thread; calls still in hand are told. Clients get `graceMs` to read their answers. */
  async close(graceMs: number): Promise<void> {
    this.#door?.calls.close();
    this.#executor.close();
    await this.#door?.server.close(graceMs);
  }
}
