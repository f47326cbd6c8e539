// One line per slave: name, state, load with a bar, CPU, memory, slots. What there is no room for is left out from the right. Pure.
import type { SlaveRow } from '../../common/feed/feed.ts';
import { bar, percent, shortNumber } from './figures.ts';
import { piece, type Line, type Style } from './line.ts';
import { padTo, safeText } from './safe-text.ts';

const STATE_COLUMNS = 9;
const NAME_COLUMNS_MIN = 8;
const NAME_COLUMNS_MAX = 32;
const BAR_COLUMNS_MIN = 4;
const BAR_COLUMNS_MAX = 40;
/** Load, CPU, memory, slots, running, with the spaces between them. */
const FIGURES_COLUMNS = 7 + 10 + 6 + 10 + 9;

const STYLES: Readonly<Record<string, Style>> = {
  ready: 'good',
  suspect: 'bad',
  draining: 'warn',
  leaving: 'warn',
};

/** How wide names and bars are: names get what bars leave, and bars what is left then. */
function widths(columns: number): { readonly name: number; readonly bar: number } {
  const free = columns - STATE_COLUMNS - FIGURES_COLUMNS - 2;
  const name = Math.min(NAME_COLUMNS_MAX, Math.max(NAME_COLUMNS_MIN, Math.floor(free * 0.6)));
  return { name, bar: Math.min(BAR_COLUMNS_MAX, Math.max(BAR_COLUMNS_MIN, free - name)) };
}

export function slaveHead(columns: number): Line {
  const { name, bar: barColumns } = widths(columns);
  const figures = ['load', 'cpu load', 'mem', 'slots', 'running'].map((title, i) =>
    padTo(title, FIGURES[i] ?? 0, 'right'),
  );
  const [load = '', ...rest] = figures;
  return [
    piece(
      `${padTo('slave', name)} ${padTo('state', STATE_COLUMNS)}${load} ${padTo('', barColumns)}${rest.join('')}`,
      'dim',
    ),
  ];
}

const FIGURES = [7, 10, 6, 10, 9] as const;

/** The bar is full for the most loaded slave. CPU load is runnable threads per core; slots are those taken, of all. */
export function slaveLine(slave: SlaveRow, loadMax: number, columns: number): Line {
  const { name, bar: barColumns } = widths(columns);
  const { state, load, cpu, memory, leases, slots, running } = slave;
  const used = `${shortNumber(leases)}/${shortNumber(slots)}`;
  const rest = [cpu.toFixed(2), percent(memory), used, shortNumber(running)];
  return [
    piece(`${padTo(safeText(slave.name), name)} `),
    piece(padTo(safeText(state), STATE_COLUMNS), STYLES[state] ?? 'bad'),
    piece(`${padTo(shortNumber(load), FIGURES[0], 'right')} `),
    piece(bar(loadMax === 0 ? 0 : load / loadMax, barColumns), 'bar'),
    piece(rest.map((text, i) => padTo(text, FIGURES[i + 1] ?? 0, 'right')).join('')),
  ];
}
