// Which replicas of one group there are: what the provider lists, put together with who joined the pool. A list that was asked for before
// something happened says nothing about it.
import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { Backoff } from './backoff.ts';
import { GROUP_LABEL, REPLICA_LABEL, type Provider, type Replica } from './provider.ts';
import { namesOf, ReplicaRecord } from './replica-record.ts';
import { callOf, within } from './time-limit.ts';
import type { GroupWork } from './work.ts';

const LIST_LIMIT_MS = 10_000;
/** When nothing is under way, the provider is asked this often. */
const LIST_EVERY_MS = 5000;
/** So many replicas of others are kept in mind; the latest. */
const FOREIGN_MAX = 1000;
/** So many replicas are told of that are several slaves, once each. */
const TWINS_MAX = 1000;

export interface RosterParts {
  readonly group: string;
  readonly provider: Provider;
  readonly work: GroupWork;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RosterObserver {
  /** The provider lists one that this master did not order. */
  onFound(record: ReplicaRecord, replica: Replica): void;
  /** Its process is over, or it is not listed any more. */
  onEnded(record: ReplicaRecord, why: string): void;
  /** A replica of another group. */
  onStray(replica: Replica): void;
  onListed(): void;
  onFailed(error: unknown): void;
}

export class Roster {
  readonly #parts: RosterParts;
  readonly #observer: RosterObserver;
  readonly #records = new Map<string, ReplicaRecord>();
  /** When those were removed of whom a list may still tell that was asked for before. */
  readonly #removed = new Map<string, number>();
  /** Those that never joined this master, and were not started by it. */
  readonly #foreign = new Set<string>();
  readonly #twins = new Set<string>();
  readonly #backoff = new Backoff();
  #isListing = false;
  #listedAtMs = -Infinity;
  #firstListAtMs = Infinity;

  constructor(parts: RosterParts, observer: RosterObserver) {
    this.#parts = parts;
    this.#observer = observer;
    parts.pool.observe({
      // One that leaves may be gone before it is looked at again.
      onMember: ({ profile: { labels }, state }) => {
        if (labels[GROUP_LABEL] === parts.group) this.find(labels[REPLICA_LABEL] ?? '')?.noteLeaving(state.draining);
      },
    });
  }

  get size(): number {
    return this.#records.size;
  }

  /** When the provider answered for the first time; Infinity before. */
  get firstListAtMs(): number {
    return this.#firstListAtMs;
  }

  /** How long the provider is not asked, after failures. */
  restMs(nowMs: number): number {
    return this.#backoff.restMs(nowMs);
  }

  isForeign(id: string): boolean {
    return this.#foreign.has(id);
  }

  /** It may be another master's, which this one cannot see: it is forgotten, until it joins. If it is nobody's, it ends by itself. */
  leaveAlone({ id, detail }: ReplicaRecord): void {
    const { group, log } = this.#parts;
    this.#records.delete(id);
    this.#foreign.add(id);
    log.warn({ group, replica: id, detail }, 'a replica that was found does not join this master: it is left alone');
    if (this.#foreign.size > FOREIGN_MAX) this.#foreign.delete([...this.#foreign][0] ?? '');
  }

  records(): ReplicaRecord[] {
    return [...this.#records.values()];
  }

  find(id: string): ReplicaRecord | undefined {
    return this.#records.get(id);
  }

  add(record: ReplicaRecord): void {
    this.#records.set(record.id, record);
  }

  remove({ id }: ReplicaRecord): void {
    if (this.#records.delete(id)) this.#removed.set(id, this.#parts.clock.nowMs());
  }

  /** Brings every record up to date with the pool. */
  observe(): void {
    const { pool, work, group, clock } = this.#parts;
    const members = new Map<string, Member[]>();
    for (const member of pool.slaves()) {
      const { labels } = member.profile;
      if (labels[GROUP_LABEL] !== group) continue;
      const id = labels[REPLICA_LABEL] ?? '';
      const twins = members.get(id);
      if (twins === undefined) members.set(id, [member]);
      else twins.push(member);
      this.#foreign.delete(id);
    }
    for (const record of this.#records.values()) {
      const own = members.get(record.id) ?? [];
      record.observe(own, (member) => work.placesOf(member), clock.nowMs());
      if (own.length > 1) this.#tellTwins(record);
    }
  }

  /** Asks the provider if it is time to: often while anything is under way. Undefined when it is not. */
  refresh(): Promise<void> | undefined {
    const { provider, clock } = this.#parts;
    const askedAtMs = clock.nowMs();
    if (this.#isListing || this.#backoff.restMs(askedAtMs) > 0) return undefined;
    const isCalm = this.records().every(({ state, detail }) => state === 'ready' && detail !== '');
    if (isCalm && askedAtMs - this.#listedAtMs < LIST_EVERY_MS) return undefined;
    this.#isListing = true;
    const call = callOf(() => provider.list());
    return within(call, LIST_LIMIT_MS, clock, 'listing replicas')
      .then(
        (replicas) => this.#take(replicas, askedAtMs),
        (error: unknown) => {
          this.#backoff.failed(clock.nowMs());
          this.#observer.onFailed(error);
        },
      )
      .finally(() => (this.#isListing = false));
  }

  #tellTwins({ id, members }: ReplicaRecord): void {
    const { group, log } = this.#parts;
    if (this.#twins.has(id) || this.#twins.size >= TWINS_MAX) return;
    this.#twins.add(id);
    log.warn({ group, replica: id, slaves: namesOf(members) }, 'several slaves say that they are the same replica');
  }

  #take(replicas: readonly Replica[], askedAtMs: number): void {
    const { group, clock } = this.#parts;
    this.#backoff.wentWell();
    this.#observer.onListed();
    this.#listedAtMs = askedAtMs;
    this.#firstListAtMs = Math.min(this.#firstListAtMs, clock.nowMs());
    const listed = new Set<string>();
    for (const replica of replicas) {
      if (replica.group !== group) this.#observer.onStray(replica);
      else if (this.#foreign.has(replica.id)) continue;
      else if ((this.#removed.get(replica.id) ?? -Infinity) < askedAtMs) {
        listed.add(replica.id);
        this.#takeOne(replica);
      }
    }
    for (const record of this.records()) {
      if (listed.has(record.id) || record.state === 'stopping' || record.knownSinceMs >= askedAtMs) continue;
      this.#observer.onEnded(record, 'it is not there any more');
    }
    for (const [id, atMs] of this.#removed) if (atMs < askedAtMs) this.#removed.delete(id);
  }

  #takeOne(replica: Replica): void {
    const known = this.#records.get(replica.id);
    const record = known ?? new ReplicaRecord(replica.id, true, this.#parts.clock.nowMs());
    record.detail = replica.detail;
    if (known === undefined) {
      this.add(record);
      this.#observer.onFound(record, replica);
    }
    if (replica.state === 'ended' && record.state !== 'stopping') this.#observer.onEnded(record, replica.detail);
  }
}
