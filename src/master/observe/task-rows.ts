// Rows of tasks that have not ended: those that run longest and those that are next. However many there are, looking at them costs about the same.
import type { TaskRow } from '../../common/feed/feed.ts';
import { shortened } from '../../common/text/shortened.ts';
import { PRIORITIES } from '../../common/task-types/priority.ts';
import type { Attempt, AttemptTable } from '../dispatch/attempts.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';
import type { Task } from '../tasks/task.ts';
import { shortNumber } from './short-number.ts';
import type { TimeOfDay } from './task-view.ts';

export const RUNNING_MAX = 20;
export const QUEUED_MAX = 10;
/** An error or a message is at most this long. */
export const TEXT_CHARS_MAX = 200;
/** So many attempts, those sent out first, are looked at. */
const LOOKED_AT_MAX = 1000;

/** What rows say beside the tasks themselves. */
export interface RowContext {
  readonly time: TimeOfDay;
  /** Whether the task with this id is among the submitted ones: its result is kept, or will be. */
  readonly isKept: (id: string) => boolean;
}

/** Those that began first, then those that were sent and have not begun. */
export function runningRows(attempts: AttemptTable, context: RowContext): TaskRow[] {
  const live: Attempt[] = [];
  let looked = 0;
  for (const attempt of attempts.all()) {
    if (++looked > LOOKED_AT_MAX) break;
    if (attempt.task.state === 'running') live.push(attempt);
  }
  const begun = ({ task }: Attempt): number => (task.startedAtMs === 0 ? Infinity : task.startedAtMs);
  // In order of dispatch where both are equal: sorting is stable.
  live.sort((a, b) => (begun(a) === begun(b) ? 0 : begun(a) - begun(b)));
  return live.slice(0, RUNNING_MAX).map((attempt) => liveRow(attempt.task, attempt, context));
}

/** In the order in which their turn comes; of several groups the more urgent and older first. */
export function queuedRows(queues: Iterable<readonly [string, TaskQueue]>, context: RowContext): TaskRow[] {
  const next = [...queues].flatMap(([, queue]) => queue.next(QUEUED_MAX));
  const urgency = ({ priority }: Task): number => PRIORITIES.indexOf(priority);
  if (next.length > QUEUED_MAX) next.sort((a, b) => urgency(a) - urgency(b) || a.queuedAtMs - b.queuedAtMs);
  return next.slice(0, QUEUED_MAX).map((task) => liveRow(task, undefined, context));
}

function liveRow(task: Task, attempt: Attempt | undefined, { time, isKept }: RowContext): TaskRow {
  const { id, type, state, slave, attempts, queuedAtMs, startedAtMs } = task;
  return {
    id,
    type,
    state,
    slave: slave ?? null,
    attempts,
    queuedAt: Math.round(time.of(queuedAtMs)),
    startedAt: rowTime(startedAtMs, time),
    endedAt: null,
    runMs: null,
    progress: shortNumber(attempt?.progressRatio ?? 0),
    message: shortened(attempt?.progressText ?? '', TEXT_CHARS_MAX),
    error: null,
    kept: isKept(id),
  };
}

/** A time of day in whole milliseconds; null for 0, which stands for never. */
export function rowTime(clockMs: number, time: TimeOfDay): number | null {
  return clockMs === 0 ? null : Math.round(time.of(clockMs));
}
