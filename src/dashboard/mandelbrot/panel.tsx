// Beside the picture: how far it is, what each slave gave, and what can be chosen. Names are text.
import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { SlaveStatus, Status } from './explorer.ts';
import { PALETTE_TITLES, type PaletteName } from './palette.ts';
import { PLACES } from './places.ts';
import { iterationsAt, LEVEL_MAX, toHash, type View } from './plane.ts';

/** A longer list is cut. */
const ROWS_MAX = 40;
/** Where the panel would cover the picture it begins folded. */
const NARROW_PX = 640;
const HOME_LEVEL = 8;

export interface Choices {
  readonly edges: boolean;
  readonly palette: PaletteName;
}

interface PanelProps {
  readonly status: Status | undefined;
  readonly choices: Choices;
  readonly choose: (choices: Choices) => void;
  readonly goTo: (view: View | undefined) => void;
}

export function Panel({ status, choices, choose, goTo }: PanelProps): JSX.Element {
  const [isOpen, setOpen] = useState(innerWidth >= NARROW_PX);
  return (
    <aside class="panel" aria-label="Cluster" data-open={isOpen}>
      <header>
        <h1>Mandelbrot</h1>
        <a href="/">Dashboard</a>
        <button type="button" aria-expanded={isOpen} aria-controls="details" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Less' : 'More'}
        </button>
      </header>
      {status !== undefined && <Progress status={status} />}
      <div id="details" hidden={!isOpen}>
        {status !== undefined && <Figures status={status} />}
        {status !== undefined && status.slaves.length > 0 && <Slaves slaves={status.slaves} />}
        <Controls choices={choices} choose={choose} goTo={goTo} />
      </div>
    </aside>
  );
}

function Progress({ status }: { readonly status: Status }): JSX.Element {
  const { view, tilesReady, tilesWanted, pictureMs } = status;
  const isComplete = tilesReady === tilesWanted;
  return (
    <div class="progress" data-complete={isComplete} data-view={toHash(view)}>
      <progress aria-label="Tiles of the picture" value={tilesReady} max={Math.max(1, tilesWanted)} />
      <span>
        {tilesReady} of {tilesWanted} tiles
      </span>
      <span>{(pictureMs / 1000).toFixed(2)} s</span>
    </div>
  );
}

function Figures({ status: { view, all, cancelled } }: { readonly status: Status }): JSX.Element {
  const figures = [
    ['Tiles/s', rateText(all.perSecond), 'rate'],
    ['Tiles in all', all.total.toLocaleString('en'), 'total'],
    ['Cancelled', cancelled.toLocaleString('en'), 'cancelled'],
    ['Zoom', zoomText(view.level), 'zoom'],
    ['Steps a pixel', `≤ ${iterationsAt(view.level).toLocaleString('en')}`, 'steps'],
    ['Levels left', (LEVEL_MAX - view.level).toString(), 'levels'],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([title, text, name]) => (
        <div key={name}>
          <dt>{title}</dt>
          <dd data-figure={name}>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Slaves({ slaves }: { readonly slaves: readonly SlaveStatus[] }): JSX.Element {
  const total = slaves.reduce((sum, slave) => sum + slave.total, 0);
  const rows = slaves.slice(0, ROWS_MAX);
  return (
    <div class="slaves" tabIndex={0} role="region" aria-label="Slaves">
      <table>
        <thead>
          <tr>
            <th scope="col">Slave</th>
            <th scope="col">Tiles/s</th>
            <th scope="col">Tiles</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((slave) => (
            <SlaveRow key={slave.name} slave={slave} share={total === 0 ? 0 : slave.total / total} />
          ))}
        </tbody>
      </table>
      {slaves.length > rows.length && <p>and {slaves.length - rows.length} more</p>}
    </div>
  );
}

function SlaveRow({ slave, share }: { readonly slave: SlaveStatus; readonly share: number }): JSX.Element {
  const { name, colour, isHere, perSecond, total } = slave;
  const percent = `${Math.round(share * 100).toString()} %`;
  return (
    <tr data-here={isHere}>
      <th scope="row" title={isHere ? name : `${name} (left)`}>
        <span class="swatch" style={{ borderColor: colour.colour, borderStyle: colour.pattern }} />
        <span class="name">{name}</span>
        <span class="bar" style={{ width: percent.replace(' ', ''), backgroundColor: colour.colour }} />
        {!isHere && <small> left</small>}
      </th>
      <td>{rateText(perSecond)}</td>
      <td>{total.toLocaleString('en')}</td>
      <td>{percent}</td>
    </tr>
  );
}

function Controls({ choices, choose, goTo }: Omit<PanelProps, 'status'>): JSX.Element {
  return (
    <div class="controls">
      <label>
        Go to
        <select
          value=""
          onChange={({ currentTarget }) => {
            goTo(PLACES[Number(currentTarget.value)]?.view);
            currentTarget.value = '';
          }}
        >
          <option value="" disabled>
            a place …
          </option>
          {PLACES.map(({ title }, at) => (
            <option key={title} value={at}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Colours
        <select
          value={choices.palette}
          onChange={({ currentTarget: { value } }) => choose({ ...choices, palette: value as PaletteName })}
        >
          {PALETTE_TITLES.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={choices.edges}
          onChange={({ currentTarget: { checked } }) => choose({ ...choices, edges: checked })}
        />
        Edges in the slaves’ colours
      </label>
    </div>
  );
}

function rateText(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString('en') : perSecond.toFixed(1);
}

function zoomText(level: number): string {
  const times = 2 ** (level - HOME_LEVEL);
  return times < 1e6 ? `× ${times.toLocaleString('en')}` : `× ${times.toExponential(1).replace('e+', ' · 10^')}`;
}
