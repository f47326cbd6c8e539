// What a master knows of one replica, from its order to its end, and how far it is.
import { takesWork, type MemberState } from '../pool/member-state.ts';
import type { Member, Place } from '../pool/member.ts';
import type { ReplicaView } from '../doors/autoscale-view.ts';
import type { ReplicaFacts } from './decide.ts';

/** It must take work so long after its start, or after it stopped to. */
const UNREADY_MS_MAX = 60_000;
/** What it still does when it is drained may take so long. */
const DRAIN_MS_MAX = 600_000;
/** After so many stops that failed it takes no place any more: nobody knows whether it will ever be gone. */
const STOP_FAILURES_MAX = 3;

export class ReplicaRecord {
  readonly id: string;
  state: ReplicaView['state'];
  /** Since when it is in this state. */
  sinceMs: number;
  /** When the provider answered that it runs: lists from before do not count. */
  knownSinceMs: number;
  /** When it took work for the first time. */
  readyAtMs: number | undefined;
  detail = '';
  /** Slaves that carry its label: one when all is well, none when it has not joined or is gone. */
  members: readonly Member[] = [];
  /** Of its slaves all. */
  isIdle = false;
  /** Who wanted it to leave; undefined while it stays. */
  leaving: 'scaler' | 'operator' | 'itself' | undefined;
  /** That it leaves by itself has been told. */
  leavingTold = false;
  /** The provider says that it runs no more. */
  hasEnded = false;
  hasJoined = false;
  /** Was there when this master began. */
  readonly found: boolean;
  /** When it may be told to stop again, after a failure of that. */
  stopDueMs = Infinity;
  stopFailures = 0;
  #picked: string | undefined;

  constructor(id: string, found: boolean, nowMs: number) {
    this.id = id;
    this.found = found;
    this.state = found ? 'starting' : 'ordered';
    this.sinceMs = nowMs;
    this.knownSinceMs = found ? nowMs : Infinity;
  }

  enter(state: ReplicaView['state'], nowMs: number): void {
    if (this.state === state) return;
    this.state = state;
    this.sinceMs = nowMs;
  }

  /** Requests and tasks that it has in hand. */
  get leases(): number {
    return this.members.reduce((sum, { leases }) => sum + leases, 0);
  }

  /** Whether another one must wait for it to be gone. */
  get takesPlace(): boolean {
    return !this.hasEnded && this.stopFailures < STOP_FAILURES_MAX;
  }

  get phase(): ReplicaFacts['phase'] {
    switch (this.state) {
      case 'ordered':
      case 'starting':
        return 'starting';
      case 'ready':
      case 'unwell':
        return this.state;
      case 'draining':
      case 'stopping':
        return 'leaving';
    }
  }

  /** Looks at its slaves. `placesOf`: where one does the group's work. */
  observe(members: readonly Member[], placesOf: (member: Member) => readonly Place[], nowMs: number): void {
    this.members = members;
    this.hasJoined ||= members.length > 0;
    const places = members.flatMap(placesOf);
    const picked = places.map(({ lastPicked }) => lastPicked).join();
    const hasWork = places.some(({ leases }) => leases > 0) || members.some(({ foreignWeight }) => foreignWeight !== 0);
    this.isIdle = members.length > 0 && !hasWork && picked === this.#picked;
    this.#picked = picked;
    for (const member of members) this.noteLeaving(member.state.draining);
    if (this.state === 'stopping') return;
    const works = members.filter(({ state }) => takesWork(state));
    if (members.length > 0 && members.every(({ state }) => state.draining !== false)) this.enter('draining', nowMs);
    else if (works.some((member) => placesOf(member).some(({ slots }) => slots > 0))) {
      this.leaving = undefined; // the drain was taken back
      this.enter('ready', nowMs);
      this.readyAtMs ??= nowMs;
    } else if (this.state === 'ready') this.enter('unwell', nowMs);
  }

  /** Its slave drains: the scaler has said before that it is about to ask for that, or somebody else asked, or it leaves by itself. */
  noteLeaving(draining: MemberState['draining']): void {
    if (draining === false) return;
    this.leaving ??= draining === 'asked' ? 'operator' : 'itself';
  }

  /** Whether nothing is left that it should still do. */
  mayStop(nowMs: number): boolean {
    return this.state === 'draining' && (this.leases === 0 || nowMs - this.sinceMs >= DRAIN_MS_MAX);
  }

  /** Why it is given up; undefined while there is hope. */
  hopeless(nowMs: number): string | undefined {
    if ((this.state !== 'starting' && this.state !== 'unwell') || nowMs - this.sinceMs < UNREADY_MS_MAX)
      return undefined;
    const limit = `${(UNREADY_MS_MAX / 1000).toString()} s`;
    if (this.state === 'unwell') return `it has taken no work for ${limit}`;
    if (this.members.length === 0) return `it did not join within ${limit}`;
    return `it joined, but did not serve the group within ${limit}`;
  }
}

/** For people; empty for none. */
export function namesOf(members: readonly Member[]): string {
  return members.map(({ profile }) => profile.name).join(', ');
}
