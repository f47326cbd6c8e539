// What a chart is told to draw.
import type { SeriesName } from './series.ts';

/** One line of a chart. */
export interface Line {
  readonly name: SeriesName;
  readonly label: string;
  /** A custom property of the style sheet: `--good`. */
  readonly colour: string;
  readonly isFilled?: boolean;
  readonly dash?: readonly number[];
}

/** What the drawing functions of uPlot look up when they run. */
export interface Shown {
  fromS: number;
  toS: number;
}
