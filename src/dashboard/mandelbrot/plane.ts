// Where things are: the complex plane, cut at each level into pixels of size 2^−level and these into square tiles. A pixel's place is
// an integer and its coordinates are that integer times a power of two, exact in double precision however deep; a tile therefore shows the
// same whatever the window around it. No DOM.

/** Pixels along the edge of a tile. */
export const TILE_SIZE = 128;
/** One pixel is 2⁻⁶: the set is a dot in a large window. */
export const LEVEL_MIN = 6;
/** One pixel is 2⁻⁴⁶: 64 neighbouring doubles at 1 to 2. Two levels more, and rounding shows in the picture. */
export const LEVEL_MAX = 46;
/** How far the middle of the window may be from 0, along each axis. */
const REACH = 2.5;
const HOME = { x: -0.65, y: 0, width: 3.2, height: 2.6 };
const ITERATIONS = { home: 512, perLevel: 160, homeLevel: 8, max: 8000 };

export interface Size {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
}

/** What is looked at: the point in the middle of the window, and the level. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly level: number;
}

export interface Tile {
  readonly key: string;
  readonly level: number;
  /** Its left edge is at pixel column × TILE_SIZE, its top edge at row × TILE_SIZE; rows grow downwards, y upwards. */
  readonly column: number;
  readonly row: number;
}

/** A part of a level in its pixels; right and bottom are outside. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function tileAt(level: number, column: number, row: number): Tile {
  return { key: `${level.toString()}/${column.toString()}/${row.toString()}`, level, column, row };
}

/** The tiles that touch an area, those in its middle first. */
export function tilesOf(level: number, { left, top, right, bottom }: Area): Tile[] {
  const tiles: Tile[] = [];
  for (let row = Math.floor(top / TILE_SIZE); row * TILE_SIZE < bottom; row++) {
    for (let column = Math.floor(left / TILE_SIZE); column * TILE_SIZE < right; column++)
      tiles.push(tileAt(level, column, row));
  }
  const [x, y] = [(left + right) / 2 / TILE_SIZE - 0.5, (top + bottom) / 2 / TILE_SIZE - 0.5];
  const distance = ({ column, row }: Tile): number => (column - x) ** 2 + (row - y) ** 2;
  return tiles.sort((a, b) => distance(a) - distance(b));
}

export function touches({ column, row }: Tile, { left, top, right, bottom }: Area): boolean {
  const [x, y] = [column * TILE_SIZE, row * TILE_SIZE];
  return x < right && x + TILE_SIZE > left && y < bottom && y + TILE_SIZE > top;
}

export function grown({ left, top, right, bottom }: Area, by: number): Area {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

/** How many steps a pixel is followed: edges of the set need more of them the deeper they are. */
export function iterationsAt(level: number): number {
  const { home, perLevel, homeLevel, max } = ITERATIONS;
  return Math.min(max, home + perLevel * Math.max(0, level - homeLevel));
}

export interface TileParams {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly size: number;
  readonly iterations: number;
}

/** The parameters of the task that computes a tile. */
export function paramsOf({ level, column, row }: Tile): TileParams {
  const step = 2 ** -level;
  // Adding 0 makes minus zero zero.
  const [x, y] = [column * TILE_SIZE * step, 0 - row * TILE_SIZE * step];
  return { x, y, step, size: TILE_SIZE, iterations: iterationsAt(level) };
}

/** The whole set in the middle of what is not covered at the right, as large as it fits. */
export function homeView({ width, height }: Size, coveredRight = 0): View {
  const level = Math.floor(Math.log2(Math.min((width - coveredRight) / HOME.width, height / HOME.height)));
  return clamped({ x: HOME.x + (coveredRight / 2) * 2 ** -level, y: HOME.y, level });
}

/** Within reach, at a level that there is, with its middle on a pixel. */
export function clamped({ x, y, level: given }: View): View {
  const level = Math.min(LEVEL_MAX, Math.max(LEVEL_MIN, Math.round(given)));
  const snap = (value: number): number =>
    Math.round(Math.min(REACH, Math.max(-REACH, value)) * 2 ** level) / 2 ** level + 0;
  return { x: snap(x), y: snap(y), level };
}

/** The pixels of its level that a window of this size shows. */
export function areaOf({ x, y, level }: View, { width, height }: Size): Area {
  const left = Math.round(x * 2 ** level) - Math.floor(width / 2);
  const top = Math.round(-y * 2 ** level) - Math.floor(height / 2);
  return { left, top, right: left + width, bottom: top + height };
}

/** A view as the part of a URL after #, short and exact. */
export function toHash({ x, y, level }: View): string {
  return `#${x.toString()},${y.toString()},${level.toString()}`;
}

/** The view that a URL asks for; undefined when it asks for none that there can be. */
export function fromHash(hash: string): View | undefined {
  const numbers = hash
    .replace(/^#/, '')
    .split(',')
    .map((text) => (text.trim() === '' ? NaN : Number(text)));
  const [x, y, level] = numbers;
  if (numbers.length !== 3 || x === undefined || y === undefined || level === undefined) return undefined;
  return numbers.every(Number.isFinite) ? clamped({ x, y, level }) : undefined;
}
