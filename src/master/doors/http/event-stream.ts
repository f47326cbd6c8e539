// Changes of the cluster for everyone who listens. The cluster is asked for them only while someone does, and each is made into text
// once for all who want it. A listener that reads too slowly loses what is too much and is told how much it was.
// Snapshots are another matter: snapshot-stream.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../../common/time/clock.ts';
import type { Cluster, ClusterEvent } from '../door.ts';
import { holdWhileOpen } from './hang-up.ts';
import { PacedResponse } from './paced-response.ts';
import { SnapshotStream, type SnapshotListener } from './snapshot-stream.ts';

export type EventKind = ClusterEvent['kind'];
export const EVENT_KINDS: readonly EventKind[] = ['slave', 'task', 'progress', 'autoscale'];
/** What can be listened to. Snapshots are no changes: only who asks for them gets them. */
export type StreamKind = EventKind | 'snapshot';
export const STREAM_KINDS: readonly StreamKind[] = [...EVENT_KINDS, 'snapshot'];

export const LISTENERS_MAX = 100;
/** Events that wait for one listener. */
export const BACKLOG_MAX = 10_000;
/** A comment this often tells a listener that the master is there, and the master that the listener is not. */
export const HEARTBEAT_MS = 15_000;
/** A listener that takes nothing for this many heartbeats is cut off. */
const STALLS_MAX = 8;
/** A browser that lost the connection comes back after this time. */
const RETRY_MS = 2000;
const HEARTBEAT = ':\n\n';

export class EventStream {
  readonly #cluster: Pick<Cluster, 'subscribe'>;
  readonly #clock: Clock;
  readonly #snapshots: SnapshotStream;
  readonly #listeners = new Set<Listener>();
  #unsubscribe: (() => void) | undefined;
  #heartbeat: Timer | undefined;
  #sequence = 0;

  constructor(cluster: Pick<Cluster, 'subscribe' | 'feed'>, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#snapshots = new SnapshotStream(cluster.feed, clock);
  }

  get isFull(): boolean {
    return this.#listeners.size >= LISTENERS_MAX;
  }

  /** Writes events of these kinds to the response, whose head is written, until the client hangs up or the door closes. */
  add(request: IncomingMessage, response: ServerResponse, kinds: ReadonlySet<StreamKind>): void {
    const listener = new Listener(request, response, kinds);
    this.#listeners.add(listener);
    // Changes are told one by one, thousands a second: not for those who only want snapshots.
    if (listener.wantsChanges) this.#unsubscribe ??= this.#cluster.subscribe((event) => this.#tell(event));
    if (kinds.has('snapshot')) listener.onForget = this.#snapshots.add(listener.snapshots);
    this.#heartbeat ??= this.#clock.every(HEARTBEAT_MS, () => this.#beat());
    holdWhileOpen(request.socket, {
      cancel: () => {
        listener.abandon();
        this.#forget(listener);
      },
    });
  }

  /** Ends all streams. */
  close(): void {
    for (const listener of [...this.#listeners]) {
      listener.end();
      this.#forget(listener);
    }
  }

  #forget(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    listener.onForget();
    if (![...this.#listeners].some(({ wantsChanges }) => wantsChanges)) {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    }
    if (this.#listeners.size > 0) return;
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }

  #tell({ kind, data }: ClusterEvent): void {
    this.#sequence++;
    let frame: string | undefined;
    for (const listener of this.#listeners) {
      if (!listener.wants(kind)) continue;
      frame ??= `event: ${kind}\nid: ${this.#sequence.toString()}\ndata: ${JSON.stringify(data)}\n\n`;
      listener.tell(frame);
    }
  }

  #beat(): void {
    for (const listener of this.#listeners) listener.beat();
  }
}

class Listener {
  readonly #connection: IncomingMessage['socket'];
  readonly #kinds: ReadonlySet<StreamKind>;
  readonly #frames: PacedResponse<string>;
  readonly snapshots: SnapshotListener;
  onForget: () => void = () => undefined;
  #lost = 0;

  constructor({ socket }: IncomingMessage, response: ServerResponse, kinds: ReadonlySet<StreamKind>) {
    this.#connection = socket;
    this.#kinds = kinds;
    this.#frames = new PacedResponse({ response, textOf: (frame) => frame, onEmpty: () => this.#tellLost() });
    this.#frames.push(`: events of ${[...kinds].join(', ')}\nretry: ${RETRY_MS.toString()}\n\n`);
    const frames = this.#frames;
    this.snapshots = {
      get isIdle() {
        return frames.isIdle;
      },
      tell: (frame) => frames.push(frame),
    };
  }

  get wantsChanges(): boolean {
    return EVENT_KINDS.some((kind) => this.#kinds.has(kind));
  }

  wants(kind: EventKind): boolean {
    return this.#kinds.has(kind);
  }

  /** After the first lost one all are, until what waits has been taken: the gap is in one place. */
  tell(frame: string): void {
    if (this.#lost > 0 || this.#frames.backlog >= BACKLOG_MAX) this.#lost++;
    else this.#frames.push(frame);
  }

  beat(): void {
    if (this.#frames.countStalls() >= STALLS_MAX) this.#connection.destroy();
    else if (this.#frames.backlog === 0) this.#frames.push(HEARTBEAT);
  }

  abandon(): void {
    this.#frames.abandon();
  }

  end(): void {
    this.#frames.end();
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#frames.push(`event: lost\ndata: ${JSON.stringify({ count: this.#lost })}\n\n`);
    this.#lost = 0;
  }
}
