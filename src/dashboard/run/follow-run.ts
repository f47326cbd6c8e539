// Sends a task to the master and asks until it has ended. A master that is away for a while is asked again.
import { hasEnded } from '../../common/task-types/task-states.ts';
import { ask, type Answer, type Problem } from '../api.ts';
import type { TaskOrder } from './order.ts';
import { readTaskAnswer, type RunState, type TaskAnswer } from './run-view.ts';

export type Submitted = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly problem: Problem };

const AGAIN_MS = 1000;

export async function submit(order: TaskOrder): Promise<Submitted> {
  const answer = await ask('/tasks', { method: 'POST', body: order });
  if (!answer.ok) return answer;
  const { id } = (answer.value ?? {}) as { id?: unknown };
  if (typeof id === 'string') return { ok: true, id };
  const detail = 'the master took the task but gave it no id: is this page older than the master? Load it again';
  return { ok: false, problem: { status: 0, title: 'Not understood', detail } };
}

/** Whoever follows a task. */
export interface Follower {
  readonly signal: AbortSignal;
  /** A page that nobody sees keeps no connection open: it asks now and then. */
  readonly isHidden: () => boolean;
  readonly tell: (state: RunState) => void;
}

/** Tells of every change until the task has ended or `signal` is aborted. */
export async function follow(id: string, { signal, isHidden, tell }: Follower): Promise<void> {
  const path = `/tasks/${encodeURIComponent(id)}`;
  let latest: TaskAnswer | null = null;
  for (;;) {
    // The first answer tells where it stands; the later ones come when it has ended, or a second later for its progress.
    const waits = latest !== null && !isHidden();
    const state: RunState = stateOf(await ask(waits ? `${path}?wait=1s` : path, { signal }), latest);
    if (signal.aborted) return;
    tell(state);
    if (state.kind !== 'under way') return;
    latest = state.answer;
    if (state.trouble !== null || isHidden()) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function stateOf(answer: Answer, latest: TaskAnswer | null): RunState {
  if (!answer.ok) {
    const { status, detail } = answer.problem;
    return status === 404 ? { kind: 'unknown', why: detail } : { kind: 'under way', answer: latest, trouble: detail };
  }
  const read = readTaskAnswer(answer.value);
  if (read === undefined) return { kind: 'unknown', why: 'the master answered with something that is no task' };
  return hasEnded(read.state) ? { kind: 'ended', answer: read } : { kind: 'under way', answer: read, trouble: null };
}

/** Why it could not be cancelled, or null. */
export async function cancelTask(id: string): Promise<string | null> {
  const answer = await ask(`/tasks/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return answer.ok ? null : answer.problem.detail;
}
