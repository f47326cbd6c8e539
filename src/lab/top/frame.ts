// The whole view as lines: what the cluster is doing, its slaves, its tasks. A function of what is known and of the size: nothing here
// knows a terminal. Pure.
import type { About, SlaveRow, Snapshot } from '../../common/feed/feed.ts';
import { shortNumber, shortTime } from './figures.ts';
import { piece, type Line, type Piece } from './line.ts';
import { slaveHead, slaveLine } from './slave-lines.ts';
import { taskLines } from './task-lines.ts';

/** What is known of the cluster, and of the connection to it. */
export interface View {
  readonly url: string;
  /** Undefined before the first one came. */
  readonly about: About | undefined;
  readonly snapshot: Snapshot | undefined;
  /** Why there is no connection, and for how long; undefined while there is one. */
  readonly lost: { readonly reason: string; readonly sinceMs: number } | undefined;
}

export interface Size {
  readonly columns: number;
  /** Infinity: as many as there are. */
  readonly rows: number;
}

/** Tasks get at least this share of the rows below the head, if there are so many. */
const TASKS_SHARE = 1 / 3;

/** At most `rows` lines; each is cut to the width when it becomes text. */
export function frame(view: View, size: Size): Line[] {
  const { snapshot } = view;
  const head = snapshot === undefined ? waitingHead(view) : headOf(view, snapshot);
  if (snapshot === undefined) return head.slice(0, size.rows);
  const rows = size.rows - head.length;
  const tasks = taskLines(snapshot, Infinity);
  const forTasks = Math.min(tasks.length, Math.max(Math.floor(rows * TASKS_SHARE), rows - snapshot.slaves.length - 1));
  const [join] = view.about?.join ?? [];
  const none: Line = [
    piece('no slave yet', 'warn'),
    piece(join === undefined ? '' : `; to start one: ${join.command}`),
  ];
  const room = rows - Math.max(0, forTasks);
  const slaves = snapshot.slaves.length === 0 ? [none] : slaveLines(snapshot.slaves, size.columns, room);
  return [...head, ...slaves, ...taskLines(snapshot, rows - slaves.length)].slice(0, size.rows);
}

function waitingHead({ url, lost }: View): Line[] {
  return [
    [piece('Lanyard ', 'bold'), piece(url)],
    lost === undefined ? [piece('connecting …', 'dim')] : lostLine(lost),
  ];
}

function headOf({ about, lost }: View, snapshot: Snapshot): Line[] {
  const { slaves, algorithm, draining } = snapshot;
  const title: Piece[] = [
    piece(`Lanyard ${about?.cluster ?? ''} `, 'bold'),
    piece(`${about?.masterName ?? snapshot.masterId}  ${algorithm}  ${countOf(slaves)}  `),
    piece(new Date(snapshot.at).toISOString().slice(11, 19), 'dim'),
    ...(draining ? [piece('  '), piece(' SHUTTING DOWN ', 'alarm')] : []),
  ];
  return [title, ...(lost === undefined ? [] : [lostLine(lost)]), ratesOf(snapshot), totalsOf(snapshot), []];
}

function lostLine({ reason, sinceMs }: NonNullable<View['lost']>): Line {
  const seconds = Math.floor(sinceMs / 1000).toString();
  return [piece(` CONNECTION LOST ${seconds} s ago `, 'alarm'), piece(` ${reason}; trying again`)];
}

/** Such as `3 slaves`, `1 slave`, `3 slaves (1 suspect)`. */
export function countOf(slaves: readonly SlaveRow[]): string {
  const counts = new Map<string, number>();
  for (const { state } of slaves) if (state !== 'ready') counts.set(state, (counts.get(state) ?? 0) + 1);
  const others = [...counts].map(([state, count]) => `${count.toString()} ${state}`).join(', ');
  return `${slaves.length.toString()} slave${slaves.length === 1 ? '' : 's'}${others === '' ? '' : ` (${others})`}`;
}

function ratesOf({ sample, queued, inFlight }: Snapshot): Line {
  const { done = 0, failed = 0, p50Ms = null, p95Ms = null, p99Ms = null } = sample ?? {};
  return [
    piece('done '),
    piece(`${shortNumber(done)}/s`, 'bold'),
    piece('  failed '),
    piece(`${shortNumber(failed)}/s`, failed > 0 ? 'bad' : 'bold'),
    piece(`  p50 ${shortTime(p50Ms)}  p95 ${shortTime(p95Ms)}  p99 ${shortTime(p99Ms)}  queue `),
    piece(shortNumber(queued), queued > 0 ? 'warn' : 'bold'),
    piece('  in flight '),
    piece(shortNumber(inFlight), 'bold'),
  ];
}

function totalsOf({ totals }: Snapshot): Line {
  const { done, failed, cancelled, expired } = totals;
  const parts = [`${done.toString()} done`, `${failed.toString()} failed`];
  const rest = [`${cancelled.toString()} cancelled`, `${expired.toString()} expired`];
  return [piece(`since the start: ${[...parts, ...rest].join(', ')}`, 'dim')];
}

/** In order of their names, as many as there is room for; the last line says how many are left out. */
function slaveLines(slaves: readonly SlaveRow[], columns: number, rows: number): Line[] {
  if (rows <= 0) return [];
  const sorted = [...slaves].sort((a, b) => byName(a.name, b.name));
  const loadMax = slaves.reduce((max, { load }) => Math.max(max, load), 0);
  const shown = sorted.length + 1 <= rows ? sorted.length : Math.max(0, rows - 2);
  const lines = sorted.slice(0, shown).map((slave) => slaveLine(slave, loadMax, columns));
  const more = sorted.length - shown;
  return [slaveHead(columns), ...lines, ...(more > 0 ? [[piece(`… and ${more.toString()} more`, 'dim')]] : [])];
}

const { compare: byName } = new Intl.Collator('en', { numeric: true });
