// All groups that are kept at the size of their work: looks at each once a second, for as long as the master runs; and tells of replicas
// that nobody here takes care of.
import type { AutoscaleView } from '../doors/autoscale-view.ts';
import type { Log } from '../../common/log.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';
import type { Pool } from '../pool/pool.ts';
import { GroupScaler, type GroupScalerParts } from './group-scaler.ts';
import { Strangers } from './strangers.ts';

const LOOK_MS = 1000;

export interface AutoscalerParts {
  readonly clock: Clock;
  readonly pool: Pool;
  readonly log: Log;
  readonly groups: readonly Omit<GroupScalerParts, 'clock' | 'pool' | 'log' | 'onStray'>[];
}

export class Autoscaler {
  readonly #scalers: readonly GroupScaler[];
  readonly #strangers: Strangers;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor({ clock, pool, log, groups }: AutoscalerParts) {
    this.#clock = clock;
    const scalers = new Map<string, GroupScaler>();
    const knows = (group: string, id: string): boolean => scalers.get(group)?.knows(id) === true;
    this.#strangers = new Strangers({ clock, pool, log, knows });
    for (const parts of groups) {
      const scaler = new GroupScaler({
        ...{ ...parts, clock, pool, log },
        onStray: (replica) => {
          if (!scalers.has(replica.group)) this.#strangers.listed(replica);
        },
      });
      scalers.set(parts.group, scaler);
    }
    this.#scalers = [...scalers.values()];
  }

  /** Begins to look. */
  open(): void {
    this.#look();
    this.#timer = this.#clock.every(LOOK_MS, () => this.#look());
  }

  view(): AutoscaleView {
    return { groups: this.#scalers.map((scaler) => scaler.view()), strangers: this.#strangers.views() };
  }

  /** How many replicas of each group there are to be, and are. */
  counts(): { readonly group: string; readonly wanted: number; readonly actual: number }[] {
    return this.#scalers.map(({ group, counts }) => ({ group, ...counts }));
  }

  /** Ends all replicas. Resolves when they are gone, or their time for that is over. */
  async close(graceMs: number): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#scalers.map((scaler) => scaler.close(graceMs)));
  }

  #look(): void {
    for (const scaler of this.#scalers) scaler.look();
    this.#strangers.look();
  }
}
