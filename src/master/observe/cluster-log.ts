// What a person wants to read about later: changes of slaves and of the algorithm, numbered, the latest of them kept.
import type { LogEntry } from '../../common/feed/feed.ts';

export const LOG_MAX = 200;

/** An entry before it has its number and its time. */
type Happened = LogEntry extends infer Entry ? (Entry extends LogEntry ? Omit<Entry, 'n' | 'at'> : never) : never;

export class ClusterLog {
  readonly #entries: LogEntry[] = [];
  readonly #timeOfDay: () => number;
  #last = 0;
  #text: string | undefined;

  constructor(timeOfDay: () => number) {
    this.#timeOfDay = timeOfDay;
  }

  add(happened: Happened): void {
    this.#entries.push({ n: ++this.#last, at: Math.round(this.#timeOfDay()), ...happened });
    if (this.#entries.length > LOG_MAX) this.#entries.shift();
    this.#text = undefined;
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** All entries as JSON, made again only when there is a new one. */
  get text(): string {
    return (this.#text ??= JSON.stringify(this.#entries));
  }
}
