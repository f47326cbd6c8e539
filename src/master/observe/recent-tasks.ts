// The tasks that ended last. Noted for every task on the hot path, so an end costs a few copies of fields into a record that is there
// already: nothing of the task itself, no parameters and no result, is kept.
import type { TaskRow } from '../../common/feed/feed.ts';
import { shortened } from '../../common/text/shortened.ts';
import type { EndState } from '../../common/task-types/task-states.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';
import { shortNumber } from './short-number.ts';
import { rowTime, TEXT_CHARS_MAX, type RowContext } from './task-rows.ts';

export const ENDED_MAX = 30;

interface Ended {
  id: string;
  type: string;
  state: EndState;
  slave: string | undefined;
  attempts: number;
  queuedAtMs: number;
  startedAtMs: number;
  endedAtMs: number;
  runMs: number;
  error: string | undefined;
}

const nothing = (): Ended => ({
  id: '',
  type: '',
  state: 'done',
  slave: undefined,
  attempts: 0,
  queuedAtMs: 0.5,
  startedAtMs: 0.5,
  endedAtMs: 0.5,
  runMs: 0.5,
  error: undefined,
});

export class RecentTasks {
  readonly #ring = Array.from({ length: ENDED_MAX }, nothing);
  /** How many were ever noted. */
  #count = 0;

  /** The task has ended, and is about to be forgotten. */
  note(task: Task, { state, failure }: TaskAnswer): void {
    const ended = this.#ring[this.#count % ENDED_MAX] as Ended;
    this.#count++;
    ended.id = task.id;
    ended.type = task.type;
    ended.state = state;
    ended.slave = task.slave;
    ended.attempts = task.attempts;
    ended.queuedAtMs = task.queuedAtMs;
    ended.startedAtMs = task.startedAtMs;
    ended.endedAtMs = task.endedAtMs;
    ended.runMs = task.runMs;
    ended.error = failure === undefined ? undefined : sentenceOf(failure.message);
  }

  /** Latest first. */
  rows(context: RowContext): TaskRow[] {
    const length = Math.min(this.#count, ENDED_MAX);
    return Array.from({ length }, (_none, i) => rowOf(this.#ring[(this.#count - 1 - i) % ENDED_MAX] as Ended, context));
  }
}

/** A part of a long text would keep the whole of it in memory: this is a copy. */
function sentenceOf(message: string): string {
  if (message.length <= TEXT_CHARS_MAX) return message;
  return `${Buffer.from(shortened(message, TEXT_CHARS_MAX - 1)).toString()}…`;
}

function rowOf(ended: Ended, { time, isKept }: RowContext): TaskRow {
  const { id, type, state, slave, attempts, runMs, error, ...times } = ended;
  return {
    id,
    type,
    state,
    slave: slave ?? null,
    attempts,
    queuedAt: Math.round(time.of(times.queuedAtMs)),
    startedAt: rowTime(times.startedAtMs, time),
    endedAt: rowTime(times.endedAtMs, time),
    runMs: state === 'done' || runMs > 0 ? shortNumber(runMs) : null,
    progress: state === 'done' ? 1 : 0,
    message: '',
    error: error ?? null,
    kept: isKept(id),
  };
}
