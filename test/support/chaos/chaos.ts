// One run of chaos: builds the site, measures its levels at rest, lets load and strikes go, heals all, measures again, and judges.
import { seededRandom } from '../../../src/common/random/random.ts';
import { eventually, sleep } from '../wait.ts';
import { Account, type Door } from './account.ts';
import { EventWatch } from './event-watch.ts';
import type { Pace } from './faults.ts';
import { grown, levelOf, type Level } from './levels.ts';
import { Load } from './load.ts';
import { Observer } from './observer.ts';
import { plan, SLAVES } from './plan.ts';
import { Site, THREADS, type Seat } from './site.ts';
import { Strikes } from './strikes.ts';

const WARM_UP_MS = 4000;
/** From the last answer until all is at rest. */
const REST_MS = 1500;
const OCCUPY_MS = 300;
const HEALED_MS = 20_000;
const FADE_MS = 10_000;
const PROGRESS_MS = 5000;
const DOORS: readonly Door[] = ['get', 'get', 'get', 'post', 'post', 'array', 'stream'];

export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** A line every few seconds. */
  readonly onProgress: (line: string) => void;
}

/** All that a run has brought, for the verdict and the table. */
export interface ChaosRun {
  readonly seed: number;
  readonly durationMs: number;
  readonly pace: Pace;
  readonly account: Account;
  readonly strikes: Strikes;
  readonly observer: Observer;
  readonly events: EventWatch;
  readonly masterLives: number;
  readonly levels: readonly { readonly what: string; readonly before: Level; readonly after: Level }[];
  /** What was wrong, as sentences, beside the account's. */
  readonly violations: readonly string[];
}

/** Whatever happens, nothing of the site is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosRun> {
  const { pace, strikes } = plan(options.seed, options.durationMs);
  const site = new Site(pace);
  try {
    return await new Run(site, options).run(strikes);
  } finally {
    site.remove();
  }
}

class Run {
  readonly #site: Site;
  readonly #options: ChaosOptions;
  readonly #account = new Account();
  readonly #observer: Observer;
  readonly #events: EventWatch;
  readonly #strikes: Strikes;
  readonly #load: Load;

  constructor(site: Site, options: ChaosOptions) {
    this.#site = site;
    this.#options = options;
    this.#observer = new Observer(site);
    this.#events = new EventWatch(site);
    const { client, lives } = site;
    const random = seededRandom(options.seed + 1);
    this.#load = new Load({ client, lives, account: this.#account }, { random, doors: DOORS });
    this.#strikes = new Strikes({ site, account: this.#account, observer: this.#observer, load: this.#load });
  }

  async run(planned: ReturnType<typeof plan>['strikes']): Promise<ChaosRun> {
    const site = this.#site;
    await site.untilUp();
    const before = await this.#warmUp();
    const startMs = Date.now();
    this.#load.start();
    this.#observer.start();
    this.#events.start();
    const progress = setInterval(() => this.#tellProgress(startMs), PROGRESS_MS);
    try {
      await Promise.all(planned.map((strike) => this.#strikes.schedule(strike, startMs)));
      await sleep(Math.max(0, startMs + this.#options.durationMs - Date.now()));
      await this.#load.stop();
    } finally {
      clearInterval(progress);
      await this.#observer.stop();
      await this.#events.stop();
    }
    const violations = await this.#atRest();
    for (const life of site.lives.alone) this.#account.excuseDraining(life);
    const levels = await this.#compared(before);
    violations.push(...levels.flatMap(({ what, ...level }) => grown(what, level.before, level.after)));
    const { seed, durationMs } = this.#options;
    return {
      ...{
        seed,
        durationMs,
        pace: site.pace,
        account: this.#account,
        strikes: this.#strikes,
        observer: this.#observer,
        events: this.#events,
      },
      ...{ masterLives: site.lives.current, levels },
      violations: [
        ...site.violations,
        ...this.#strikes.violations,
        ...this.#observer.violations,
        ...this.#events.violations,
        ...violations,
      ],
    };
  }

  /** Every thread has run every type; then all is idle, and measured. */
  async #warmUp(): Promise<Measured[]> {
    this.#load.start();
    await sleep(WARM_UP_MS);
    await this.#load.stop();
    return this.#levels();
  }

  /** Levels before and after; what only fades away, such as the limit of a join, is given time. */
  async #compared(before: readonly Measured[]): Promise<ChaosRun['levels']> {
    const endMs = Date.now() + FADE_MS;
    for (;;) {
      const after = await this.#levels();
      const both = after.map(({ what, level }, i) => ({ what, before: before[i]!.level, after: level }));
      if (Date.now() > endMs || both.every(({ what, ...of }) => grown(what, of.before, of.after).length === 0))
        return both;
    }
  }

  /** What must hold when all faults are undone and nothing is in flight. */
  async #atRest(): Promise<string[]> {
    const site = this.#site;
    const problems: string[] = [];
    const note = (error: unknown): number => problems.push(`at the end: ${String(error)}`);
    await site.untilAllReady(HEALED_MS).catch(note);
    const leases = async (): Promise<boolean> => (await site.members()).every((member) => member.leases === 0);
    await eventually('no lease left', leases).catch(note);
    await eventually('nothing waiting, running or limited', () => this.#isIdle()).catch(note);
    await this.#observer.checkInvariants();
    return problems;
  }

  async #isIdle(): Promise<boolean> {
    const metrics = await this.#observer.count();
    const checked = await this.#observer.checkInvariants();
    const left = [checked['tasks'], checked['queued'], checked['attempts'], checked['tasksWithLimit']];
    const inFlight = (metrics?.sum('lanyard_attempts_in_flight') ?? 1) + (metrics?.sum('lanyard_queue_length') ?? 1);
    return inFlight === 0 && left.every((count) => count === 0);
  }

  /** Of all processes when they have nothing to do; every thread of them has been started. */
  async #levels(): Promise<Measured[]> {
    await this.#load.occupy(2 * SLAVES * THREADS, OCCUPY_MS);
    await sleep(REST_MS);
    const { master, seats } = this.#site;
    const checked = await this.#observer.checkInvariants();
    const slave = ({ name, node }: Seat): Measured => ({ what: `slave ${name}`, level: levelOf(node, {}) });
    return [{ what: 'master', level: levelOf(master, checked) }, ...seats.map(slave)];
  }

  #tellProgress(startMs: number): void {
    const { entries, open } = this.#account;
    const seconds = Math.round((Date.now() - startMs) / 1000);
    const wrong = this.#account.ended('violation').length + this.#account.violations.length;
    const others = this.#site.violations.length + this.#strikes.violations.length + this.#observer.violations.length;
    this.#options.onProgress(
      `${seconds} s: ${entries.length} tasks, ${open.size} in flight, ${this.#strikes.done.length} strikes, ` +
        `master ${this.#site.lives.current}, ${wrong + others} violations`,
    );
  }
}

interface Measured {
  readonly what: string;
  readonly level: Level;
}
