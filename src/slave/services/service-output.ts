// What a service prints, as lines of the slave's log: so many a second, so long each, and how many were left out.
import type { Readable } from 'node:stream';
import type { Log } from '../../common/log.ts';
import { printable } from '../../common/text/printable.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';

const LINES_PER_SECOND_MAX = 50;
const LINE_CHARS_MAX = 1000;

export class ServiceOutput {
  readonly #service: string;
  readonly #log: Log;
  readonly #clock: Clock;
  #lines = 0;
  #leftOut = 0;
  /** Runs while there is something to forget. */
  #second: Timer | undefined;

  constructor(service: string, log: Log, clock: Clock) {
    this.#service = service;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads to the end of it, whatever is done with it: a service must not wait because nobody reads. */
  take(stream: Readable): void {
    let begun = '';
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    stream.on('data', (text: string) => {
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        this.#line(begun + text.slice(start, Math.min(end, start + LINE_CHARS_MAX)));
        begun = '';
        start = end + 1;
      }
      begun = (begun + text.slice(start, start + LINE_CHARS_MAX)).slice(0, LINE_CHARS_MAX);
    });
    stream.on('end', () => {
      if (begun !== '') this.#line(begun);
    });
  }

  /** Says what was left out so far. */
  close(): void {
    this.#second?.cancel();
    this.#forget();
  }

  #line(text: string): void {
    this.#second ??= this.#clock.after(1000, () => this.#forget());
    if (++this.#lines > LINES_PER_SECOND_MAX) this.#leftOut++;
    else this.#log.info({ service: this.#service, text: printable(text.trimEnd(), LINE_CHARS_MAX) }, 'service says');
  }

  #forget(): void {
    const lines = this.#leftOut;
    this.#second = undefined;
    this.#lines = 0;
    this.#leftOut = 0;
    if (lines > 0) this.#log.warn({ service: this.#service, lines }, 'service says too much, lines are left out');
  }
}
