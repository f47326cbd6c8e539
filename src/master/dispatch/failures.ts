// What is said when a task ends without a result: one sentence each, with what to do about it.
import type { Failure } from '../../common/errors.ts';
import { taskFailed } from '../../common/task-types/failures.ts';
import { deadlineMs, type Due } from '../tasks/limits.ts';
import { DEATHS_MAX } from '../tasks/retry.ts';
import type { Task } from '../tasks/task.ts';
import type { AttemptResult } from './attempts.ts';

/** A limit of the task has passed. `why` it could run nowhere, if so: more time would not have helped. */
export function limitPassed(
  due: Exclude<Due, 'stranded' | 'rested'>,
  task: Task,
  nowMs: number,
  why?: Failure,
): Failure {
  const ms = (value: number): string => `${Math.round(value).toString()} ms`;
  const waitedMs = nowMs - task.queuedAtMs;
  if (why !== undefined)
    return { code: 'DEADLINE_PASSED', message: `the deadline passed after ${ms(waitedMs)}: ${why.message}` };
  switch (due) {
    case 'total':
      return {
        code: 'DEADLINE_PASSED',
        message: `the deadline passed after ${ms(waitedMs)}; allow more with timeout=, such as timeout=5m`,
      };
    case 'wait':
      return {
        code: 'DEADLINE_PASSED',
        message: `no slave began it within ${ms(waitedMs)}; allow more with waitTimeout=, or add slaves`,
      };
    case 'run':
      return {
        code: 'RUN_LIMIT_PASSED',
        message: `${task.type} ran longer than its limit of ${ms(task.limits.runMs)} and was ended; allow more with runTimeout=`,
      };
  }
}

export function lostTooOften(): Failure {
  const message = `${DEATHS_MAX.toString()} slaves died while running this task; it is not tried again`;
  return { code: 'LOST_TOO_OFTEN', message };
}

/** What a slave reported instead of a result. `nowMs` tells which limit it was when its time was over. */
export function failureOf(result: AttemptResult, task: Task, nowMs: number): Failure {
  const { outcome, value, tooLarge, stack, runMs } = result;
  if (outcome === 'expired') return limitPassed(nearerLimit(task, runMs, nowMs), task, nowMs);
  if (outcome === 'cancelled') return { code: 'CANCELLED', message: `${task.type} was cancelled at the slave` };
  if (tooLarge) return { code: 'RESULT_TOO_LARGE', message: typeof value === 'string' ? value : 'the task failed' };
  return taskFailed(task.type, value, stack);
}

/** Clocks and timers differ by a little, so neither limit needs to have passed here: whichever has less of it left. */
function nearerLimit(task: Task, runMs: number, nowMs: number): 'run' | 'total' {
  return task.limits.runMs - runMs < deadlineMs(task) - nowMs ? 'run' : 'total';
}
