// Snapshots of the cluster for everyone who wants them: made only while somebody does, once for all, at a pace that the number of slaves
// allows. Whoever has not taken the last one yet is passed over: a new one says more than two old ones.
import type { Clock, Timer } from '../../../common/time/clock.ts';
import type { FeedView } from '../door.ts';

/** The quickest pace: four a second. */
export const INTERVAL_MS_MIN = 250;
/** A snapshot is not older than this, however many slaves there are. */
const INTERVAL_MS_MAX = 5000;
/** Each slave is a row to write: with 1000 of them there is one snapshot a second. */
const INTERVAL_MS_PER_SLAVE = 1;
/** When nothing changes, a sign of life. */
export const UNCHANGED_MS = 1000;

/** Somebody who wants snapshots. */
export interface SnapshotListener {
  /** All that it was told before has been handed over. */
  readonly isIdle: boolean;
  tell(frame: string): void;
}

interface Frame {
  readonly text: string;
  /** All but the time: equal texts show the same cluster. */
  readonly shown: string;
  /** Counts the changes of `shown`. */
  readonly version: number;
  readonly madeAtMs: number;
  readonly intervalMs: number;
}

/** What a listener was told last. */
interface Told {
  readonly version: number;
  readonly atMs: number;
}

export class SnapshotStream {
  readonly #feed: Pick<FeedView, 'snapshot'>;
  readonly #clock: Clock;
  readonly #listeners = new Map<SnapshotListener, Told>();
  #last: Frame | undefined;
  #timer: Timer | undefined;

  constructor(feed: Pick<FeedView, 'snapshot'>, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
  }

  /** Tells it the cluster as it is, at once, and from now on until the returned function is called. */
  add(listener: SnapshotListener): () => void {
    const last = this.#last;
    // However often clients come and go: not more snapshots than at the usual pace.
    const isFresh = last !== undefined && this.#clock.nowMs() - last.madeAtMs < last.intervalMs;
    this.#tell(listener, isFresh ? last : this.#make());
    this.#timer ??= this.#wait();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  #wait(): Timer {
    return this.#clock.after(this.#last?.intervalMs ?? INTERVAL_MS_MIN, () => {
      this.#tellAll();
      this.#timer = this.#wait();
    });
  }

  #tellAll(): void {
    const idle = [...this.#listeners].filter(([{ isIdle }]) => isIdle);
    if (idle.length === 0) return;
    const frame = this.#make();
    for (const [listener, told] of idle) {
      // By what this one was told: it may have been busy when the others heard of the last change.
      const isNew = frame.version !== told.version || frame.madeAtMs - told.atMs >= UNCHANGED_MS;
      if (isNew) this.#tell(listener, frame);
    }
  }

  #tell(listener: SnapshotListener, { text, version, madeAtMs }: Frame): void {
    this.#listeners.set(listener, { version, atMs: madeAtMs });
    listener.tell(text);
  }

  #make(): Frame {
    const { at, ...shown } = this.#feed.snapshot();
    const rest = JSON.stringify(shown).slice(1);
    const intervalMs = Math.max(
      INTERVAL_MS_MIN,
      Math.min(INTERVAL_MS_MAX, shown.slaves.length * INTERVAL_MS_PER_SLAVE),
    );
    const text = `event: snapshot\ndata: {"at":${at.toString()},${rest}\n\n`;
    const { shown: before, version: counted = 0 } = this.#last ?? {};
    const version = rest === before ? counted : counted + 1;
    return (this.#last = { text, shown: rest, version, madeAtMs: this.#clock.nowMs(), intervalMs });
  }
}
