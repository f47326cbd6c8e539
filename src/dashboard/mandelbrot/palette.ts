// From the two bytes of a pixel to its colour: a table of 65 536 colours for each palette. No DOM.

/** As in the task type, whose values are 1 + ⌊700·√(smooth count)⌋. */
export const ROOT_SCALE = 700;
const VALUES = 65_536;

interface Palette {
  readonly title: string;
  readonly inside: Rgb;
  /** Evenly spaced; the last leads back to the first. */
  readonly stops: readonly Rgb[];
  /** Rounds through the stops as √(smooth count) grows by 1. */
  readonly pace: number;
  /** The √(smooth count) of the first stop: what is farthest from the set in the home view. */
  readonly first: number;
}

type Rgb = readonly [number, number, number];

const PALETTES = {
  lagoon: {
    title: 'Lagoon',
    inside: [3, 6, 18],
    stops: [
      [4, 14, 60],
      [12, 60, 130],
      [48, 142, 200],
      [196, 236, 242],
      [255, 226, 138],
      [244, 150, 40],
      [146, 48, 34],
      [40, 10, 46],
    ],
    pace: 0.19,
    first: 1.75,
  },
  ember: {
    title: 'Ember',
    inside: [6, 3, 4],
    stops: [
      [16, 4, 12],
      [92, 10, 30],
      [206, 52, 22],
      [252, 160, 40],
      [255, 240, 190],
      [190, 120, 90],
      [70, 30, 60],
    ],
    pace: 0.19,
    first: 1.75,
  },
  moss: {
    title: 'Moss',
    inside: [10, 8, 20],
    stops: [
      [30, 12, 62],
      [58, 70, 140],
      [34, 130, 142],
      [76, 190, 116],
      [240, 230, 90],
      [110, 190, 110],
      [36, 100, 130],
    ],
    pace: 0.17,
    first: 1.75,
  },
  ink: {
    title: 'Ink',
    inside: [12, 12, 14],
    stops: [
      [236, 234, 228],
      [120, 124, 130],
      [28, 30, 36],
      [150, 150, 150],
    ],
    pace: 0.22,
    first: 1.75,
  },
} as const satisfies Record<string, Palette>;

export type PaletteName = keyof typeof PALETTES;

export const PALETTE_TITLES = Object.entries(PALETTES).map(([name, { title }]) => ({
  name: name as PaletteName,
  title,
}));

/** Colours by value, four bytes each in the order red, green, blue, opaque. */
export type ColourTable = Uint8ClampedArray;

export function colourTable(name: PaletteName): ColourTable {
  const { inside, stops, pace, first }: Palette = PALETTES[name];
  const table = new Uint8ClampedArray(VALUES * 4);
  table.set([...inside, 255]);
  for (let value = 1; value < VALUES; value++) {
    const rounds = ((value - 1) / ROOT_SCALE - first) * pace;
    const at = (rounds - Math.floor(rounds)) * stops.length;
    const from = stops[Math.floor(at)] ?? inside;
    const to = stops[(Math.floor(at) + 1) % stops.length] ?? inside;
    for (let part = 0; part < 3; part++)
      table[value * 4 + part] = Math.round(mix(from[part] ?? 0, to[part] ?? 0, at % 1));
    table[value * 4 + 3] = 255;
  }
  return table;
}

function mix(from: number, to: number, part: number): number {
  const soft = part * part * (3 - 2 * part);
  return from + (to - from) * soft;
}

/** A tile's values out of the base64 text of its result; undefined when it is no such text, or not of so many values. */
export function decodeValues(base64: string, count: number): Uint16Array | undefined {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    return undefined;
  }
  if (text.length !== 2 * count) return undefined;
  const values = new Uint16Array(count);
  for (let at = 0; at < count; at++) values[at] = text.charCodeAt(2 * at) | (text.charCodeAt(2 * at + 1) << 8);
  return values;
}

/** Four bytes a pixel, for an ImageData. */
export function paint(values: Uint16Array, table: ColourTable, pixels: Uint8ClampedArray): void {
  for (let at = 0; at < values.length; at++) {
    const from = (values[at] ?? 0) * 4;
    const to = at * 4;
    pixels[to] = table[from] ?? 0;
    pixels[to + 1] = table[from + 1] ?? 0;
    pixels[to + 2] = table[from + 2] ?? 0;
    pixels[to + 3] = 255;
  }
}
