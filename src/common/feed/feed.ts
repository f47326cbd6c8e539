// What the master tells those who watch it, the dashboard and `lab top`: the types of `GET /about`, `GET /history` and the event
// `snapshot` of `GET /events?kinds=snapshot`. Types only: the page sees the master through HTTP. Times of day are milliseconds since
// 1970, by the master's clock.
import type { TaskState } from '../task-types/task-states.ts';

/** How a further machine joins over one of the master's networks. */
export interface JoinCommand {
  /** Name of the master's interface, such as `eth0`. */
  readonly network: string;
  /** The master's address there. */
  readonly address: string;
  /** Only this machine can be reached there. */
  readonly loopback: boolean;
  /** One line for a shell. */
  readonly command: string;
}

/** What does not change while the master runs, and what this client may do. */
export interface About {
  readonly cluster: string;
  readonly masterId: string;
  readonly masterName: string;
  readonly version: string;
  readonly startedAt: number;
  readonly algorithms: readonly { readonly name: string; readonly picks: string }[];
  /** LAN addresses first; empty when the HTTP door is closed to everyone. */
  readonly join: readonly JoinCommand[];
  /** Whether this client may switch the algorithm, drain, resume, and cancel tasks of others. */
  readonly mayChange: boolean;
  /** When it may not: a sentence that says why and what to do. */
  readonly whyNot: string | null;
}

/** The cluster in one second. */
export interface Sample {
  /** End of the second. */
  readonly at: number;
  /** Tasks that ended in it, by state. */
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
  /** Of tasks done or failed in it, from admission to the end, in milliseconds; null when there was none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Tasks waiting, over all groups, at its end. */
  readonly queued: number;
  /** Attempts out at slaves at its end. */
  readonly inFlight: number;
}

/** Something that a person wants to read about later. */
export type LogEntry = {
  /** 1 for the first since the master's start; no gaps. */
  readonly n: number;
  readonly at: number;
} & (
  | {
      readonly what: 'slave';
      readonly name: string;
      readonly address: string;
      /** States: `joining ready suspect draining gone`. */
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  /** Without `group`: of every group that has none of its own. */
  | { readonly what: 'algorithm'; readonly from: string; readonly to: string; readonly group?: string }
);

/** `GET /history`: the last 15 minutes. */
export interface History {
  /** Oldest first, at most 900, one a second; a second without a sample is missing. */
  readonly samples: readonly Sample[];
  /** Oldest first, at most 200. */
  readonly log: readonly LogEntry[];
}

export interface SlaveRow {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** As in `GET /slaves`: `ready`, `suspect` or `draining`; and `leaving` for a draining one that is on its way out and cannot resume. */
  readonly state: string;
  /** Weight in flight × CPU load. */
  readonly load: number;
  /** CPU load per core; 1 is one runnable thread a core. */
  readonly cpu: number;
  /** Share of the machine's memory in use, 0 to 1. */
  readonly memory: number;
  readonly weight: number;
  readonly maxLoad: number;
  readonly slots: number;
  /** How many of its slots are taken. Leases of calls that pass the master by take none; they count in weight and load. */
  readonly leases: number;
  readonly running: number;
}

/** A task that waits, runs or ended lately. */
export interface TaskRow {
  readonly id: string;
  readonly type: string;
  readonly state: TaskState;
  /** Name of the slave that has it or had it last; null before the first dispatch. */
  readonly slave: string | null;
  readonly attempts: number;
  readonly queuedAt: number;
  /** When its last attempt started at the slave, as far as the master has heard. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Of the attempt that answered, as the slave measured it; null until then. */
  readonly runMs: number | null;
  /** 0 to 1, and a few words, as the task last said. */
  readonly progress: number;
  readonly message: string;
  /** Why it failed, was cancelled or expired: a sentence, shortened to 200 characters; null otherwise. */
  readonly error: string | null;
  /** It was submitted, and `GET /tasks/{id}` answers for it: until its result is no longer kept. Never so for a task of `GET /task`. */
  readonly kept: boolean;
}

/** The cluster as it is now. At most four a second, fewer when there are many slaves. */
export interface Snapshot {
  readonly at: number;
  readonly masterId: string;
  readonly algorithm: string;
  /** In join order. */
  readonly slaves: readonly SlaveRow[];
  readonly queued: number;
  readonly inFlight: number;
  /** Tasks that ended since the start, by state. */
  readonly totals: {
    readonly done: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly expired: number;
  };
  /** The latest; the same one until the next second is over; null in the first. */
  readonly sample: Sample | null;
  /** At most 20 that run (longest first), 10 that wait (next first), 30 that ended (latest first). */
  readonly tasks: {
    readonly running: readonly TaskRow[];
    readonly queued: readonly TaskRow[];
    readonly ended: readonly TaskRow[];
  };
  /** The latest, at most 20, oldest first: whoever misses some between two snapshots asks for /history again. */
  readonly log: readonly LogEntry[];
  /** The master is shutting down: nothing new is taken. */
  readonly draining: boolean;
}
