// Replicas that nobody here takes care of: their slaves are members, or a provider lists them, but their group has no --autoscale now, or
// another provider. They stay, since whoever started them may want them, and are told of.
import type { Log } from '../../common/log.ts';
import { printable } from '../../common/text/printable.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { StrangerView } from '../doors/autoscale-view.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { GROUP_LABEL, REPLICA_LABEL, type Replica } from './provider.ts';

/** So long nobody may know a member: its master lists what runs only after it has begun, and it may be gone in a moment. */
const UNKNOWN_MS_MIN = 10_000;
/** One that was listed is, until no list has told of it for so long: lists come every few seconds, after failures every minute. */
const LISTED_MS_MAX = 120_000;
/** So many are told of; of what there is more, nothing is said. */
const STRANGERS_MAX = 1000;
const DETAIL_CHARS_MAX = 2000;

export interface StrangersParts {
  readonly clock: Clock;
  readonly pool: Pool;
  readonly log: Log;
  /** Whether a replica is kept by this master. */
  readonly knows: (group: string, id: string) => boolean;
}

export class Strangers {
  readonly #parts: StrangersParts;
  /** Since when each has been unknown. */
  #members = new Map<Member, number>();
  /** When each was last listed. */
  readonly #listed = new Map<string, { readonly replica: Replica; readonly atMs: number }>();
  readonly #told = new Set<string>();

  constructor(parts: StrangersParts) {
    this.#parts = parts;
  }

  /** A provider lists a replica of a group that is not kept. */
  listed(replica: Replica): void {
    if (this.#listed.size >= STRANGERS_MAX && !this.#listed.has(replica.id)) return;
    this.#listed.set(replica.id, { replica, atMs: this.#parts.clock.nowMs() });
    this.#tell(viewOf(replica.id, replica.group, null, replica.detail));
  }

  /** To be called about once a second. */
  look(): void {
    const { pool, clock, knows } = this.#parts;
    const nowMs = clock.nowMs();
    const members = new Map<Member, number>();
    for (const member of pool.slaves()) {
      const { labels } = member.profile;
      const group = labels[GROUP_LABEL];
      if (group === undefined || members.size >= STRANGERS_MAX || knows(group, labels[REPLICA_LABEL] ?? '')) continue;
      members.set(member, this.#members.get(member) ?? nowMs);
    }
    this.#members = members;
    for (const [id, { atMs }] of this.#listed) if (nowMs - atMs >= LISTED_MS_MAX) this.#listed.delete(id);
    for (const view of this.views()) this.#tell(view);
  }

  views(): StrangerView[] {
    const nowMs = this.#parts.clock.nowMs();
    const views = new Map<string, StrangerView>();
    for (const { replica } of this.#listed.values())
      views.set(replica.id, viewOf(replica.id, replica.group, null, replica.detail));
    for (const [{ profile }, sinceMs] of this.#members) {
      if (nowMs - sinceMs < UNKNOWN_MS_MIN) continue;
      const { [REPLICA_LABEL]: id = '', [GROUP_LABEL]: group = '' } = profile.labels;
      const detail = views.get(id)?.detail ?? `joined from ${profile.address}`;
      views.set(id, viewOf(id, group, profile.name, detail));
    }
    return [...views.values()];
  }

  #tell({ id, group, slave, detail }: StrangerView): void {
    if (this.#told.has(id) || this.#told.size >= STRANGERS_MAX) return;
    this.#told.add(id);
    const facts = { group, replica: id, slave, detail };
    this.#parts.log.warn(facts, 'a replica that no --autoscale of this master keeps is left alone; end it by hand');
  }
}

function viewOf(id: string, group: string, slave: string | null, detail: string): StrangerView {
  return { id, group, slave, detail: printable(detail, DETAIL_CHARS_MAX) };
}
