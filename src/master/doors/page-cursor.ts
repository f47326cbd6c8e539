// Where a list goes on after a page: the sequence number of its next entry, as text that clients hand back as they got it.
import type { Failure } from '../../common/errors.ts';
import { printable } from '../../common/text/printable.ts';

export function cursorAt(sequence: number): string {
  return sequence.toString(36);
}

/** Refuses one that cannot have been given. */
export function readCursor(cursor: string, lastSequence: number): number | Failure {
  const sequence = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : Infinity;
  if (sequence <= lastSequence) return sequence;
  const got = printable(cursor);
  return { code: 'BAD_PARAMETER', message: `cursor must be the next of an earlier page, got ${got}` };
}
