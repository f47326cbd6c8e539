// What the page knows of the cluster, as a function of what it has heard. Pure: the connection is in feed-connection.ts.
// Times called `…AtMs` here are by the browser's clock; those in snapshots by the master's.
import type { About, History, LogEntry, Sample, Snapshot } from '../../common/feed/feed.ts';
import { mergeLog, mergeSamples, missesEntries } from './samples.ts';

/** `connecting`: never heard from. `live`: the master speaks. `lost`: what is shown is old. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly sinceAtMs: number; readonly why: string | null };

/** Why nothing came of asking for /about and /history. */
export interface DetailsTrouble {
  readonly why: string;
  /** There was an answer, which the page does not understand; otherwise the master refused, or none came. */
  readonly isAnswer: boolean;
}

export interface FeedState {
  readonly connection: Connection;
  readonly about: About | null;
  readonly snapshot: Snapshot | null;
  /** When the latest snapshot came. */
  readonly heardAtMs: number | null;
  /** Oldest first, of the last 15 minutes. */
  readonly samples: readonly Sample[];
  /** Oldest first. */
  readonly log: readonly LogEntry[];
  /** Set when another master answers at the same address than before, until dismissed. */
  readonly restart: { readonly atMs: number; readonly version: string | null } | null;
  /** What is wrong with the latest snapshot, if anything. */
  readonly trouble: string | null;
  /** Why /about and /history are not known as they are now, if the master was asked in vain; kept until they are. */
  readonly detailsTrouble: DetailsTrouble | null;
  /** /about or /history is to be asked for (again). */
  readonly wantsDetails: boolean;
}

export type FeedEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly atMs: number }
  | { readonly kind: 'details'; readonly about: About; readonly history: History }
  /** A snapshot that is none. */
  | { readonly kind: 'not understood'; readonly why: string }
  | { readonly kind: 'no details'; readonly trouble: DetailsTrouble }
  /** `shownAtMs`: since when somebody could see the page; before that it had no connection, and missed none. */
  | { readonly kind: 'lost'; readonly atMs: number; readonly shownAtMs: number; readonly why: string | null }
  | { readonly kind: 'restart dismissed' };

type LostEvent = FeedEvent & { readonly kind: 'lost' };

const LIVE: Connection = { kind: 'live' };

export const NOTHING_HEARD: FeedState = {
  connection: { kind: 'connecting' },
  about: null,
  snapshot: null,
  heardAtMs: null,
  samples: [],
  log: [],
  restart: null,
  trouble: null,
  detailsTrouble: null,
  wantsDetails: true,
};

/** The state after one more event. */
export function feedReducer(state: FeedState, event: FeedEvent): FeedState {
  switch (event.kind) {
    case 'opened':
      return { ...state, wantsDetails: true };
    case 'snapshot':
      return withSnapshot(state, event.snapshot, event.atMs);
    case 'details':
      return withDetails({ ...state, detailsTrouble: null }, event.about, event.history);
    case 'not understood':
      // It came: whoever sent it is there.
      return { ...state, connection: LIVE, trouble: event.why };
    case 'no details':
      return { ...state, detailsTrouble: event.trouble };
    case 'lost':
      return lost(state, event);
    case 'restart dismissed':
      return { ...state, restart: null };
  }
}

/** What is shown may not be how things are. */
export function isStale({ connection, trouble }: FeedState): boolean {
  return connection.kind === 'lost' || trouble !== null;
}

function withSnapshot(before: FeedState, snapshot: Snapshot, atMs: number): FeedState {
  const isOther = before.snapshot !== null && before.snapshot.masterId !== snapshot.masterId;
  // The samples and the log of one master say nothing about another.
  const state = isOther ? { ...before, samples: [], log: [], wantsDetails: true } : before;
  return {
    ...state,
    connection: LIVE,
    snapshot,
    heardAtMs: atMs,
    samples: snapshot.sample === null ? state.samples : mergeSamples(state.samples, [snapshot.sample]),
    log: mergeLog(state.log, snapshot.log),
    restart: isOther ? { atMs, version: null } : state.restart,
    trouble: null,
    wantsDetails: state.wantsDetails || missesEntries(state.log, snapshot.log),
  };
}

function withDetails(state: FeedState, about: About, history: History): FeedState {
  const isOfShown = state.snapshot === null || state.snapshot.masterId === about.masterId;
  // The answer of a master that has gone meanwhile: the snapshots of the next one bring the page here again.
  if (!isOfShown) return state;
  const newVersion = state.about !== null && state.about.version !== about.version ? about.version : null;
  return {
    ...state,
    about,
    samples: mergeSamples(state.samples, history.samples),
    log: mergeLog(state.log, history.log),
    restart: state.restart && { ...state.restart, version: newVersion ?? state.restart.version },
    wantsDetails: false,
  };
}

function lost(state: FeedState, { atMs, shownAtMs, why }: LostEvent): FeedState {
  if (state.connection.kind === 'lost') {
    return why === null || why === state.connection.why
      ? state
      : { ...state, connection: { ...state.connection, why } };
  }
  return { ...state, connection: { kind: 'lost', sinceAtMs: Math.max(state.heardAtMs ?? atMs, shownAtMs), why } };
}
