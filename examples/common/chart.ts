// Charts as SVG: lines, steps and dots over time, and bars. Small, without scripts, on a ground of their own, so that a page of either
// colour can show them.

export type Point = readonly [x: number, y: number];

export interface Series {
  /** Empty: not in the legend. */
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly Point[];
  readonly color: string;
  /** `step`: a value holds until the next one. */
  readonly look?: 'line' | 'step' | 'dots' | 'dashed';
}

export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** The axes go as far as this at least. */
  readonly xMax?: number;
  readonly yMax?: number;
  /** Upright lines with a word. */
  readonly marks?: readonly { readonly x: number; readonly text: string }[];
}

export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly y: string;
  /** Beside each other in each group, and their colours. */
  readonly names: readonly { readonly name: string; readonly color: string }[];
  /** One value for each name. */
  readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly yMax?: number;
}

export type Chart = LineChart | BarChart;

/** Colours that also the colour-blind tell apart (Okabe and Ito). */
export const COLORS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7'] as const;

const CELL = { w: 380, h: 220 };
const EDGE = { left: 46, right: 14, top: 30, bottom: 62 };
const PLOT = { w: CELL.w - EDGE.left - EDGE.right, h: CELL.h - EDGE.top - EDGE.bottom };
/** Where it begins, what stands between two names and how wide a letter is, about. */
const LEGEND = { x: -28, gap: 24, letter: 5.7 };
const TICKS = 5;
const POINTS_MAX = 400;

/** A picture of these charts, so many beside each other; `title` is for those who cannot see it. */
export function picture(title: string, charts: readonly Chart[], columns: number): string {
  const w = columns * CELL.w;
  const h = Math.ceil(charts.length / columns) * CELL.h;
  const placed = charts.map((chart, i) => {
    const at = `${(i % columns) * CELL.w + EDGE.left} ${Math.floor(i / columns) * CELL.h + EDGE.top}`;
    return `<g transform="translate(${at})">\n${chart.kind === 'lines' ? lineChart(chart) : barChart(chart)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" font-family="system-ui, sans-serif" font-size="11" fill="#1a202c">
<title>${escaped(title)}</title>
<rect width="${w}" height="${h}" rx="10" fill="#f7f7f5"/>
${placed.join('\n')}
</svg>
`;
}

/** The next number of the kind 1, 2, 5, 10, 20 … that is at least `value`. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** An axis from 0 in steps that are easy to read. */
function axis(most: number): { readonly max: number; readonly step: number } {
  const step = roundUp(most / TICKS);
  return { max: Math.max(step, Math.ceil(most / step - 1e-9) * step), step };
}

function ticks({ max, step }: { max: number; step: number }): number[] {
  return Array.from({ length: Math.round(max / step) + 1 }, (_, i) => i * step);
}

const round = (value: number): number => Math.round(value * 10) / 10;

function lineChart({ title, x, y, series, xMax = 0, yMax = 0, marks = [] }: LineChart): string {
  const across = axis(Math.max(xMax, ...series.flatMap(({ points }) => points.map(([value]) => value))));
  const up = axis(Math.max(yMax, ...series.flatMap(({ points }) => points.map(([, value]) => value))));
  const at = ([px, py]: Point): Point => [
    round((px / across.max) * PLOT.w),
    round(PLOT.h - Math.min(1, py / up.max) * PLOT.h),
  ];
  const xTicks = ticks(across).map(
    (value) => `<text x="${at([value, 0])[0]}" y="${PLOT.h + 14}">${number(value)}</text>`,
  );
  const drawn = series.map((one) => {
    const points = thinned(one.points).map(at);
    if (one.look === 'dots')
      return points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${one.color}"/>`).join('');
    const dash = one.look === 'dashed' ? ' stroke-dasharray="4 3"' : '';
    return `<path d="${path(points, one.look === 'step')}" fill="none" stroke="${one.color}" stroke-width="1.5"${dash}/>`;
  });
  const marked = marks.map(({ x: value, text }) => {
    const [px] = at([value, 0]);
    return `<path d="M${px} 0V${PLOT.h}" stroke="#718096" stroke-dasharray="2 2"/><text x="${px + 4}" y="9" fill="#4a5568">${escaped(text)}</text>`;
  });
  return [
    frame(title, y, up),
    `<g text-anchor="middle">${xTicks.join('')}<text x="${PLOT.w / 2}" y="${PLOT.h + 28}" fill="#4a5568">${escaped(x)}</text></g>`,
    ...marked,
    ...drawn,
    legend(series.filter(({ name }) => name !== '')),
  ].join('\n');
}

function barChart({ title, y, names, groups, yMax = 0 }: BarChart): string {
  const up = axis(Math.max(yMax, ...groups.flatMap(({ values }) => values)));
  const width = PLOT.w / Math.max(1, groups.length);
  const bar = Math.min(28, (width - 12) / Math.max(1, names.length));
  const drawn = groups.flatMap(({ name, values }, group) => {
    const middle = (group + 0.5) * width;
    const left = middle - (bar * values.length) / 2;
    const bars = values.map((value, i) => {
      const high = round(Math.min(1, value / up.max) * PLOT.h);
      const px = round(left + i * bar);
      return (
        `<rect x="${px}" y="${round(PLOT.h - high)}" width="${round(bar - 2)}" height="${high}" fill="${names[i]?.color ?? '#4a5568'}"/>` +
        `<text x="${round(px + bar / 2 - 1)}" y="${round(PLOT.h - high - 3)}" font-size="10">${number(value)}</text>`
      );
    });
    return [...bars, `<text x="${round(middle)}" y="${PLOT.h + 14}">${escaped(name)}</text>`];
  });
  return [frame(title, y, up), `<g text-anchor="middle">${drawn.join('')}</g>`, legend(names)].join('\n');
}

/** Title, the upright axis and its lines. */
function frame(title: string, y: string, up: { max: number; step: number }): string {
  const lines = ticks(up).map((value) => {
    const py = round(PLOT.h - (value / up.max) * PLOT.h);
    return `<path d="M0 ${py}H${PLOT.w}" stroke="#d8dce3"/><text x="-6" y="${py + 4}" text-anchor="end">${number(value)}</text>`;
  });
  return (
    `<text x="0" y="-14" font-size="12" font-weight="600">${escaped(title)}</text>` +
    `<text transform="translate(-34 ${PLOT.h / 2}) rotate(-90)" text-anchor="middle" fill="#4a5568">${escaped(y)}</text>\n` +
    lines.join('')
  );
}

function legend(names: readonly { readonly name: string; readonly color: string }[]): string {
  let x = LEGEND.x;
  return names
    .map(({ name, color }) => {
      const px = x;
      x = round(x + LEGEND.gap + name.length * LEGEND.letter);
      return `<rect x="${px}" y="${PLOT.h + 38}" width="9" height="9" fill="${color}"/><text x="${px + 13}" y="${PLOT.h + 46}">${escaped(name)}</text>`;
    })
    .join('');
}

function path(points: readonly Point[], isStep: boolean): string {
  return points.map(([px, py], i) => (i === 0 ? `M${px} ${py}` : isStep ? `H${px}V${py}` : `L${px} ${py}`)).join('');
}

/** Without the points in the middle of a level stretch; of what is left at most so many that a picture stays small. */
function thinned(points: readonly Point[]): readonly Point[] {
  const bends = points.filter(([, y], i) => y !== points[i - 1]?.[1] || y !== points[i + 1]?.[1]);
  const every = Math.ceil(bends.length / POINTS_MAX);
  return bends.filter((_, i) => i % every === 0 || i === bends.length - 1);
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
