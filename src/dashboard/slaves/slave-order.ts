// Which slaves the table shows, and in which order.
import type { SlaveRow } from '../../common/feed/feed.ts';

/** Columns that can be sorted by; `joined` is the order in which they came. */
export type SlaveColumn = 'joined' | 'name' | 'state' | 'load' | 'slots' | 'cpu' | 'memory' | 'running';

export interface SlaveOrder {
  readonly by: SlaveColumn;
  readonly descending: boolean;
}

/** So many are drawn unless all are asked for: a page of a thousand rows that change four times a second is work. */
export const SHOWN_MAX = 50;

const VALUES: Readonly<Record<Exclude<SlaveColumn, 'joined'>, (slave: SlaveRow) => string | number>> = {
  name: ({ name }) => name,
  state: ({ state }) => state,
  load: ({ load }) => load,
  slots: ({ leases, slots }) => (slots === 0 ? 0 : leases / slots),
  cpu: ({ cpu }) => cpu,
  memory: ({ memory }) => memory,
  running: ({ running }) => running,
};

/** Those whose name, address or state contains `filter`, in order; equal ones as they joined. */
export function arrange(slaves: readonly SlaveRow[], filter: string, { by, descending }: SlaveOrder): SlaveRow[] {
  const wanted = filter.trim().toLowerCase();
  const found = slaves.filter(({ name, address, state }) =>
    [name, address, state].some((text) => text.toLowerCase().includes(wanted)),
  );
  if (by === 'joined') return descending ? found.reverse() : found;
  const valueOf = VALUES[by];
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => sign * compare(valueOf(a), valueOf(b)));
}

/** Names and states from A, figures from the greatest. */
export function firstOrder(by: SlaveColumn): SlaveOrder {
  return { by, descending: by !== 'joined' && by !== 'name' && by !== 'state' };
}

/** A click on a column's head: its most telling end first, then the other, then as they joined. */
export function nextOrder(order: SlaveOrder, column: SlaveColumn): SlaveOrder {
  if (order.by !== column) return firstOrder(column);
  const telling = firstOrder(column).descending;
  return order.descending === telling ? { by: column, descending: !telling } : { by: 'joined', descending: false };
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'string' && typeof b === 'string') return COLLATOR.compare(a, b);
  return Number(a) - Number(b);
}

const COLLATOR = new Intl.Collator('en', { numeric: true });
