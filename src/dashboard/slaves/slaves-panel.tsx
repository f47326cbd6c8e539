// The slaves with their load, as a table, or as cards on a narrow page.
import { useState } from 'preact/hooks';
import type { SlaveRow } from '../../common/feed/feed.ts';
import { ask } from '../api.ts';
import { counted, wholeNumber } from '../format.ts';
import { Panel } from '../parts/panel.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { arrange, firstOrder, nextOrder, SHOWN_MAX, type SlaveColumn, type SlaveOrder } from './slave-order.ts';
import { SlaveLine } from './slave-line.tsx';
import { SlaveWords } from './slave-words.tsx';

/** From so many on there is a filter. */
const FILTER_FROM = 9;

const COLUMNS: readonly { readonly column: SlaveColumn; readonly title: string; readonly help: string }[] = [
  { column: 'name', title: 'Slave', help: 'Name and address' },
  { column: 'state', title: 'State', help: '' },
  {
    column: 'load',
    title: 'Load',
    help: 'Weight in flight × CPU load; the bar compares it with the most loaded slave',
  },
  {
    column: 'slots',
    title: 'Slots',
    help: 'Taken, of all: tasks the master lets it hold at once, running and sent ahead',
  },
  { column: 'cpu', title: 'CPU load', help: 'Runnable threads per core, one-minute average; 1 is fully busy' },
  { column: 'memory', title: 'Memory', help: 'Share of the machine in use' },
  { column: 'running', title: 'Running', help: 'Tasks that have begun there' },
];

interface SlavesPanelProps {
  /** One at least. */
  readonly slaves: readonly SlaveRow[];
  /** Why slaves may not be drained from here; null when they may. */
  readonly whyNot: string | null;
}

export function SlavesPanel({ slaves, whyNot }: SlavesPanelProps) {
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<SlaveOrder>({ by: 'joined', descending: false });
  const [isAll, setAll] = useState(false);
  const [refusal, setRefusal] = useState('');
  const found = arrange(slaves, filter, order);
  const shown = isAll ? found : found.slice(0, SHOWN_MAX);
  const heaviest = slaves.reduce((most, { load }) => Math.max(most, load), 0);
  const change = async (id: string, what: 'drain' | 'resume'): Promise<void> => {
    const answer = await ask(`/slaves/${encodeURIComponent(id)}/${what}`, { method: 'POST' });
    setRefusal(answer.ok ? '' : answer.problem.detail);
  };
  const hasFilter = slaves.length >= FILTER_FROM || filter !== '';
  return (
    <Panel
      id="slaves"
      title="Slaves"
      note={
        filter === '' ? wholeNumber(slaves.length) : `${wholeNumber(found.length)} of ${wholeNumber(slaves.length)}`
      }
      tools={
        <>
          {slaves.length > 1 && <SortChoice order={order} onOrder={setOrder} />}
          {hasFilter && <Filter value={filter} onChange={setFilter} />}
        </>
      }
    >
      <Refusal why={refusal} />
      <table
        class={shown.length > SHOWN_MAX ? 'slaves cards is-crowded' : 'slaves cards'}
        role="table"
        aria-label="Slaves"
      >
        <Head order={order} onOrder={(column) => setOrder(nextOrder(order, column))} />
        <tbody role="rowgroup">
          {shown.map((slave) => (
            <SlaveLine key={slave.id} {...{ slave, heaviest, whyNot }} onChange={(id, what) => void change(id, what)} />
          ))}
        </tbody>
      </table>
      {found.length === 0 && <p class="empty">No slave matches “{filter}”.</p>}
      {found.length > SHOWN_MAX && (
        <button type="button" class="quiet more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? `Show the first ${SHOWN_MAX.toString()}` : `Show all ${counted(found.length, 'slave')}`}
        </button>
      )}
      <SlaveWords />
    </Panel>
  );
}

function Filter({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }) {
  return (
    <input
      type="search"
      aria-label="Filter slaves by name, address or state"
      placeholder="Filter"
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** Where cards have no heads to click on. */
function SortChoice({ order, onOrder }: { readonly order: SlaveOrder; readonly onOrder: (order: SlaveOrder) => void }) {
  return (
    <select
      class="sort-choice"
      aria-label="Sort slaves by"
      value={order.by}
      onChange={({ currentTarget }) => onOrder(firstOrder(currentTarget.value as SlaveColumn))}
    >
      <option value="joined">sort: as they joined</option>
      {COLUMNS.map(({ column, title }) => (
        <option key={column} value={column} selected={column === order.by}>
          sort: {title}
        </option>
      ))}
    </select>
  );
}

function Head({ order, onOrder }: { readonly order: SlaveOrder; readonly onOrder: (column: SlaveColumn) => void }) {
  const sortOf = (column: SlaveColumn): 'ascending' | 'descending' | 'none' =>
    order.by !== column ? 'none' : order.descending ? 'descending' : 'ascending';
  return (
    <thead role="rowgroup">
      <tr role="row">
        {COLUMNS.map(({ column, title, help }) => (
          <th key={column} role="columnheader" scope="col" class={`c-${column}`} aria-sort={sortOf(column)}>
            <button type="button" class="sort" title={help} onClick={() => onOrder(column)}>
              {title}
            </button>
          </th>
        ))}
        <th role="columnheader" scope="col" class="c-action">
          <span class="unseen">Drain or resume</span>
        </th>
      </tr>
    </thead>
  );
}
