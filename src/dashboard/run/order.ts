// What goes to POST /tasks.
import { numberFrom } from './numbers.ts';

export interface TaskOrder {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly priority?: string;
  readonly timeoutMs?: unknown;
}

/** What any task may have beside its parameters, as entered. */
export interface More {
  readonly priority: string;
  /** In seconds, as typed; empty for no limit. */
  readonly timeout: string;
}

export const NO_MORE: More = { priority: 'normal', timeout: '' };

/** Members of the request; a limit that is no number goes to the master as it is, to be explained by it. */
export function orderOf({ priority, timeout }: More): Pick<TaskOrder, 'priority' | 'timeoutMs'> {
  const text = timeout.trim();
  const seconds = numberFrom(text);
  return { priority, ...(text !== '' && { timeoutMs: seconds === undefined ? text : seconds * 1000 }) };
}
