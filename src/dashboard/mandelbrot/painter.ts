// Draws the tiles that are there: the picture into one canvas, pure pixels; the edges in their slaves' colours into another above it.
import type { Camera } from './camera.ts';
import { colourTable, paint, type PaletteName } from './palette.ts';
import { TILE_SIZE, tileAt, tilesOf, type Area, type Tile } from './plane.ts';
import type { SlaveColour } from './slave-colours.ts';
import type { TileCache } from './tile-cache.ts';

/** A tile that has come. */
export interface ReadyTile {
  readonly values: Uint16Array;
  readonly slave: string;
  readonly arrivedMs: number;
  /** Painted when it is first shown, and again with another palette. */
  image?: { readonly canvas: HTMLCanvasElement; readonly palette: PaletteName };
}

/** How many levels above a missing tile a picture of it is looked for. */
const ANCESTORS = 10;
/** A tile shines in its slave's colour for so long after it has come. */
const SHINE_MS = 450;
const DASHES = { solid: [], dashed: [12, 8], dotted: [2, 6] } as const;

export class Painter {
  readonly #picture: CanvasRenderingContext2D;
  readonly #overlay: CanvasRenderingContext2D;
  readonly #tiles: TileCache<ReadyTile>;
  readonly #colourOf: (slave: string) => SlaveColour;
  #palette: PaletteName = 'lagoon';
  #table = colourTable(this.#palette);

  constructor(
    picture: HTMLCanvasElement,
    overlay: HTMLCanvasElement,
    tiles: TileCache<ReadyTile>,
    colourOf: (slave: string) => SlaveColour,
  ) {
    this.#picture = contextOf(picture, { alpha: false });
    this.#overlay = contextOf(overlay, {});
    this.#tiles = tiles;
    this.#colourOf = colourOf;
  }

  set palette(name: PaletteName) {
    this.#palette = name;
    this.#table = colourTable(name);
  }

  drawPicture(camera: Camera): void {
    const { width, height } = camera.size;
    const context = this.#picture;
    const [red = 0, green = 0, blue = 0] = this.#table;
    context.fillStyle = `rgb(${red.toString()} ${green.toString()} ${blue.toString()})`;
    context.fillRect(0, 0, width, height);
    // While it zooms, tiles of the level nearest to what is shown cover the window without being many.
    const { level } = camera.view;
    const between = Math.round(Math.log2(camera.scale));
    const shown = camera.shown;
    for (const tile of tilesOf(level + between, scaled(shown, 2 ** between))) this.#drawBest(tile, camera, shown);
    if (between === 0) return;
    for (const tile of tilesOf(level, camera.wanted)) this.#draw(tile, camera, shown);
  }

  /** Returns whether something still shines. */
  drawEdges(camera: Camera, nowMs: number, width: number, shine: boolean): boolean {
    const context = this.#overlay;
    context.clearRect(0, 0, camera.size.width, camera.size.height);
    const shown = camera.shown;
    let shines = false;
    if (width === 0) return false;
    for (const tile of tilesOf(camera.view.level, camera.wanted)) {
      const ready = this.#tiles.get(tile.key);
      if (ready === undefined) continue;
      const left = 1 - (nowMs - ready.arrivedMs) / SHINE_MS;
      const isNew = shine && left > 0;
      shines ||= isNew;
      this.#drawEdge(placeOf(tile, camera, shown), this.#colourOf(ready.slave), width, isNew ? left : 0);
    }
    return shines;
  }

  #drawEdge({ x, y, size }: Place, { colour, pattern }: SlaveColour, width: number, shine: number): void {
    const context = this.#overlay;
    if (shine > 0) {
      context.globalAlpha = 0.45 * shine;
      context.fillStyle = colour;
      context.fillRect(x, y, size, size);
    }
    const inset = (by: number): void => context.strokeRect(x + by, y + by, size - 2 * by, size - 2 * by);
    context.globalAlpha = 0.3;
    context.lineWidth = width;
    context.setLineDash([]);
    context.strokeStyle = '#000';
    inset(width * 1.5);
    context.globalAlpha = 1;
    context.setLineDash(DASHES[pattern].map((length) => length * (width / 2)));
    context.strokeStyle = colour;
    inset(width / 2);
  }

  /** The tile; while it is missing the part of a coarser one, and the finer ones that there are. */
  #drawBest(tile: Tile, camera: Camera, shown: Area): void {
    if (this.#draw(tile, camera, shown)) return;
    this.#drawAncestor(tile, camera, shown);
    for (const levels of [2, 1]) {
      const parts = 2 ** levels;
      for (let at = 0; at < parts * parts; at++) {
        const [column, row] = [tile.column * parts + (at % parts), tile.row * parts + Math.floor(at / parts)];
        this.#draw(tileAt(tile.level + levels, column, row), camera, shown);
      }
    }
  }

  #drawAncestor(tile: Tile, camera: Camera, shown: Area): void {
    for (let up = 1; up <= ANCESTORS; up++) {
      const parts = 2 ** up;
      const [column, row] = [Math.floor(tile.column / parts), Math.floor(tile.row / parts)];
      const ready = this.#tiles.get(tileAt(tile.level - up, column, row).key);
      if (ready === undefined) continue;
      const size = TILE_SIZE / parts;
      const place = placeOf(tile, camera, shown);
      const from = [(tile.column - column * parts) * size, (tile.row - row * parts) * size] as const;
      this.#picture.imageSmoothingEnabled = true;
      this.#picture.drawImage(this.#imageOf(ready), ...from, size, size, place.x, place.y, place.size, place.size);
      return;
    }
  }

  #draw(tile: Tile, camera: Camera, shown: Area): boolean {
    const ready = this.#tiles.get(tile.key);
    if (ready === undefined) return false;
    const { x, y, size } = placeOf(tile, camera, shown);
    this.#picture.imageSmoothingEnabled = size !== TILE_SIZE;
    this.#picture.drawImage(this.#imageOf(ready), x, y, size, size);
    return true;
  }

  #imageOf(ready: ReadyTile): HTMLCanvasElement {
    if (ready.image?.palette === this.#palette) return ready.image.canvas;
    const canvas = ready.image?.canvas ?? document.createElement('canvas');
    canvas.width = canvas.height = TILE_SIZE;
    const context = contextOf(canvas, { alpha: false });
    const image = context.createImageData(TILE_SIZE, TILE_SIZE);
    paint(ready.values, this.#table, image.data);
    context.putImageData(image, 0, 0);
    ready.image = { canvas, palette: this.#palette };
    return canvas;
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Where a tile of any level stands in the window. */
function placeOf({ level, column, row }: Tile, { view, scale }: Camera, { left, top }: Area): Place {
  const pixels = TILE_SIZE * 2 ** (view.level - level);
  return { x: (column * pixels - left) * scale, y: (row * pixels - top) * scale, size: pixels * scale };
}

function scaled({ left, top, right, bottom }: Area, by: number): Area {
  return { left: left * by, top: top * by, right: right * by, bottom: bottom * by };
}

function contextOf(canvas: HTMLCanvasElement, settings: CanvasRenderingContext2DSettings): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings);
  if (context === null) throw new Error('this browser has no canvas to draw into');
  return context;
}
