// Keeps one group at the number of replicas that decide.ts asks for: looks, decides, starts, drains, stops; adopts what was there before
// this master, and gives up what never takes work. A look waits for nothing, so a provider that hangs holds up no decision.
import type { Log } from '../../common/log.ts';
import { printable } from '../../common/text/printable.ts';
import type { ScaleChange, ScaledGroupView } from '../doors/autoscale-view.ts';
import { decide, NEW_SCALE, type Decision, type ScaleFacts, type ScaleRules } from './decide.ts';
import { endReplicas, STOP_SLACK_MS } from './end-replicas.ts';
import type { Replica } from './provider.ts';
import { namesOf, ReplicaRecord } from './replica-record.ts';
import { Roster, type RosterParts } from './roster.ts';
import { callOf, within } from './time-limit.ts';
import { Troubles } from './troubles.ts';

const START_LIMIT_MS = 30_000;
/** A replica that is told to end has no work any more. */
const STOP_GRACE_MS = 10_000;
/** Replicas that were found get so long to join before others are started. */
const ADOPT_GRACE_MS = 10_000;
/** Who takes work for less has failed. */
const STEADY_MS = 10_000;
const HISTORY_MAX = 50;
const TEXT_CHARS_MAX = 2000;

export interface GroupScalerParts extends RosterParts {
  readonly rules: ScaleRules;
  readonly log: Log;
  /** How many a replica takes at once, until one says it. */
  readonly slotsEach: number;
  /** A name that no other replica has or had. */
  readonly newId: () => string;
  /** What the slave of a replica is told. */
  readonly environmentOf: (id: string) => Readonly<Record<string, string>>;
  readonly setDraining: (memberId: string, on: boolean) => void;
  /** ISO 8601 of a moment of the clock. */
  readonly timeOf: (clockMs: number) => string;
  readonly onChange: (change: ScaleChange) => void;
  /** Replicas of another group, of which nobody takes care. */
  readonly onStray: (replica: Replica) => void;
}

export class GroupScaler {
  readonly #parts: GroupScalerParts;
  readonly #roster: Roster;
  readonly #troubles: Troubles;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #history: ScaleChange[] = [];
  #state = NEW_SCALE;
  #decision: Pick<Decision, 'wanted' | 'reason'>;
  #slotsEach: number;
  #closed = false;

  constructor(parts: GroupScalerParts) {
    this.#parts = parts;
    this.#slotsEach = parts.slotsEach;
    this.#troubles = new Troubles(parts);
    this.#decision = { wanted: parts.rules.min, reason: 'it has not been looked at yet' };
    this.#roster = new Roster(parts, {
      onFound: (record, replica) => this.#onFound(record, replica),
      onEnded: (record, why) => this.#onEnded(record, why),
      onStray: parts.onStray,
      onListed: () => this.#troubles.over('list'),
      onFailed: (error) => this.#troubles.said('list', 'the provider does not say which replicas run', error),
    });
  }

  get group(): string {
    return this.#parts.group;
  }

  /** To be called at even intervals, about once a second. Never throws for anything that a provider does. */
  look(): void {
    if (this.#closed) return;
    const nowMs = this.#parts.clock.nowMs();
    this.#roster.observe();
    const listing = this.#roster.refresh();
    if (listing !== undefined) this.#follow(listing);
    this.#learn(nowMs);
    this.#clear(nowMs);
    this.#scale(nowMs);
  }

  /** How many there are to be and are. */
  get counts(): { readonly wanted: number; readonly actual: number } {
    return { wanted: this.#decision.wanted, actual: this.#roster.size };
  }

  view(): ScaledGroupView {
    const { group, rules, provider, work, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const replicas = this.#roster.records().map(({ id, state, members, detail }) => ({
      ...{ id, state, slave: namesOf(members) || null, detail: printable(detail, TEXT_CHARS_MAX) },
      idleMs: Math.round(nowMs - (this.#state.idleSinceMs.get(id) ?? nowMs)),
    }));
    const retryInMs = Math.max(this.#troubles.restMs(nowMs), this.#roster.restMs(nowMs));
    return {
      ...{ group, min: rules.min, max: rules.max, provider: provider.name, ...this.counts },
      ready: replicas.filter(({ state }) => state === 'ready').length,
      waiting: work.waiting(),
      ...{ replicas, reason: this.#decision.reason, lastError: this.#troubles.lastError },
      retryInMs: retryInMs > 0 ? Math.ceil(retryInMs) : null,
      history: [...this.#history],
    };
  }

  /** Ends every replica, those too of which only the provider knows. Resolves when they are gone, or the time for it is over. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const roster = this.#roster;
    // One that was found may be somebody else's as long as it has not joined.
    const mine = roster.records().filter(({ found, hasJoined, hasEnded }) => !found || hasJoined || hasEnded);
    const known = mine.map(({ id }) => id);
    const isForeign = (id: string): boolean =>
      roster.isForeign(id) || (roster.find(id) !== undefined && !known.includes(id));
    await endReplicas({ ...this.#parts, known, underWay: this.#underWay, isForeign }, graceMs);
  }

  /** Whether this replica is in its books. */
  knows(id: string): boolean {
    return this.#roster.find(id) !== undefined;
  }

  #learn(nowMs: number): void {
    const { work } = this.#parts;
    for (const { state, sinceMs, readyAtMs = -Infinity, members } of this.#roster.records()) {
      if (state !== 'ready') continue;
      const [place] = members.flatMap((member) => work.placesOf(member));
      if (place !== undefined && place.slots < Infinity) this.#slotsEach = place.slots;
      // That others are well, which came before, says nothing about the next.
      if (readyAtMs > this.#troubles.failedAtMs && nowMs - sinceMs >= STEADY_MS) this.#troubles.startedWell();
    }
  }

  #onFound(record: ReplicaRecord, { id, state, detail }: Replica): void {
    const { group, log, clock } = this.#parts;
    if (this.#closed) return;
    log.info({ group, replica: id, state, detail: printable(detail, TEXT_CHARS_MAX) }, 'replica found');
    if (state === 'ended') this.#stop(record, clock.nowMs());
  }

  /** A replica ended, perhaps because it was told to. */
  #onEnded(record: ReplicaRecord, why: string): void {
    const { group, log, clock } = this.#parts;
    if (this.#closed) return;
    const nowMs = clock.nowMs();
    const { id, readyAtMs, phase } = record;
    record.hasEnded = true;
    if (record.leaving === 'itself') this.#leftByItself(record, why);
    else if (phase === 'leaving') log.info({ group, replica: id }, 'replica left');
    else {
      log.warn({ group, replica: id, why: printable(why, TEXT_CHARS_MAX) }, 'replica ended by itself');
      this.#changed(-1, `${id} ended by itself: ${why}`, nowMs);
      if (readyAtMs === undefined || nowMs - readyAtMs < STEADY_MS)
        this.#troubles.failed('ended', `${id} ended by itself`, new Error(why));
    }
    this.#stop(record, nowMs);
  }

  /** Nobody asked it to: perhaps its service ended, or somebody ended its slave. */
  #leftByItself(record: ReplicaRecord, why: string): void {
    const { id, phase } = record;
    if (record.leavingTold) {
      this.#troubles.said('ended', `${id} left by itself`, new Error(why));
      return;
    }
    record.leavingTold = true;
    this.#changed(-1, `${id} leaves by itself: ${why}`, this.#parts.clock.nowMs(), phase === 'leaving' ? 1 : 0);
    this.#troubles.failed('ended', `${id} leaves by itself`, new Error(why));
  }

  /** Who is drained is stopped, who never takes work is given up. */
  #clear(nowMs: number): void {
    for (const record of this.#roster.records()) {
      if (record.state === 'stopping' && nowMs >= record.stopDueMs) this.#stop(record, nowMs);
      if (record.mayStop(nowMs)) this.#stop(record, nowMs);
      if (record.leaving === 'itself' && !record.leavingTold)
        this.#leftByItself(record, 'its slave says so; its service may have ended');
      const why = record.hopeless(nowMs);
      if (why === undefined) continue;
      if (record.found && !record.hasJoined) {
        this.#roster.leaveAlone(record);
        continue;
      }
      this.#troubles.failed('ended', `${record.id} is given up`, new Error(why));
      this.#changed(-1, `${record.id} is given up: ${why}`, nowMs);
      if (record.leases === 0) this.#stop(record, nowMs);
      else this.#drain(record, nowMs);
    }
  }

  #scale(nowMs: number): void {
    const { rules, group, log } = this.#parts;
    const decision = decide(rules, this.#state, this.#facts(nowMs), nowMs);
    const { start, drain, wanted, reason } = decision;
    this.#state = decision.state;
    this.#decision = { wanted, reason };
    if (start === 0 && drain.length === 0) return;
    const { from, to } = this.#changed(start - drain.length, reason, nowMs);
    log.info({ group, from, to, reason }, start > 0 ? 'replicas are started' : 'replicas are drained');
    for (let n = 0; n < start; n++) this.#start(nowMs);
    for (const id of drain) {
      const record = this.#roster.find(id);
      if (record !== undefined) this.#drain(record, nowMs);
    }
  }

  #facts(nowMs: number): ScaleFacts {
    const { work } = this.#parts;
    const there = this.#roster.records().filter(({ takesPlace }) => takesPlace);
    const replicas = there.map(({ id, phase, isIdle: idle }) => ({ id, phase, idle }));
    const slotsEach = this.#slotsEach;
    return { replicas, waiting: work.waiting(), canTake: work.canTake(), slotsEach, held: this.#held(nowMs) };
  }

  #held(nowMs: number): string | undefined {
    const { firstListAtMs } = this.#roster;
    if (firstListAtMs === Infinity) return 'the provider has not said yet which replicas run';
    const isJoining = this.#roster.records().some(({ found, readyAtMs }) => found && readyAtMs === undefined);
    if (isJoining && nowMs - firstListAtMs < ADOPT_GRACE_MS) return 'those of before are still coming back';
    const restMs = this.#troubles.restMs(nowMs);
    return restMs > 0 ? `after a failure the next try is in ${Math.ceil(restMs / 1000).toString()} s` : undefined;
  }

  #start(nowMs: number): void {
    const { provider, clock, group, newId, environmentOf } = this.#parts;
    const id = newId();
    const record = new ReplicaRecord(id, false, nowMs);
    this.#roster.add(record);
    const order = { id, group, environment: environmentOf(id) };
    const starting = within(
      callOf(() => provider.start(order)),
      START_LIMIT_MS,
      clock,
      'starting a replica',
    ).then(
      () => {
        record.knownSinceMs = clock.nowMs();
        if (record.state === 'ordered') record.enter('starting', record.knownSinceMs);
      },
      (error: unknown) => {
        record.knownSinceMs = clock.nowMs();
        this.#troubles.failed('start', `${id} could not be started`, error);
        // Perhaps it was, all the same: if it takes work it may stay.
        this.#roster.observe();
        if (record.state === 'ordered') this.#stop(record, clock.nowMs());
      },
    );
    this.#follow(starting);
  }

  #drain(record: ReplicaRecord, nowMs: number): void {
    record.leaving ??= 'scaler';
    record.enter('draining', nowMs);
    for (const { profile } of record.members) this.#parts.setDraining(profile.id, true);
  }

  #stop(record: ReplicaRecord, nowMs: number): void {
    const { provider, clock, group, log } = this.#parts;
    if (this.#closed) return;
    record.leaving ??= 'scaler';
    record.enter('stopping', nowMs);
    record.stopDueMs = Infinity;
    const call = callOf(() => provider.stop(record.id, STOP_GRACE_MS));
    const stopping = within(call, STOP_GRACE_MS + STOP_SLACK_MS, clock, `stopping ${record.id}`).then(
      () => {
        this.#roster.remove(record);
        if (!this.#roster.records().some(({ stopFailures }) => stopFailures > 0)) this.#troubles.over('stop');
        log.debug({ group, replica: record.id }, 'replica is gone');
      },
      (error: unknown) => {
        record.stopFailures++;
        record.stopDueMs = clock.nowMs() + Math.min(60_000, 500 * 2 ** record.stopFailures);
        this.#troubles.said('stop', `${record.id} could not be stopped`, error);
      },
    );
    this.#follow(stopping);
  }

  /** Writes a change down: so many more than there stay now; `gone` do not stay any more, but were there before. */
  #changed(by: number, reason: string, nowMs: number, gone = 0): ScaleChange {
    const from = this.#roster.records().filter(({ phase }) => phase !== 'leaving').length + gone;
    const at = this.#parts.timeOf(nowMs);
    const change = { at, from, to: from + by, reason: printable(reason, TEXT_CHARS_MAX) };
    this.#history.push(change);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
    this.#parts.onChange(change);
    return change;
  }

  #follow(promise: Promise<unknown>): void {
    const followed = promise.finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }
}
