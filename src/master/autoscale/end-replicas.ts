// The end of a group of replicas together with its master: all that are known, and all that the provider lists.
import { messageOf } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Provider } from './provider.ts';
import { callOf, within } from './time-limit.ts';

/** What is told to end in `graceMs` may take so much longer. */
export const STOP_SLACK_MS = 10_000;

export interface EndingParts {
  readonly group: string;
  readonly provider: Provider;
  readonly clock: Clock;
  readonly log: Log;
  /** Replicas that are known and that this master may end. */
  readonly known: readonly string[];
  /** Calls to the provider of which nobody has heard yet how they ended. */
  readonly underWay: ReadonlySet<Promise<unknown>>;
  /** Whether a replica that the provider lists is somebody else's. */
  readonly isForeign: (id: string) => boolean;
}

/** Resolves when they are gone, or the time for it is over. */
export async function endReplicas(parts: EndingParts, graceMs: number): Promise<void> {
  const { provider, clock, group, log, known, underWay, isForeign } = parts;
  const limitMs = graceMs + STOP_SLACK_MS;
  const stop = (id: string): Promise<void> =>
    within(
      callOf(() => provider.stop(id, graceMs)),
      limitMs,
      clock,
      `stopping ${id}`,
    );
  if (known.length > 0) log.info({ group, replicas: known }, 'replicas are told to end');
  // An order may be under way of which nobody has heard that it was carried out.
  const ordered = within(Promise.allSettled(underWay), graceMs, clock, 'what was under way').catch(() => undefined);
  await Promise.allSettled([...known.map(stop), ordered]);
  try {
    const call = callOf(() => provider.list());
    const left = await within(call, graceMs, clock, 'listing replicas');
    const own = left.filter((replica) => replica.group === group && !isForeign(replica.id));
    await Promise.all(own.map(({ id }) => stop(id)));
  } catch (error) {
    log.warn({ group, problem: messageOf(error) }, 'replicas may be left; without a master they end by themselves');
  }
}
