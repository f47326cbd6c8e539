// GET /debug/invariants: what is violated, how much was looked at, and what the process holds open.
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { InvariantsView } from '../doors/door.ts';
import type { LookAsideDesk } from '../lookaside/desk.ts';
import type { Pool } from '../pool/pool.ts';
import type { Submissions } from '../submissions/submissions.ts';
import type { ForwardBooks } from './forward-invariants.ts';
import { violations } from './invariants.ts';

/** So many are shown. */
const SHOWN_MAX = 100;

export interface InvariantParts {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly submissions: Submissions;
  readonly lookAside?: LookAsideDesk;
  readonly forwarding?: ForwardBooks;
}

export function invariantsView(parts: InvariantParts, nowMs: number): InvariantsView {
  const { pool, dispatcher, submissions, lookAside, forwarding } = parts;
  const found = [
    ...violations(pool, dispatcher, nowMs, { lookAside, forwarding }),
    ...ofSubmissions(submissions, dispatcher),
  ];
  const { lives, attempts } = dispatcher;
  let queued = 0;
  for (const [, queue] of lives.queues()) queued += queue.length;
  const checked = {
    slaves: pool.slaveCount,
    tasks: lives.size,
    queued,
    attempts: attempts.size,
    tasksWithLimit: lives.armed,
    submitted: submissions.size,
    idempotencyKeys: submissions.keys,
    backends: lookAside?.backends.size ?? 0,
    lookAsideLeases: lookAside?.leases.size ?? 0,
    services: forwarding?.services.size ?? 0,
    forwarded: forwarding?.size ?? 0,
    ...resources(),
  };
  return { ok: found.length === 0, violations: found.slice(0, SHOWN_MAX), checked };
}

/** A submitted task lives, or has ended and its end is written down. */
function ofSubmissions(submissions: Submissions, { lives }: Dispatcher): string[] {
  const found: string[] = [];
  for (const { id, ending } of submissions.all()) {
    const isLive = lives.find(id) !== undefined;
    if (isLive && ending !== undefined) found.push(`${id}: ${ending.state}, but not forgotten`);
    if (!isLive && ending === undefined) found.push(`${id}: submitted, but neither waiting nor running nor ended`);
  }
  return found;
}

/** What keeps the process alive, by kind: `resource_Timeout`, `resource_TCPSocketWrap` and so on. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    counts[`resource_${kind}`] = (counts[`resource_${kind}`] ?? 0) + 1;
  }
  return counts;
}
