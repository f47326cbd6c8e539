// What those who watch the cluster are told: what it is (`GET /about`), what it was (`GET /history`), how it is now (event `snapshot`).
// Shapes: common/feed/feed.ts.
import type { About, JoinCommand, Snapshot } from '../../common/feed/feed.ts';
import type { Clock } from '../../common/time/clock.ts';
import { ALGORITHMS } from '../balancing/registry.ts';
import type { DispatchCounters } from '../dispatch/counters.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { FeedView } from '../doors/door.ts';
import type { Pool } from '../pool/pool.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';
import { ClusterLog } from './cluster-log.ts';
import { History } from './history.ts';
import { LatencySketch } from './latency-sketch.ts';
import { RecentTasks } from './recent-tasks.ts';
import { slaveRow } from './snapshot.ts';
import { queuedRows, runningRows } from './task-rows.ts';
import type { TimeOfDay } from './task-view.ts';

/** Of the log, so many entries are in a snapshot. */
const LOG_SHOWN = 20;
/** Networks come and go, but asking for them takes a while: asked again after this time. */
const JOIN_MS = 5000;

export interface FeedParts {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly time: TimeOfDay;
  readonly counters: DispatchCounters;
  readonly about: Pick<About, 'cluster' | 'masterId' | 'masterName' | 'version'>;
  /** How further machines join, given the port of the HTTP door. */
  readonly join: (httpPort: number) => readonly JoinCommand[];
}

/** What there is to see only once everything is wired. */
export interface Watched {
  readonly dispatcher: Dispatcher;
  /** Whether new work is taken. */
  readonly isOpen: () => boolean;
  /** Whether this task is among the submitted ones; asked at most 60 times a snapshot. */
  readonly isKept: (id: string) => boolean;
}

export class Feed implements FeedView {
  readonly #parts: FeedParts;
  readonly #startedAt: number;
  readonly #log: ClusterLog;
  readonly #recent = new RecentTasks();
  readonly #latencies = new LatencySketch();
  readonly #history: History;
  #watched: Watched | undefined;
  #join: { readonly port: number; readonly untilMs: number; readonly commands: readonly JoinCommand[] } | undefined;
  #historyBytes: { readonly samples: string; readonly log: string; readonly bytes: Buffer } | undefined;

  constructor(parts: FeedParts) {
    const { pool, clock, time, counters } = parts;
    this.#parts = parts;
    this.#startedAt = Math.round(time.of(clock.nowMs()));
    this.#log = new ClusterLog(() => time.of(clock.nowMs()));
    const depth = (): ReturnType<Feed['depth']> => this.depth();
    this.#history = new History({ clock, time, totals: counters, latencies: this.#latencies, depth });
    pool.observe({
      onMember: ({ profile: { kind, name, address } }, from, to, reason) => {
        if (kind !== 'slave') return;
        this.#log.add({ what: 'slave', name, address, from: from === 'new' ? 'joining' : from, to, reason });
      },
    });
  }

  /** From now on its tasks are shown. */
  watch(watched: Watched): void {
    this.#watched = watched;
  }

  /** To be called for every task at its end. */
  onEnded(task: Task, answer: TaskAnswer): void {
    this.#recent.note(task, answer);
    if (answer.state === 'done' || answer.state === 'failed') {
      this.#latencies.observe(task.endedAtMs - task.queuedAtMs);
    }
  }

  /** `group`: of this one alone. */
  onAlgorithm(from: string, to: string, group?: string): void {
    if (from !== to) this.#log.add({ what: 'algorithm', from, to, ...(group !== undefined && { group }) });
  }

  /** How many tasks wait, and how many attempts are out. */
  depth(): { queued: number; inFlight: number } {
    let queued = 0;
    const { lives, attempts } = this.#watched?.dispatcher ?? {};
    for (const [, queue] of lives?.queues() ?? []) queued += queue.length;
    return { queued, inFlight: attempts?.size ?? 0 };
  }

  about(httpPort: number): ReturnType<FeedView['about']> {
    const algorithms = ALGORITHMS.map(({ name, picks }) => ({ name, picks }));
    return { ...this.#parts.about, startedAt: this.#startedAt, algorithms, join: this.#joinCommands(httpPort) };
  }

  history(): Buffer {
    const { text: samples } = this.#history;
    const { text: log } = this.#log;
    if (this.#historyBytes?.samples !== samples || this.#historyBytes.log !== log) {
      this.#historyBytes = { samples, log, bytes: Buffer.from(`{"samples":${samples},"log":${log}}`) };
    }
    return this.#historyBytes.bytes;
  }

  snapshot(): Snapshot {
    const { pool, clock, time, counters, about } = this.#parts;
    const { done, failed, cancelled, expired } = counters;
    const { dispatcher, isOpen, isKept = () => false } = this.#watched ?? {};
    const context = { time, isKept };
    return {
      at: Math.round(time.of(clock.nowMs())),
      masterId: about.masterId,
      algorithm: pool.algorithm.name,
      slaves: Array.from(pool.slaves(), slaveRow),
      ...this.depth(),
      totals: { done, failed, cancelled, expired },
      sample: this.#history.latest,
      tasks: {
        running: dispatcher === undefined ? [] : runningRows(dispatcher.attempts, context),
        queued: dispatcher === undefined ? [] : queuedRows(dispatcher.lives.queues(), context),
        ended: this.#recent.rows(context),
      },
      log: this.#log.entries.slice(-LOG_SHOWN),
      draining: isOpen?.() === false,
    };
  }

  #joinCommands(port: number): readonly JoinCommand[] {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#join?.port !== port || this.#join.untilMs <= nowMs) {
      this.#join = { port, untilMs: nowMs + JOIN_MS, commands: this.#parts.join(port) };
    }
    return this.#join.commands;
  }
}
