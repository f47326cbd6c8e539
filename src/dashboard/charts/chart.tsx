// One chart of the last minutes, drawn by uPlot on a canvas, with the figures as text beside it.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Sample } from '../../common/feed/feed.ts';
import type { Theme } from '../theme.ts';
import { chartOptions } from './chart-options.ts';
import type { Line, Shown } from './line.ts';
import { columnsOf, spanOf } from './series.ts';

export interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The same for the axis, where there is little room. */
  readonly tick?: (value: number) => string;
  /** For values that differ by orders of magnitude. */
  readonly isLogarithmic?: boolean;
  readonly samples: readonly Sample[];
  readonly nowMs: number;
  readonly theme: Theme;
}

export function Chart(props: ChartProps) {
  const { title, unit, lines, format, samples, nowMs, theme, tick = format, isLogarithmic = false } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef<Shown>({ fromS: 0, toS: 1 });
  const [index, setIndex] = useState<number | null>(null);
  const columns = columnsOf(
    samples,
    lines.map(({ name }) => name),
  );
  const { fromMs, toMs } = spanOf(samples, nowMs);
  shown.current = { fromS: fromMs / 1000, toS: toMs / 1000 };
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const size = (): { width: number; height: number } => ({
      width: element.clientWidth,
      height: element.clientHeight,
    });
    const made = new uPlot(
      chartOptions({ lines, tick, isLogarithmic, element, shown, onPoint: setIndex, ...size() }),
      columns,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // Colours are read when it is made: another theme is another plot.
  }, [theme]);
  useEffect(() => plot.current?.setData(columns), [samples]);
  const at = index ?? columns[0].length - 1;
  const values = lines.map((line, i) => ({ ...line, value: columns[i + 1]?.[at] ?? null }));
  const told = values.map(({ label, value }) => `${label} ${value === null ? 'none' : format(value)}`).join(', ');
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
        <span class="note">{unit}</span>
        <ul class="legend">
          {values.map(({ name, label, value, colour }) => (
            <li key={name}>
              <i style={{ background: `var(${colour})` }} />
              {label} <b>{value === null ? '–' : format(value)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot" ref={place} role="img" aria-label={`${title}, ${unit}. Latest: ${told}`} />
    </figure>
  );
}
