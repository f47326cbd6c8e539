// The chaos table: per kind of fault how often it struck, what was at stake and what became of it; then totals. Text and Markdown
// are the same lines.
import { median } from '../lan/figures.ts';
import type { Entry } from './account.ts';
import type { ChaosRun } from './chaos.ts';
import { FAULT_KINDS, FAULTS, type FaultKind } from './faults.ts';
import type { Struck } from './strikes.ts';

const HEAD = ['fault', 'struck', 'in flight min', 'median', 'retried', 'late dropped', 'back after s', 'lost'];
/** A late answer belongs to the fault that was undone last, this long ago at most. */
const LATE_WITHIN_MS = 3000;

/** Lines of the table. */
export function chaosTable(run: ChaosRun): string[] {
  const ended = new Map<string, Entry>();
  for (const entry of run.account.entries) if (entry.id !== undefined) ended.set(entry.id, entry);
  const late = lateByKind(run);
  const rows = FAULT_KINDS.map((kind) => rowOf(run, kind, ended, late.get(kind) ?? 0));
  return aligned([HEAD, ...rows]);
}

function rowOf({ strikes }: ChaosRun, kind: FaultKind, ended: ReadonlyMap<string, Entry>, late: number): string[] {
  const struck = strikes.done.filter((strike) => strike.kind === kind);
  const inFlight = struck.map((strike) => strike.inFlight);
  const hit = struck.flatMap(({ atVictim }) => [...atVictim]);
  const retried = hit.filter(([id, attempt]) => attemptsOf(ended.get(id)) > attempt).length;
  const lost = hit.filter(([id]) => ended.get(id)?.end?.kind === 'violation').length;
  const back = struck.flatMap(({ healedAtMs, backAtMs }) =>
    healedAtMs === undefined || backAtMs === undefined ? [] : [(backAtMs - healedAtMs) / 1000],
  );
  const isMasters = kind.startsWith('master');
  return [
    FAULTS[kind].title,
    struck.length.toString(),
    Math.min(...inFlight).toString(),
    median(inFlight).toString(),
    isMasters ? '-' : retried.toString(),
    isMasters ? '-' : late.toString(),
    median(back).toFixed(1),
    lost.toString(),
  ];
}

function attemptsOf(entry: Entry | undefined): number {
  const end = entry?.end;
  return end?.kind === 'right' || end?.kind === 'stated' ? end.attempts : 0;
}

/** Each late answer is put down to one fault, or to none: an answer may also cross with a cancel. */
function lateByKind({ strikes, observer }: ChaosRun): Map<FaultKind, number> {
  const healed = strikes.done.filter(
    (strike): strike is Struck & { healedAtMs: number } => strike.healedAtMs !== undefined,
  );
  const late = new Map<FaultKind, number>();
  for (const { atMs, late: count } of observer.growth) {
    if (count === 0) continue;
    const candidates = healed.filter(({ healedAtMs }) => healedAtMs <= atMs && atMs - healedAtMs <= LATE_WITHIN_MS);
    const latest = candidates.sort((a, b) => b.healedAtMs - a.healedAtMs)[0];
    if (latest !== undefined) late.set(latest.kind, (late.get(latest.kind) ?? 0) + count);
  }
  return late;
}

/** Totals, one fact a line. */
export function chaosTotals(run: ChaosRun): string[] {
  const { account, observer, levels } = run;
  const count = (kind: Parameters<typeof account.ended>[0]): number => account.ended(kind).length;
  const stated = new Map<string, number>();
  for (const { end } of account.ended('stated')) stated.set(end.problem, (stated.get(end.problem) ?? 0) + 1);
  const refused = new Map<string, number>();
  for (const { end } of account.ended('refused')) refused.set(end.problem, (refused.get(end.problem) ?? 0) + 1);
  const retried = account.ended('right').filter(({ end }) => end.attempts > 1).length;
  const never = count('violation') + account.open.size;
  return [
    `${account.entries.length} tasks in ${run.durationMs / 1000} s: ${doors(run)}`,
    `${count('right')} right (${retried} of them after more than one attempt), ${count('stated')} stated failures${listed(stated)}, ` +
      `${count('hung-up')} whose client hung up`,
    `${count('refused')} never accepted${listed(refused)}`,
    `${count('gone-with-master')} in the memory of one of ${run.masterLives - 1} masters that were ended (not durable)`,
    `${never} lost, wrong or unanswered; ${account.checkedAgain} answers looked at twice, ${account.sentTwice} requests sent twice with one key`,
    `attempts lost ${observer.total('lost')}, refused ${observer.total('refused')}, recalled ${observer.total('recalled')}; ` +
      `answers dropped: late ${observer.total('late')}, foreign ${observer.total('foreign')}`,
    `${run.events.events} events heard, of ${run.events.ends} ends of tasks, none twice`,
    `invariants held at each of ${observer.invariantsHeld} looks; violations: ${run.violations.length + account.violations.length}`,
    ...levels.map(({ what, before, after }) => {
      const of = (name: 'threads' | 'handles' | 'memoryMiB'): string =>
        `${Math.round(before[name])} → ${Math.round(after[name])}`;
      const timers = `${before.resources.get('Timeout') ?? 0} → ${after.resources.get('Timeout') ?? 0}`;
      const told = before.resources.size === 0 ? '' : `timers ${timers}, `;
      return `${what}: threads ${of('threads')}, handles ${of('handles')}, ${told}MiB ${of('memoryMiB')}`;
    }),
  ];
}

function doors({ account }: ChaosRun): string {
  const through = (door: Entry['door']): number => account.entries.filter((entry) => entry.door === door).length;
  const shown = [`${through('get')} by GET /task`, `${through('post')} by POST /tasks alone`];
  return [...shown, `${through('array')} in arrays`, `${through('stream')} with a stream of results`].join(', ');
}

function listed(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return '';
  return ` (${[...counts].map(([what, count]) => `${what} ${count}`).join(', ')})`;
}

/** Markdown, with columns of one width for those who read it as text. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(rows[0]!), `| ${rule.join(' | ')} |`, ...rows.slice(1).map(line)];
}
