// When Grafana is brought up to date: soon after the cluster changed, every minute in case somebody changed Grafana, and later and later
// while it cannot be done. Only the latest state is kept, so that a Grafana that is down costs nothing but the delay.
import { messageOf } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Random } from '../../common/random/random.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { ShownSlave } from './converge.ts';
import type { PassResult } from './pass-notes.ts';
import { changesBetween } from './slave-changes.ts';
import { TroubleLog } from './trouble-log.ts';
import { troubleFrom, type Trouble } from './trouble.ts';

/** Changes so soon after the first one are made in one pass. */
export const GATHER_MS = 200;
/** Passes are at least so far apart, from start to start. */
export const PASS_GAP_MS = 1000;
/** Without any change Grafana is looked at this often. */
export const CHECK_MS = 60_000;
/** The first delay after a failure; each one doubles, up to BACKOFF_MS_MAX. */
const BACKOFF_MS = 1000;
export const BACKOFF_MS_MAX = 30_000;
/** The delay while a person must act first: another key, another address. */
export const SLOW_MS = 30_000;
/** Delays after failures are longer by up to this share, so that monitors do not knock at the same moment. */
export const JITTER_RATIO = 0.2;

/** So many passes in a row that write although the cluster is the same: somebody else wants Grafana otherwise. */
export const REWRITES_MAX = 3;
/** Then it is looked at only this often, lest two monitors fill the board's history. */
export const CONTESTED_CHECK_MS = 10 * 60_000;
/** Why a pass writes when nothing in the cluster changed. */
const RESTORED = 'brought up to date';

export interface KeeperOptions {
  /** One pass: see converge.ts. Must not reject for anything that is expected. */
  readonly pass: (slaves: readonly ShownSlave[], reason: string) => Promise<PassResult>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What must not be shown is blotted out of a text. */
  readonly redact: (text: string) => string;
}

export class GrafanaKeeper {
  readonly #options: KeeperOptions;
  readonly #troubles: TroubleLog;
  #wanted: readonly ShownSlave[] | undefined;
  /** What the last pass was made for that got through to the board. */
  #kept: readonly ShownSlave[] | undefined;
  #failures = 0;
  /** Passes in a row that wrote although the cluster was the same. */
  #rewrites = 0;
  /** A change must wait for the next try: it would only meet the same trouble. */
  #waits = false;
  #changed = false;
  #passStartedMs = -Infinity;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#troubles = new TroubleLog(options.log, options.redact);
  }

  /** Grafana is to show these slaves: all there are. Call it as often as you like, first when the cluster is known. */
  want(slaves: readonly ShownSlave[]): void {
    if (this.#closed || (this.#wanted !== undefined && changesBetween(this.#wanted, slaves) === undefined)) return;
    this.#wanted = slaves.map(({ name, address, metricsPort }) => ({ name, address, metricsPort }));
    if (this.#changed) return;
    this.#changed = true;
    if (this.#running === undefined && !this.#waits) this.#scheduleChange();
  }

  /** Ends after the pass under way, if there is one; nothing is written later. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #scheduleChange(): void {
    const nowMs = this.#options.clock.nowMs();
    this.#schedule(Math.max(GATHER_MS, this.#passStartedMs + PASS_GAP_MS - nowMs));
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (!this.#closed) this.#timer = this.#options.clock.after(delayMs, () => this.#start());
  }

  #start(): void {
    this.#running = this.#pass().finally(() => {
      this.#running = undefined;
    });
  }

  async #pass(): Promise<void> {
    const { clock, pass } = this.#options;
    const slaves = this.#wanted ?? [];
    const reason = this.#reasonFor(slaves);
    this.#changed = false;
    this.#passStartedMs = clock.nowMs();
    try {
      this.#ended(await pass(slaves, reason), slaves, reason);
    } catch (error) {
      const bug = troubleFrom('a pass', { unexpected: messageOf(error) });
      this.#ended({ writes: [], leftAlone: [], troubles: [bug] }, slaves, reason);
    }
  }

  #ended(result: PassResult, slaves: readonly ShownSlave[], reason: string): void {
    this.#troubles.wrote(result.writes);
    // Closing breaks off what is under way: that is no news.
    if (this.#closed) return;
    this.#troubles.met(result, this.#options.clock.nowMs());
    this.#countRewrites(result, reason);
    this.#waits = result.troubles.some(mustWait);
    const delayMs = this.#delayAfter(result.troubles);
    if (!this.#waits) this.#kept = slaves;
    if (this.#changed && !this.#waits) this.#scheduleChange();
    else this.#schedule(delayMs ?? (this.#rewrites < REWRITES_MAX ? CHECK_MS : CONTESTED_CHECK_MS));
  }

  #countRewrites({ writes, troubles }: PassResult, reason: string): void {
    if (reason !== RESTORED || troubles.length > 0) return;
    this.#rewrites = writes.length === 0 ? 0 : this.#rewrites + 1;
    if (this.#rewrites === REWRITES_MAX) this.#troubles.contested(CONTESTED_CHECK_MS);
  }

  /** Undefined after a pass without trouble. */
  #delayAfter(troubles: readonly Trouble[]): number | undefined {
    this.#failures = troubles.length === 0 ? 0 : this.#failures + 1;
    const delays = troubles.map(({ tryAgain }) => {
      if (typeof tryAgain === 'object') return tryAgain.afterMs;
      if (tryAgain === 'slowly') return SLOW_MS;
      // Capped before it is raised to a power that is no number any more.
      return Math.min(BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 30), BACKOFF_MS_MAX);
    });
    if (delays.length === 0) return undefined;
    return Math.max(...delays) * (1 + JITTER_RATIO * this.#options.random());
  }

  #reasonFor(slaves: readonly ShownSlave[]): string {
    if (this.#kept === undefined) return 'monitor started';
    return changesBetween(this.#kept, slaves) ?? RESTORED;
  }
}

/** A data source that may not be written is no reason to hold back the board; a Grafana that is down or busy is one to wait. */
function mustWait({ hopeless, tryAgain }: Trouble): boolean {
  return hopeless || tryAgain !== 'slowly';
}
