// Whether a service is taken for well, after each look at it. Pure. The figures are HAProxy's (`fall 3 rise 2`), but that a service
// begins as down and is up with its first success: nobody was sent to it before.

const FALL = 3;
const RISE = 2;

export interface Health {
  readonly healthy: boolean;
  /** Looks in a row that say otherwise. */
  readonly contrary: number;
  /** It has been up. */
  readonly seen: boolean;
}

export const UNSEEN: Health = { healthy: false, contrary: 0, seen: false };

export function nextHealth({ healthy, contrary, seen }: Health, isWell: boolean): Health {
  if (isWell === healthy) return { healthy, contrary: 0, seen };
  const needed = healthy ? FALL : seen ? RISE : 1;
  if (contrary + 1 < needed) return { healthy, contrary: contrary + 1, seen };
  return { healthy: isWell, contrary: 0, seen: true };
}
