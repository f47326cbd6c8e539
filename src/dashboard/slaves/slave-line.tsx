// One slave in the table. Drawn again only when something about it has changed: with a thousand of them that decides.
import { useMemo, useState } from 'preact/hooks';
import type { SlaveRow } from '../../common/feed/feed.ts';
import { percent, shortNumber } from '../format.ts';
import { WHY_NOT_ID } from '../notices.tsx';
import { Badge, Bar, Slots } from '../parts/marks.tsx';

/** Above this share of its greatest load a slave takes hardly anything more. */
const FULL_RATIO = 0.9;
/** Differences below the bar's width in pixels are not drawn. */
const STEPS = 100;
/** After a click the button has another meaning: a second click that comes so soon was meant for the first one. */
const SETTLE_MS = 1000;

interface SlaveLineProps {
  readonly slave: SlaveRow;
  /** The greatest load of any slave. */
  readonly heaviest: number;
  /** Why it may not be drained from here; null when it may. */
  readonly whyNot: string | null;
  readonly onChange: (id: string, what: 'drain' | 'resume') => void;
}

export function SlaveLine({ slave, heaviest, whyNot, onChange }: SlaveLineProps) {
  const { id, name, address, state, slots, leases, running } = slave;
  const share = heaviest === 0 ? 0 : Math.round((slave.load / heaviest) * STEPS) / STEPS;
  const isFull = slave.load > slave.maxLoad * FULL_RATIO;
  const load = shortNumber(slave.load);
  const [cpu, memory] = [slave.cpu.toFixed(2), percent(slave.memory)];
  const shownFacts = [id, name, address, state, slots, leases, running, share, isFull, load, cpu, memory, whyNot];
  return useMemo(
    () => (
      <tr role="row" class={`slave slave-${state}`} data-slave={name}>
        <th role="rowheader" scope="row" class="c-name">
          <span class="name" title={name}>
            {name}
          </span>
          <small>{address}</small>
        </th>
        <td role="cell" class="c-state">
          <Badge state={state} />
        </td>
        <td role="cell" class="c-load" data-label="Load">
          <Figure text={load} ratio={share} tone={isFull ? 'bad' : 'accent'} />
        </td>
        <td role="cell" class="c-slots" data-label="Slots">
          <span class="figure">
            {leases}/{slots}
          </span>
          <Slots taken={leases} slots={slots} />
        </td>
        <td role="cell" class="c-cpu" data-label="CPU load">
          <Figure text={cpu} ratio={slave.cpu} tone={slave.cpu > 1 ? 'warn' : 'accent'} />
        </td>
        <td role="cell" class="c-memory" data-label="Memory">
          <Figure text={memory} ratio={slave.memory} tone={slave.memory > FULL_RATIO ? 'warn' : 'calm'} />
        </td>
        <td role="cell" class="c-running" data-label="Running">
          <span class="figure">{running}</span>
        </td>
        <td role="cell" class="c-action">
          <Action {...{ id, name, state, whyNot, onChange }} />
        </td>
      </tr>
    ),
    shownFacts,
  );
}

function Figure({ text, ratio, tone }: { readonly text: string; readonly ratio: number; readonly tone: string }) {
  return (
    <>
      <span class="figure">{text}</span>
      <Bar ratio={ratio} tone={tone} />
    </>
  );
}

type ActionProps = Pick<SlaveRow, 'id' | 'name' | 'state'> & Pick<SlaveLineProps, 'whyNot' | 'onChange'>;

function Action({ id, name, state, whyNot, onChange }: ActionProps) {
  const [isSettling, setSettling] = useState(false);
  if (state === 'leaving') return <small>leaving</small>;
  const what = state === 'draining' ? 'resume' : 'drain';
  return (
    <button
      type="button"
      class="quiet"
      disabled={whyNot !== null}
      aria-disabled={isSettling}
      aria-label={`${what === 'drain' ? 'Drain' : 'Resume'} ${name}`}
      aria-describedby={whyNot === null ? undefined : WHY_NOT_ID}
      title={whyNot ?? (what === 'drain' ? 'No new work for it; what runs there ends' : 'Gives it work again')}
      onClick={() => {
        if (isSettling) return;
        setSettling(true);
        setTimeout(() => setSettling(false), SETTLE_MS);
        onChange(id, what);
      }}
    >
      {what === 'drain' ? 'Drain' : 'Resume'}
    </button>
  );
}
