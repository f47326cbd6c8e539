// What a master that was told to end waits for: tasks and forwarded requests that are under way.
import type { Log } from '../common/log.ts';
import { sleep } from '../common/time/clock.ts';
import type { Dispatcher } from './dispatch/dispatcher.ts';
import { PATIENCE_MS } from '../common/time/patience.ts';
import { takesWork } from './pool/member-state.ts';
import type { Pool } from './pool/pool.ts';

const DRAIN_CHECK_MS = 20;

interface Work {
  readonly dispatcher: Dispatcher;
  readonly pool: Pool;
}

interface Forwards {
  readonly desk: { readonly size: number };
}

/** Resolves when no request is forwarded any more, or the time for it is over; says how many are left. */
export async function forwardsEnded({ desk }: Forwards, timeoutMs: number, log: Log): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  if (desk.size > 0) log.info({ requests: desk.size }, 'waiting for forwarded requests to end');
  while (desk.size > 0 && performance.now() < endMs) await sleep(DRAIN_CHECK_MS);
  if (desk.size > 0) log.warn({ requests: desk.size }, 'forwarded requests are cut off');
}

/** Resolves when every admitted task is answered, when none can be, or when the time for it is over; says which are not. */
export async function tasksEnded({ dispatcher, pool }: Work, timeoutMs: number, log: Log): Promise<void> {
  const { lives, attempts } = dispatcher;
  const endMs = performance.now() + timeoutMs;
  let hopeUntilMs = performance.now() + PATIENCE_MS;
  const canEnd = (): boolean => {
    const nowMs = performance.now();
    if (attempts.size > 0 || [...pool.slaves()].some(({ state }) => takesWork(state)))
      hopeUntilMs = nowMs + PATIENCE_MS;
    return nowMs <= hopeUntilMs;
  };
  if (lives.size > 0) log.info({ tasks: lives.size, atSlaves: attempts.size }, 'waiting for tasks to end');
  while (lives.size > 0 && canEnd() && performance.now() < endMs) await sleep(DRAIN_CHECK_MS);
  const why = canEnd() ? '--drain-timeout is over' : 'no slave takes work';
  if (lives.size > 0) log.warn({ tasks: lives.size, atSlaves: attempts.size, why }, 'tasks are given up unanswered');
}
