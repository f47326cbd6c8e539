// GET /tasks: submitted tasks, newest first, filtered, a page at a time. A page looks at a bounded number of records, so that a filter
// which matches little cannot hold up the master: such a page is short, and has a cursor to go on from.
import type { Failure } from '../../common/errors.ts';
import type { TaskFilter } from '../doors/door.ts';
import type { TaskRecord } from '../journal/journal.ts';
import type { TaskState } from '../../common/task-types/task-states.ts';
import type { Submissions } from './submissions.ts';

/** Records looked at for one page. */
const EXAMINED_MAX = 50_000;

export interface Page {
  readonly records: readonly TaskRecord[];
  readonly next: string | undefined;
}

/** `stateOf` says the present state of a record. */
export function listTasks(
  submissions: Submissions,
  { state, type, limit, cursor }: TaskFilter,
  stateOf: (record: TaskRecord) => TaskState,
): Page | Failure {
  const from = cursor === undefined ? submissions.lastSequence : readCursor(cursor, submissions.lastSequence);
  if (from === undefined) {
    return {
      code: 'BAD_PARAMETER',
      message: `cursor must be the next of an earlier page, got ${cursor?.slice(0, 60) ?? ''}`,
    };
  }
  const records: TaskRecord[] = [];
  let examined = 0;
  for (const record of submissions.downFrom(from)) {
    if (records.length === limit || examined++ === EXAMINED_MAX) return { records, next: record.sequence.toString(36) };
    if (type !== undefined && record.type !== type) continue;
    if (state === undefined || stateOf(record) === state) records.push(record);
  }
  return { records, next: undefined };
}

/** Undefined unless it is one that could have been given: counting down from an unsafe integer would never end. */
function readCursor(cursor: string, lastSequence: number): number | undefined {
  const sequence = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : Infinity;
  return sequence <= lastSequence ? sequence : undefined;
}
