// What M clients saw, in numbers and as a table.
import { type Times, timesOf } from '../common/times.ts';
import type { Outcome } from './client.ts';

export interface Summary {
  readonly requests: number;
  readonly right: number;
  readonly wrong: number;
  readonly failed: number;
  /** Calls that were made anew, because a backend was gone or full. */
  readonly retries: number;
  /** From the first question to the last answer. */
  readonly seconds: number;
  /** Right answers per second. */
  readonly throughput: number;
  /** Response times of answers, in seconds. */
  readonly times: Times;
  /** Answers by backend. */
  readonly share: Readonly<Record<string, number>>;
  /** What went wrong, each once. */
  readonly reasons: readonly string[];
}

export function summarize(outcomes: readonly Outcome[], seconds: number): Summary {
  const answers = outcomes.filter((outcome) => outcome.kind !== 'failed');
  const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
  const right = answers.filter(({ kind }) => kind === 'right').length;
  const share: Record<string, number> = {};
  for (const { backend } of answers) share[backend] = (share[backend] ?? 0) + 1;
  return {
    requests: outcomes.length,
    right,
    wrong: answers.length - right,
    failed: failures.length,
    retries: outcomes.reduce((sum, { retries }) => sum + retries, 0),
    seconds,
    throughput: right / seconds,
    times: timesOf(answers.map(({ ms }) => ms / 1000)),
    share: Object.fromEntries(Object.entries(share).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))),
    reasons: [...new Set(failures.map(({ why }) => why))],
  };
}

/** The head of a table of summaries; `first` names the columns in front. */
export function head(first: string): string {
  return `${first}    mean     p50     p95     p99     max  tasks/s  errors  answers of each server`;
}

/** One line of the table. Of `servers`, in this order, also those are shown that answered nothing. */
export function row(
  first: string,
  { times, throughput, wrong, failed, share }: Summary,
  servers: readonly string[],
): string {
  const seconds = [times.mean, times.p50, times.p95, times.p99, times.max].map((time) => time.toFixed(3).padStart(7));
  const rates = `${throughput.toFixed(1).padStart(8)} ${String(wrong + failed).padStart(7)}`;
  return `${first} ${seconds.join(' ')} ${rates}  ${servers.map((name) => share[name] ?? 0).join(' ')}`;
}
