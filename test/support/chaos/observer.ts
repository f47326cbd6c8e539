// Looks at the master all through a run: its invariants, its counters over all its lives, and what changed between two looks.
import { Metrics } from '../metrics.ts';
import { sleep } from '../wait.ts';
import type { Site } from './site.ts';

const EVERY_MS = 500;
const COMPLAINTS_MAX = 10;
/** With violations the master answers so. */
const BOOKS_WRONG = 500;

/** Counters of the master that the report needs; each only ever grows in one life. */
const COUNTED = {
  admitted: ['lanyard_tasks_admitted_total', {}],
  lost: ['lanyard_attempts_returned_total', { reason: 'lost' }],
  refused: ['lanyard_attempts_returned_total', { reason: 'refused' }],
  recalled: ['lanyard_attempts_returned_total', { reason: 'recalled' }],
  late: ['lanyard_results_dropped_total', { reason: 'late' }],
  foreign: ['lanyard_results_dropped_total', { reason: 'foreign' }],
} as const;

export type CounterName = keyof typeof COUNTED;
type Counters = Record<CounterName, number>;

/** What one look saw more of than the one before. */
export interface Grown {
  readonly atMs: number;
  readonly late: number;
}

interface InvariantsAnswer {
  readonly ok: boolean;
  readonly violations: readonly string[];
  readonly checked: Readonly<Record<string, number>>;
}

export class Observer {
  readonly violations: string[] = [];
  readonly growth: Grown[] = [];
  /** How often the invariants were asked for, and held. */
  invariantsHeld = 0;
  #perLife = new Map<number, Counters>();
  #isRunning = false;
  #loop: Promise<void> = Promise.resolve();
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#loop;
  }

  /** Over all lives of the master, as far as was seen of each. */
  total(name: CounterName): number {
    return [...this.#perLife.values()].reduce((sum, counters) => sum + counters[name], 0);
  }

  /** Reads the counters once; a master that is about to be killed takes them with it. */
  async count(): Promise<Metrics | undefined> {
    const { current } = this.#site.lives;
    const { status, body } = await this.#site.control.get('/metrics');
    if (status !== 200) return undefined;
    const metrics = new Metrics(body);
    const before = this.#perLife.get(current);
    const counters = {} as Counters;
    for (const name of Object.keys(COUNTED) as CounterName[]) {
      const [metric, labels] = COUNTED[name];
      counters[name] = Math.max(metrics.sum(metric, labels), before?.[name] ?? 0);
    }
    this.#perLife.set(current, counters);
    this.growth.push({ atMs: Date.now(), late: counters.late - (before?.late ?? 0) });
    return metrics;
  }

  /** Asks the master whether its books are in order; returns what it counted. */
  async checkInvariants(): Promise<InvariantsAnswer['checked']> {
    const { lives } = this.#site;
    const life = lives.current;
    const { status, body } = await this.#site.control.get('/debug/invariants');
    if (status === 0 && lives.isStruck(life)) return {};
    if (status !== 200 && status !== BOOKS_WRONG) {
      if (!lives.isStruck(life)) this.#complain(`GET /debug/invariants: ${status} ${body.slice(0, 200)}`);
      return {};
    }
    const { ok, violations, checked } = JSON.parse(body) as InvariantsAnswer;
    if (ok) this.invariantsHeld++;
    for (const violation of violations) this.#complain(`the books of master ${life}: ${violation}`);
    return checked;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      await this.count();
      await this.checkInvariants();
      await sleep(EVERY_MS);
    }
  }

  /** Each sentence once, and not too many: the first are the ones that say what happened. */
  #complain(what: string): void {
    if (this.violations.length < COMPLAINTS_MAX && !this.violations.includes(what)) this.violations.push(what);
  }
}
