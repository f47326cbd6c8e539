// A task as the outside sees it: while it lives, and when it has ended and its result is kept.
import type { Attempt } from '../dispatch/attempts.ts';
import type { TaskView } from '../doors/door.ts';
import type { TaskRecord } from '../journal/journal.ts';
import { queuedMsOf } from '../dispatch/admission.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';

/** The master's clock and the time of day. */
export interface TimeOfDay {
  /** Of the master's clock. */
  nowMs(): number;
  /** From the clock's time to milliseconds since 1970. */
  of(clockMs: number): number;
}

/** `attempt`: the one that is out, if any. */
export function liveView(task: Task, attempt: Attempt | undefined, time: TimeOfDay): TaskView {
  const { id, type, state, priority, weight, slave, attempts, startedAtMs, queuedAtMs } = task;
  return {
    id,
    type,
    params: task.params ?? {},
    state,
    priority,
    weight,
    slave,
    attempts,
    progress: attempt?.progressRatio ?? 0,
    message: attempt?.progressText ?? '',
    queuedAt: isoTime(time.of(queuedAtMs)),
    startedAt: startedAtMs === 0 ? undefined : isoTime(time.of(startedAtMs)),
    endedAt: undefined,
    queuedMs: startedAtMs === 0 ? time.nowMs() - queuedAtMs : queuedMsOf(task),
    runMs: 0,
  };
}

/** Of a task at the moment of its end, before it is forgotten. */
export function endView(task: Task, answer: TaskAnswer, time: TimeOfDay): TaskView {
  return {
    ...liveView(task, undefined, time),
    ...answer,
    progress: answer.state === 'done' ? 1 : 0,
    endedAt: isoTime(time.of(task.endedAtMs)),
    queuedMs: queuedMsOf(task),
    runMs: task.runMs,
  };
}

/** Of a task that has ended. */
export function endedView(record: TaskRecord): TaskView {
  const { id, type, params, priority, weight, acceptedAtMs, ending } = record;
  const { startedAtMs, endedAtMs, state = 'failed' } = ending ?? {};
  return {
    id,
    type,
    params,
    state,
    priority,
    weight,
    slave: ending?.slave,
    attempts: ending?.attempts ?? 0,
    progress: state === 'done' ? 1 : 0,
    message: '',
    queuedAt: isoTime(acceptedAtMs),
    startedAt: startedAtMs === undefined ? undefined : isoTime(startedAtMs),
    endedAt: endedAtMs === undefined ? undefined : isoTime(endedAtMs),
    queuedMs: ending?.queuedMs ?? 0,
    runMs: ending?.runMs ?? 0,
    ...(ending?.value !== undefined && { value: ending.value }),
    ...(ending?.failure !== undefined && { failure: ending.failure }),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
