// How one service is, asked again and again by whoever sends requests to it: whether it takes them, and its load by its own metric.
import type { Log } from '../log.ts';
import { WHY_CHARS_MAX } from '../protocol/messages.ts';
import { printable } from '../text/printable.ts';
import type { Clock } from '../time/clock.ts';
import { nextHealth, UNSEEN, type Health } from './health.ts';
import { nextLoad, UNREAD, type LastLoad } from './last-load.ts';
import { lookAtPath, lookAtPort, readPage, type LookParts, type Place, type Problem } from './looks.ts';
import { LOAD_MAX, readMetric, type MetricSelector } from './metric-text.ts';

/** What is looked at. */
export interface ProbedService extends Place {
  /** As people know it, for the log: `web`, or with the address when there are several. */
  readonly name: string;
  /** Asked with GET; a TCP connection will do when undefined. */
  readonly healthPath: string | undefined;
  /** Where its load stands, if it says one. */
  readonly metric: (Place & { readonly path: string; readonly selector: MetricSelector }) | undefined;
}

export interface ServiceReading {
  readonly healthy: boolean;
  /** By its metric, 0 to 1e15; null when it has none. */
  readonly load: number | null;
  /** Why it is not healthy, or else why its load is not known; at most 200 printable characters, left out when all is well. */
  readonly why?: string;
}

export interface ProbeParts {
  readonly clock: Clock;
  readonly log: Log;
}

/** Of the time between two looks: so long one may take, so that it has ended when the next is due. */
export const LOOK_SHARE = 0.8;

export class ServiceProbe {
  readonly service: ProbedService;
  readonly #parts: ProbeParts;
  readonly #stop = new AbortController();
  #health: Health = UNSEEN;
  #load: LastLoad = UNREAD;
  /** What was wrong with its health and its metric at the last look; each is logged when it begins and when it is over. */
  #unwell: Problem;
  #unread: Problem;
  /** What was wrong when it last was not well. */
  #lastUnwell: Problem;
  #reading: Promise<ServiceReading> | undefined;

  constructor(service: ProbedService, parts: ProbeParts) {
    this.service = service;
    this.#parts = parts;
  }

  /** As it is known now, without asking. */
  get state(): ServiceReading {
    const { healthy } = this.#health;
    const load = this.service.metric === undefined ? null : this.#load.load;
    const why = healthy ? (load === LOAD_MAX ? this.#unread : undefined) : this.#lastUnwell;
    return { healthy, load, ...(why !== undefined && { why: shown(why) }) };
  }

  /** Looks at it, for `limitMs` at most. Never rejects. Who asks while a look is under way gets the same. */
  read(limitMs: number): Promise<ServiceReading> {
    this.#reading ??= this.#read(limitMs).finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Ends a look that is under way; nothing counts any more. */
  stop(): void {
    this.#stop.abort();
  }

  async #read(limitMs: number): Promise<ServiceReading> {
    const parts: LookParts = { clock: this.#parts.clock, limitMs, signal: this.#stop.signal };
    const { service } = this;
    const [health, load] = await Promise.all([
      service.healthPath === undefined ? lookAtPort(service, parts) : lookAtPath(service, service.healthPath, parts),
      this.#readLoad(parts),
    ]);
    if (this.#stop.signal.aborted) return this.state;
    this.#judgeHealth(health);
    if (load !== undefined) this.#judgeLoad(load);
    return this.state;
  }

  /** The load, or what is wrong; undefined when it says none. */
  async #readLoad(parts: LookParts): Promise<number | string | undefined> {
    const { metric } = this.service;
    if (metric === undefined) return undefined;
    const page = await readPage(metric, metric.path, parts);
    if (!page.ok) return page.problem;
    const reading = readMetric(page.text, metric.selector, metric.path);
    return reading.ok ? reading.value : reading.problem;
  }

  #judgeHealth(problem: Problem): void {
    const { log } = this.#parts;
    const before = this.#health;
    this.#health = nextHealth(before, problem === undefined);
    const { name: service, healthPath } = this.service;
    const { healthy } = this.#health;
    if (healthy && !before.healthy) log.info({ service }, 'service is well');
    if (!healthy && before.healthy)
      log.warn({ service, reason: shown(problem) }, 'service is not well, it gets nothing');
    // At first nobody knows yet whether it is late or will never come.
    if (!this.#health.seen && problem !== undefined && this.#unwell === undefined)
      log.info({ service, reason: shown(problem), healthPath }, 'service does not answer yet');
    this.#unwell = problem;
    this.#lastUnwell = problem ?? this.#lastUnwell;
  }

  #judgeLoad(load: number | string): void {
    const { log } = this.#parts;
    const { name: service } = this.service;
    const problem = typeof load === 'string' ? load : undefined;
    this.#load = nextLoad(this.#load, typeof load === 'number' ? load : undefined);
    if (problem !== undefined && this.#unread === undefined)
      log.warn(
        { service, reason: shown(problem) },
        'load of the service is not known: the last value counts for three readings, then it is chosen last',
      );
    if (problem === undefined && this.#unread !== undefined)
      log.info({ service, load }, 'load of the service is known again');
    this.#unread = problem;
  }
}

function shown(problem: Problem): string {
  return printable(problem ?? '', WHY_CHARS_MAX);
}
