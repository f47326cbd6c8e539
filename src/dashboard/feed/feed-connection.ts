// The page's connection to the master: one stream of snapshots, opened again whatever ended it, and /about and /history whenever the state
// wants them. While the page is not shown there is no connection. What comes is told as events of feed-state.ts. No DOM: see feed-world.ts.
import type { About, History } from '../../common/feed/feed.ts';
import type { Answer } from '../api.ts';
import { backoffMs } from './backoff.ts';
import type { DetailsTrouble, FeedEvent } from './feed-state.ts';
import { readAbout, readHistory, readSnapshot, type Read } from './read-feed.ts';

/** A master that is there sends a snapshot a second, or one in five with many slaves: after this time without one the connection is given up. */
export const SILENCE_MS = 10_000;
/** Between two attempts to get /about and /history. */
const DETAILS_AGAIN_MS = 2000;

/** What a stream of snapshots says. */
export interface Heard {
  readonly opened: () => void;
  readonly snapshot: (text: string) => void;
  /** It does not go on; `wasRefused` by somebody who answered with something else than such a stream. */
  readonly failed: (wasRefused: boolean) => void;
}

/** What the connection needs of a browser. */
export interface FeedWorld {
  /** Opens a stream; the function returned closes it, and nothing is heard of it afterwards. */
  listen(heard: Heard): () => void;
  ask(path: string, signal: AbortSignal): Promise<Answer>;
  /** What a master says that refuses the stream; null when it says nothing. */
  askWhy(): Promise<string | null>;
  /** Calls back now and with every change; the function returned ends that. */
  watchShown(onChange: (isShown: boolean) => void): () => void;
  /** The function returned ends the wait. */
  after(ms: number, then: () => void): () => void;
  nowMs(): number;
  random(): number;
}

const NOTHING = (): void => undefined;

export class FeedConnection {
  readonly #tell: (event: FeedEvent) => void;
  readonly #world: FeedWorld;
  readonly #stopWatching: () => void;
  #isShown = false;
  #shownAtMs = 0;
  #closeStream = NOTHING;
  #endWait = NOTHING;
  #endDetailsWait = NOTHING;
  /** Set from when /about and /history are asked for until they may be asked for again. */
  #details: AbortController | undefined;
  /** The loss that lasts, if one does. */
  #loss: object | undefined;
  #failures = 0;

  constructor(tell: (event: FeedEvent) => void, world: FeedWorld) {
    this.#tell = tell;
    this.#world = world;
    this.#stopWatching = world.watchShown((isShown) => (isShown ? this.#show() : this.#hide()));
  }

  /** Asks for /about and /history; does nothing while it does so already, and while the page is not shown. */
  askDetails(): void {
    if (this.#details !== undefined || !this.#isShown) return;
    const details = new AbortController();
    this.#details = details;
    void this.#fetchDetails(details.signal).then((isDone) => {
      if (details.signal.aborted) return;
      // Not at once again, whatever came: a master that says nonsense is not to be asked all the time.
      this.#endDetailsWait = this.#world.after(isDone ? DETAILS_AGAIN_MS / 4 : DETAILS_AGAIN_MS, () => {
        this.#details = undefined;
        if (!isDone) this.askDetails();
      });
    });
  }

  close(): void {
    this.#stopWatching();
    this.#hide();
  }

  #show(): void {
    this.#isShown = true;
    this.#shownAtMs = this.#world.nowMs();
    this.#open();
  }

  #hide(): void {
    this.#isShown = false;
    this.#loss = undefined;
    this.#closeStream();
    this.#endWait();
    this.#endDetailsWait();
    this.#details?.abort();
    this.#details = undefined;
  }

  #open(): void {
    this.#watch();
    this.#closeStream = this.#world.listen({
      opened: () => {
        this.#watch();
        this.#tell({ kind: 'opened' });
      },
      snapshot: (text) => this.#take(text),
      // An EventSource comes back by itself after some errors only, and then when it likes: here it never does.
      failed: (wasRefused) => this.#giveUp(wasRefused),
    });
  }

  #take(text: string): void {
    this.#failures = 0;
    this.#loss = undefined;
    this.#watch();
    const read = readSnapshot(text);
    if (read.ok) this.#tell({ kind: 'snapshot', snapshot: read.value, atMs: this.#world.nowMs() });
    else this.#tell({ kind: 'not understood', why: read.why });
  }

  /** Counts the silence from now. */
  #watch(): void {
    this.#endWait();
    this.#endWait = this.#world.after(SILENCE_MS, () => this.#giveUp(false));
  }

  #giveUp(wasRefused: boolean): void {
    this.#closeStream();
    this.#endWait();
    this.#failures++;
    this.#loss ??= {};
    this.#endWait = this.#world.after(backoffMs(this.#failures, this.#world.random()), () => this.#open());
    this.#tellLost(null);
    if (wasRefused) void this.#tellWhy(this.#loss);
  }

  async #tellWhy(loss: object): Promise<void> {
    const why = await this.#world.askWhy();
    if (why !== null && this.#loss === loss) this.#tellLost(why);
  }

  #tellLost(why: string | null): void {
    this.#tell({ kind: 'lost', atMs: this.#world.nowMs(), shownAtMs: this.#shownAtMs, why });
  }

  async #fetchDetails(signal: AbortSignal): Promise<boolean> {
    const [about, history] = await Promise.all([
      this.#world.ask('/about', signal),
      this.#world.ask('/history', signal),
    ]);
    if (signal.aborted) return false;
    const event = detailsOf(readAnswer(about, readAbout), readAnswer(history, readHistory));
    this.#tell(event);
    return event.kind === 'details';
  }
}

type ReadAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: DetailsTrouble };

function readAnswer<T>(answer: Answer, read: (value: unknown) => Read<T>): ReadAnswer<T> {
  if (!answer.ok) return { ok: false, trouble: { why: answer.problem.detail, isAnswer: false } };
  const found = read(answer.value);
  return found.ok ? found : { ok: false, trouble: { why: found.why, isAnswer: true } };
}

/** Both, or what is wrong with the first that is not there. */
function detailsOf(about: ReadAnswer<About>, history: ReadAnswer<History>): FeedEvent {
  if (!about.ok) return { kind: 'no details', trouble: about.trouble };
  if (!history.ok) return { kind: 'no details', trouble: history.trouble };
  return { kind: 'details', about: about.value, history: history.value };
}
