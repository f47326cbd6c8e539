// The latest tasks: those that run, those that wait, those that ended, with what each says of itself. Pure.
import type { Snapshot, TaskRow } from '../../common/feed/feed.ts';
import { percent, shortTime } from './figures.ts';
import { piece, type Line, type Style } from './line.ts';
import { padTo, safeText } from './safe-text.ts';

const STYLES: Readonly<Record<TaskRow['state'], Style>> = {
  queued: 'warn',
  running: 'bar',
  done: 'good',
  failed: 'bad',
  cancelled: 'dim',
  expired: 'bad',
};
const COLUMNS = { id: 14, type: 14, state: 10, slave: 16, time: 9 } as const;

/** At most `rows` lines, the first of them blank. Running tasks get a half of the rows, if there are so many; waiting ones a quarter. */
export function taskLines({ at, tasks: { running, queued, ended } }: Snapshot, rows: number): Line[] {
  const count = running.length + queued.length + ended.length;
  const room = Math.max(0, rows - 2);
  if (count === 0 || room === 0) return [];
  const waits = Math.min(queued.length, Math.max(room - running.length - ended.length, Math.floor(room / 4)));
  const runs = Math.min(running.length, Math.max(room - waits - ended.length, Math.floor(room / 2)));
  const ends = Math.min(ended.length, room - waits - runs);
  const shown = [...running.slice(0, runs), ...queued.slice(0, waits), ...ended.slice(0, ends)];
  return [[], head(), ...shown.map((task) => taskLine(task, at))];
}

function head(): Line {
  const { id, type, state, slave, time } = COLUMNS;
  const titles = `${padTo('task', id)} ${padTo('type', type)} ${padTo('state', state)}${padTo('slave', slave)}`;
  return [piece(`${titles}${padTo('time', time, 'right')}`, 'dim')];
}

function taskLine(task: TaskRow, nowMs: number): Line {
  const { id, type, state, slave, attempts, error } = task;
  const tries = attempts > 1 ? `try ${attempts.toString()} ` : '';
  return [
    piece(`${padTo(safeText(id), COLUMNS.id)} ${padTo(safeText(type), COLUMNS.type)} `),
    piece(padTo(state, COLUMNS.state), STYLES[state]),
    piece(padTo(safeText(slave ?? '-'), COLUMNS.slave)),
    piece(`${padTo(shortTime(timeOf(task, nowMs)), COLUMNS.time, 'right')}  ${tries}`),
    error === null ? piece(saysOf(task)) : piece(error, state === 'cancelled' ? 'dim' : 'bad'),
  ];
}

/** How long it has waited or run; of one that ended, from its admission. */
function timeOf({ queuedAt, startedAt, endedAt }: TaskRow, nowMs: number): number {
  return Math.max(0, endedAt === null ? nowMs - (startedAt ?? queuedAt) : endedAt - queuedAt);
}

function saysOf({ state, progress, message }: TaskRow): string {
  return state === 'running' && (progress > 0 || message !== '') ? `${percent(progress)} ${message}` : '';
}
