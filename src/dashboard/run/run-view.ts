// One run of a task from the page: from the request to the answer, as far as it has come.
import { numberOr } from './numbers.ts';

/** The part of `GET /tasks/{id}` that the page shows. */
export interface TaskAnswer {
  readonly state: string;
  readonly slave: string | null;
  readonly attempts: number;
  readonly progress: number;
  readonly message: string;
  readonly queuedMs: number;
  /** As the slave measured it, or between its start and its end as far as the master knows; null when it never ran. */
  readonly ranMs: number | null;
  /** As text; undefined while there is none. */
  readonly result: string | undefined;
  /** Why there is none and will be none. */
  readonly error: string | undefined;
}

export type RunState =
  | { readonly kind: 'sent' }
  | { readonly kind: 'under way'; readonly answer: TaskAnswer | null; readonly trouble: string | null }
  | { readonly kind: 'ended'; readonly answer: TaskAnswer }
  /** The master does not know it: it was restarted, or keeps the answer no longer. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Whether nothing more will be heard of it. */
export function isOver({ kind }: RunState): boolean {
  return kind === 'ended' || kind === 'unknown';
}

/** A task type with its parameters, as the user asked for it. */
export interface Run {
  /** Counted by the page. */
  readonly key: number;
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The master's. */
  readonly id: string;
  readonly state: RunState;
}

const CALL_CHARS_MAX = 80;

/** "fib(n: 80)", shortened. */
export function callOf({ type, params }: Pick<Run, 'type' | 'params'>): string {
  const given = Object.entries(params).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const call = given.join(', ');
  return `${type}(${call.length <= CALL_CHARS_MAX ? call : `${call.slice(0, CALL_CHARS_MAX)}…`})`;
}

/** How it ended, as it is said aloud; empty before. */
export function spokenOf(run: Run): string {
  const { state } = run;
  if (state.kind === 'unknown') return `${callOf(run)}: ${state.why}`;
  if (state.kind !== 'ended') return '';
  const { result, error, slave } = state.answer;
  const outcome = (error ?? result ?? '').slice(0, CALL_CHARS_MAX);
  return `${callOf(run)} ${state.answer.state}${slave === null ? '' : ` by ${slave}`}: ${outcome}`;
}

/** Undefined when it is no task. */
export function readTaskAnswer(value: unknown): TaskAnswer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { state, slave, attempts, progress, message, queuedMs, result, error } = value as Record<string, unknown>;
  if (typeof state !== 'string') return undefined;
  return {
    state,
    slave: typeof slave === 'string' ? slave : null,
    attempts: numberOr(attempts, 0),
    progress: numberOr(progress, 0),
    message: typeof message === 'string' ? message : '',
    queuedMs: numberOr(queuedMs, 0),
    ranMs: ranMsOf(value),
    result: result === undefined ? undefined : typeof result === 'string' ? result : JSON.stringify(result, null, 2),
    error: errorOf(error),
  };
}

function ranMsOf(answer: object): number | null {
  const { state, runMs, startedAt, endedAt } = answer as Record<string, unknown>;
  if (typeof runMs === 'number' && (runMs > 0 || state === 'done')) return runMs;
  if (typeof startedAt !== 'string' || typeof endedAt !== 'string') return null;
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function errorOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { detail } = error as { detail?: unknown };
  return typeof detail === 'string' ? detail : 'the master does not say why';
}
