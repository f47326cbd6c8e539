// What a task says of its progress, on its way out of the thread: cleaned of whatever no message can carry, at most ten times a
// second. What was said in between is sent when its time has come, if the task leaves the thread a moment for it.
import type { TaskContext } from '../../common/task-types/contract.ts';
import { shortened } from '../../common/text/shortened.ts';

const INTERVAL_MS = 100;
const TEXT_CHARS_MAX = 400;

export class TaskProgress implements TaskContext {
  readonly #send: (ratio: number, text: string) => void;
  #lastAtMs = -Infinity;
  #ratio = 0;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(send: (ratio: number, text: string) => void) {
    this.#send = send;
  }

  /** What is no number, or no text, is left as it was. Never throws. */
  readonly progress = (ratio: unknown, message: unknown = ''): void => {
    if (this.#closed) return;
    if (typeof ratio === 'number' && !Number.isNaN(ratio)) this.#ratio = Math.min(Math.max(ratio, 0), 1);
    if (typeof message === 'string') this.#text = message;
    const waitMs = this.#lastAtMs + INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#sendNow();
    else this.#timer ??= setTimeout(() => this.#sendNow(), waitMs);
  };

  /** The task has ended: what it says from now on is about nothing. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastAtMs = performance.now();
    this.#send(this.#ratio, shortened(this.#text, TEXT_CHARS_MAX));
  }
}
