// The terminal while the view is up: its alternate screen, without a cursor and without echo, and given back as it was whatever ends the
// process. A frame is one write, so that nothing flickers.
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';

/** Alternate screen, cursor hidden, lines are not wrapped. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CTRL_C = '\u0003';

export interface ScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly onQuit: () => void;
  readonly onResize: () => void;
}

export class Screen {
  readonly #options: ScreenOptions;
  #isUp = true;
  #isFull = false;

  constructor(options: ScreenOptions) {
    const { input, output, onQuit, onResize } = options;
    this.#options = options;
    // Whatever happens from here on, the terminal comes back.
    process.on('exit', () => this.close());
    output.write(ENTER);
    output.on('resize', onResize);
    output.on('drain', () => (this.#isFull = false));
    if (!input.isTTY) return;
    input.setRawMode(true);
    input.setEncoding('utf8');
    input.on('data', (keys: string) => {
      if (/[qQ]/.test(keys) || keys.includes(CTRL_C)) onQuit();
    });
  }

  get columns(): number {
    return this.#options.output.columns || 80;
  }

  get rows(): number {
    return this.#options.output.rows || 24;
  }

  /** Shows these lines, which fit. Left out when the terminal has not taken the last ones yet. */
  draw(lines: readonly string[]): void {
    if (!this.#isUp || this.#isFull) return;
    const text = lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n');
    this.#isFull = !this.#options.output.write(`${HOME}${text}${CLEAR_BELOW}`);
  }

  /** Gives the terminal back, at once: nothing may come after it. */
  close(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    const { input, output } = this.#options;
    try {
      if (input.isTTY) input.setRawMode(false);
      writeSync(output.fd, LEAVE);
    } catch {
      // The terminal is gone.
    }
    input.pause();
  }
}
