// How uPlot draws our charts.
import type uPlot from 'uplot';
import type { Line, Shown } from './line.ts';
import { isolatedPoints } from './series.ts';

interface Wanted {
  readonly lines: readonly Line[];
  readonly tick: (value: number) => string;
  readonly isLogarithmic: boolean;
  readonly element: HTMLElement;
  readonly shown: { readonly current: Shown };
  /** The index under the pointer, or null. */
  readonly onPoint: (index: number | null) => void;
  readonly width: number;
  readonly height: number;
}

const FONT = '11px system-ui, sans-serif';
const HEADROOM = 1.12;
const AXIS_PX = 46;

/** `uPlot.Scale.Distr.Logarithmic`: the package declares that enum, and does not have it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const LOG_SCALE = 3 as uPlot.Scale.Distr;
const TIME_STEPS_S = [10, 30, 60, 120, 180, 300];
const LINEAR: uPlot.Scale = { range: (_plot, _min, max) => [0, max > 0 ? max * HEADROOM : 1] };
/** From a whole power of ten on, over two of them at least. */
const LOGARITHMIC: uPlot.Scale = {
  distr: LOG_SCALE,
  range: (_plot, min, max) => {
    if (!(min > 0)) return [1, 1000];
    const lowest = Math.floor(Math.log10(min));
    return [10 ** lowest, Math.max(max * 1.5, 10 ** (lowest + 2))];
  },
};

function decades(_plot: uPlot, _axis: number, min: number, max: number): number[] {
  const found: number[] = [];
  for (let value = 10 ** Math.ceil(Math.log10(min)); value <= max; value *= 10) found.push(value);
  return found;
}

export function chartOptions({
  lines,
  tick,
  isLogarithmic,
  element,
  shown,
  onPoint,
  width,
  height,
}: Wanted): uPlot.Options {
  const colourOf = (property: string): string => resolved(element, property);
  const [text, grid] = [colourOf('--muted'), colourOf('--line')];
  const axis = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    // At the right, half a label of the time axis.
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: 'lanyard' },
      points: { size: 6 },
    },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    scales: {
      x: { range: () => [shown.current.fromS, shown.current.toS] },
      y: isLogarithmic ? LOGARITHMIC : LINEAR,
    },
    axes: [
      { ...axis, size: 24, gap: 4, space: 50, incrs: TIME_STEPS_S, values: (_plot, times) => times.map(clock) },
      {
        ...axis,
        size: AXIS_PX,
        gap: 4,
        space: 28,
        ...(isLogarithmic && { splits: decades }),
        values: (_plot, values: (number | null)[]) => values.map((value) => (value === null ? null : tick(value))),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, colourOf))],
  };
}

function seriesOf(
  { label, colour, isFilled = false, dash }: Line,
  colourOf: (property: string) => string,
): uPlot.Series {
  const stroke = colourOf(colour);
  return {
    label,
    stroke,
    width: 1.5,
    ...(isFilled && { fill: faint(stroke) }),
    ...(dash && { dash: [...dash] }),
    points: {
      show: false,
      size: 4,
      fill: stroke,
      filter: (plot, series) => isolatedPoints(plot.data[series] ?? []),
    },
  };
}

/** A canvas takes no custom properties, and `light-dark()` is only resolved where it is used. */
function resolved(element: HTMLElement, property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function faint(colour: string): string {
  const [, channels] = /^rgb\(([^)]*)\)$/.exec(colour) ?? [];
  return channels === undefined ? 'transparent' : `rgba(${channels}, 0.14)`;
}

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  const [hours = '', minutes = ''] = [date.getHours(), date.getMinutes()].map((part) =>
    part.toString().padStart(2, '0'),
  );
  const rest = date.getSeconds();
  return rest === 0 ? `${hours}:${minutes}` : `:${rest.toString().padStart(2, '0')}`;
}
