// Without a master for too long a slave gives up: a replica whose master is gone must not run for ever.
import type { Log } from '../common/log.ts';
import type { Clock } from '../common/time/clock.ts';

const LOOKS = 20;
const LOOK_MS_MAX = 1000;

export interface OrphanWatchParts {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly joined: () => boolean;
  /** Called once. */
  readonly onOrphan: () => void;
}

/** Looks now and then, unless it is off; the slave counts as joined when this begins. */
export function watchForOrphan(limitMs: number | 'off', { clock, log, joined, onOrphan }: OrphanWatchParts): void {
  if (limitMs === 'off') return;
  let joinedAtMs = clock.nowMs();
  const timer = clock.every(Math.min(LOOK_MS_MAX, limitMs / LOOKS), () => {
    const nowMs = clock.nowMs();
    if (joined()) joinedAtMs = nowMs;
    if (nowMs - joinedAtMs < limitMs) return;
    timer.cancel();
    log.warn({ afterMs: limitMs }, 'no master for too long, this slave gives up');
    onOrphan();
  });
}
