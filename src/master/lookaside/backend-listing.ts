// GET /backends: those that are registered, in the order in which they were, of one service or of all, a page at a time.
import type { Failure } from '../../common/errors.ts';
import type { BackendFilter } from '../doors/door.ts';
import { cursorAt, readCursor } from '../doors/page-cursor.ts';
import type { Backends, KnownBackend } from './backends.ts';

export interface Listed {
  readonly backends: readonly KnownBackend[];
  readonly next: string | undefined;
}

/** Whatever leaves between two pages, none is skipped, and none comes twice unless it has registered anew. */
export function listBackends(
  known: Pick<Backends, 'all' | 'lastSequence'>,
  { service, limit, cursor }: BackendFilter,
): Listed | Failure {
  const from = cursor === undefined ? 0 : readCursor(cursor, known.lastSequence);
  if (typeof from === 'object') return from;
  const backends: KnownBackend[] = [];
  for (const backend of known.all()) {
    const { sequence } = backend.member;
    if (sequence < from || (service !== undefined && backend.service.name !== service)) continue;
    if (backends.length === limit) return { backends, next: cursorAt(sequence) };
    backends.push(backend);
  }
  return { backends, next: undefined };
}
