// The results of a batch as lines of JSON, in the order in which the tasks end: POST /tasks with Accept: application/x-ndjson.
// Some text waits for a slow client, so that the end of a task whose result is not kept reaches it; of what ends beyond that only the
// place in the request waits, and the desk is asked for the result when there is room for it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import type { Clock, Timer } from '../../../common/time/clock.ts';
import type { Accepted, TaskDesk, TaskView } from '../door.ts';
import { holdWhileOpen } from './hang-up.ts';
import { PacedResponse } from './paced-response.ts';
import { errorLine, lineOf } from './task-json.ts';

export const NDJSON = 'application/x-ndjson';

const STALL_CHECK_MS = 60_000;
/** A client that reads nothing for this many checks is cut off. */
const STALLS_MAX = 10;
/** How many streams there may be at once. */
export const STREAMS_MAX = 100;
/**
 * Text that waits for one client; a last line may go beyond. A client that keeps up hears of every end, even with --keep-results 0; for one
 * that does not, all streams together hold no more than this many times `STREAMS_MAX`, beside what the desk keeps.
 */
export const HELD_CHARS_MAX = 2 * 1024 * 1024;

export interface ResultStreamOptions {
  readonly desk: TaskDesk;
  readonly clock: Clock;
  readonly tasks: Accepted['tasks'];
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the tasks end with the connection: nobody could ask for their results again. */
  readonly cancelsOnHangUp: boolean;
  /** The response is written, or its client has gone. */
  readonly onClose: () => void;
}

/** Text, or the index of a task whose line is still to be made. */
type Line = string | number;

/** Writes the whole response, one line per task. */
export function streamResults(request: IncomingMessage, response: ServerResponse, options: ResultStreamOptions): void {
  const { tasks, headers } = options;
  response.writeHead(200, {
    'content-type': `${NDJSON}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-task-count': tasks.length.toString(),
    ...headers,
  });
  response.flushHeaders();
  new ResultStream(request, response, options).start(request.socket);
}

class ResultStream {
  readonly #options: ResultStreamOptions;
  readonly #lines: PacedResponse<Line>;
  /** What has not ended, and how to stop listening for it. */
  readonly #pending = new Map<number, { readonly id: string; readonly stop: () => void }>();
  readonly #stallCheck: Timer;
  #letGo = (): void => undefined;
  #left: number;
  #heldChars = 0;

  constructor(request: IncomingMessage, response: ServerResponse, options: ResultStreamOptions) {
    this.#options = options;
    this.#left = options.tasks.length;
    this.#lines = new PacedResponse({ response, textOf: (line) => this.#textOf(line) });
    this.#stallCheck = options.clock.every(STALL_CHECK_MS, () => {
      if (this.#lines.countStalls() >= STALLS_MAX) request.socket.destroy();
    });
    response.once('finish', () => {
      this.#stallCheck.cancel();
      this.#letGo();
      options.onClose();
    });
  }

  start(connection: IncomingMessage['socket']): void {
    for (const [index, task] of this.#options.tasks.entries()) {
      if ('code' in task) this.#ended(index);
      else this.#follow(index, task.id);
    }
    this.#letGo = holdWhileOpen(connection, { cancel: (reason) => this.#abandon(reason) });
  }

  #follow(index: number, id: string): void {
    const ended = (view?: TaskView): void => {
      this.#pending.delete(index);
      this.#ended(view === undefined || this.#heldChars >= HELD_CHARS_MAX ? index : this.#held(lineOf(index, view)));
    };
    this.#pending.set(index, { id, stop: () => undefined });
    const stop = this.#options.desk.whenEnded(id, ended);
    if (stop === undefined) ended();
    else if (this.#pending.has(index)) this.#pending.set(index, { id, stop });
  }

  #ended(line: Line): void {
    this.#lines.push(line);
    this.#left--;
    if (this.#left === 0) this.#lines.end();
  }

  #held(text: string): string {
    this.#heldChars += text.length;
    return text;
  }

  #textOf(line: Line): string {
    if (typeof line === 'string') {
      this.#heldChars -= line.length;
      return line;
    }
    const { desk, tasks } = this.#options;
    const task = tasks[line] as Accepted['tasks'][number];
    if ('code' in task) return errorLine(line, task);
    const view = desk.task(task.id);
    return view === undefined ? errorLine(line, NOT_KEPT, task.id) : lineOf(line, view);
  }

  #abandon(reason: string): void {
    this.#stallCheck.cancel();
    this.#options.onClose();
    this.#lines.abandon();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { stop } of pending) stop();
    if (!this.#options.cancelsOnHangUp) return;
    for (const { id } of pending) this.#options.desk.cancel(id, reason);
  }
}

const NOT_KEPT: Failure = { code: 'NOT_FOUND', message: 'the result of this task is no longer kept (--keep-results)' };
