// A response that is written no faster than its client reads: what waits is kept as items and becomes text when there is room.
// All that comes in one tick leaves in as few writes as possible.
import type { ServerResponse } from 'node:http';

/** About this much text is handed over in one write. */
const WRITE_CHARS = 64 * 1024;
/** Items already written are dropped from the front in steps of this many. */
const DROP_STEP = 1024;

export interface PacedOptions<T> {
  readonly response: ServerResponse;
  readonly textOf: (item: T) => string;
  /** All that was pushed has been handed over and the client reads on: a chance to push more. */
  readonly onEmpty?: () => void;
}

export class PacedResponse<T> {
  readonly #response: ServerResponse;
  readonly #textOf: (item: T) => string;
  readonly #onEmpty: () => void;
  #items: T[] = [];
  #next = 0;
  #isFull = false;
  #isScheduled = false;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #writes = 0;
  #writesSeen = 0;
  #stalls = 0;

  constructor({ response, textOf, onEmpty = () => undefined }: PacedOptions<T>) {
    this.#response = response;
    this.#textOf = textOf;
    this.#onEmpty = onEmpty;
    response.on('drain', () => {
      this.#isFull = false;
      this.#write();
    });
  }

  /** How many items wait. */
  get backlog(): number {
    return this.#items.length - this.#next;
  }

  /** Nothing waits, and the client reads on. */
  get isIdle(): boolean {
    return this.backlog === 0 && !this.#isFull;
  }

  push(item: T): void {
    if (this.#state !== 'open') return;
    this.#items.push(item);
    this.#schedule();
  }

  /** Ends the response when all that waits is written. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#schedule();
  }

  /** Drops all that waits; nothing is written any more. */
  abandon(): void {
    this.#state = 'closed';
    this.#items = [];
    this.#next = 0;
  }

  /** To be called now and then: how often in a row the client had taken nothing since the call before, though something waited. */
  countStalls(): number {
    const stuck = this.#isFull && this.#writes === this.#writesSeen;
    this.#stalls = stuck ? this.#stalls + 1 : 0;
    this.#writesSeen = this.#writes;
    return this.#stalls;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isFull) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  #write(): void {
    while (!this.#isFull && this.backlog > 0 && this.#state !== 'closed') {
      this.#isFull = !this.#response.write(this.#nextText());
      this.#writes++;
    }
    if (this.backlog > 0 || this.#state === 'closed') return;
    if (this.#state === 'ending') {
      this.#state = 'closed';
      this.#response.end();
    } else if (!this.#isFull) {
      this.#onEmpty();
    }
  }

  #nextText(): string {
    let text = '';
    while (this.backlog > 0 && text.length < WRITE_CHARS) text += this.#textOf(this.#items[this.#next++] as T);
    if (this.#next === this.#items.length || this.#next >= DROP_STEP) {
      this.#items.splice(0, this.#next);
      this.#next = 0;
    }
    return text;
  }
}
