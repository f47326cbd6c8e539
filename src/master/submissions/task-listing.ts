// GET /tasks: submitted tasks, newest first, filtered, a page at a time. A page looks at a bounded number of records, so that a filter
// which matches little cannot hold up the master: such a page is short, and has a cursor to go on from.
import type { Failure } from '../../common/errors.ts';
import type { TaskFilter } from '../doors/door.ts';
import type { TaskRecord } from '../journal/journal.ts';
import type { TaskState } from '../../common/task-types/task-states.ts';
import { cursorAt, readCursor } from '../doors/page-cursor.ts';
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
  if (typeof from === 'object') return from;
  const records: TaskRecord[] = [];
  let examined = 0;
  for (const record of submissions.downFrom(from)) {
    if (records.length === limit || examined++ === EXAMINED_MAX) return { records, next: cursorAt(record.sequence) };
    if (type !== undefined && record.type !== type) continue;
    if (state === undefined || stateOf(record) === state) records.push(record);
  }
  return { records, next: undefined };
}
