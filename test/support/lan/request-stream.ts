// Requests that keep coming while something happens to the LAN, whether or not earlier ones have been answered.
import type { Master } from './master.ts';
import { fib, reverse, within, type Question, type TaskAnswer } from './questions.ts';

/** Every second request computes, the others occupy a thread for a while. */
const WORK_MS = 40;

export class RequestStream {
  readonly #answers: Promise<TaskAnswer>[] = [];
  readonly #timer: NodeJS.Timeout;
  #asked = 0;

  /** Asks `master` something new every `everyMs`; each request may take up to `timeout`. */
  constructor(master: Master, everyMs: number, timeout = '60s') {
    this.#timer = setInterval(() => this.#answers.push(master.ask(nextQuestion(this.#asked++, timeout))), everyMs);
    this.#timer.unref(); // of a test that failed nobody stops it
  }

  /** Stops asking and waits for what is still out. */
  stop(): Promise<TaskAnswer[]> {
    clearInterval(this.#timer);
    return Promise.all(this.#answers);
  }
}

function nextQuestion(i: number, timeout: string): Question {
  return within(timeout, i % 2 === 0 ? fib((i * 37) % 1000) : reverse(`request ${i.toString()}`, WORK_MS));
}
