// The page /mandelbrot in a browser: what is in its canvases, and what a window of that view must show when it is computed here.
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { mandelbrot } from '../../src/common/task-types/built-in/mandelbrot.ts';
import { colourTable, paint, type PaletteName } from '../../src/dashboard/mandelbrot/palette.ts';
import {
  areaOf,
  clamped,
  fromHash,
  iterationsAt,
  toHash,
  type Size,
  type View,
} from '../../src/dashboard/mandelbrot/plane.ts';
import { eventually } from './wait.ts';

const LIMIT_MS = 20_000;
/** Of the local render: other tiles than those of the page. */
const LOCAL_TILE = 200;

/** Waits until the picture is complete and the address says of what: it follows the view only when that rests. Returns the view. */
export async function completePicture(page: Page): Promise<View> {
  return eventually(
    'a complete picture of what the address says',
    async () => {
      const at = await page.evaluate<{ view: string; hash: string } | undefined>(COMPLETE);
      const view = fromHash(at?.hash ?? '');
      return view !== undefined && toHash(view) === at?.view && view;
    },
    LIMIT_MS,
  );
}

const COMPLETE = `(() => {
  const complete = document.querySelector('.progress[data-complete="true"]');
  return complete === null ? undefined : { view: complete.dataset.view, hash: location.hash };
})()`;

/** The view that the page says it shows, once the address says the same. */
export async function viewOf(page: Page, isIt: (view: View) => boolean = () => true): Promise<View> {
  return eventually(
    'the page and its address say the view',
    async () => {
      const at = await page.evaluate<{ view: string; hash: string }>(SHOWN);
      const view = fromHash(at.hash);
      return view !== undefined && toHash(view) === at.view && isIt(view) && view;
    },
    LIMIT_MS,
  );
}

const SHOWN = `({ view: document.querySelector('.progress')?.dataset.view ?? '', hash: location.hash })`;

/** Goes there by the address, and waits until the page says so. */
export async function goTo(page: Page, view: View): Promise<void> {
  await page.evaluate(`location.hash = '${toHash(view)}'`);
  await viewOf(page, (shown) => toHash(shown) === toHash(clamped(view)));
}

/** Goes there, and reads the tiles a second as soon as there are any: the figure is of the last seconds only. */
export async function rateOnTheWayTo(page: Page, view: View): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    location.hash = '${toHash(view)}';
    const look = () => {
      const rate = Number(document.querySelector('[data-figure="rate"]').textContent.replaceAll(',', ''));
      if (rate > 0) resolve(rate);
      else requestAnimationFrame(look);
    };
    look();
  })`);
}

/** What the canvas with the picture holds. */
export async function pictureOf(page: Page): Promise<{ readonly size: Size; readonly hash: string }> {
  const { width, height, base64 } = await page.evaluate<{ width: number; height: number; base64: string }>(
    READ_PICTURE,
  );
  return { size: { width, height }, hash: hashOf(Buffer.from(base64, 'base64')) };
}

const READ_PICTURE = `(() => {
  const canvas = document.querySelector('#picture');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let text = '';
  for (let at = 0; at < data.length; at += 30000) text += String.fromCharCode(...data.subarray(at, at + 30000));
  return { width: canvas.width, height: canvas.height, base64: btoa(text) };
})()`;

/** Opaque colours in the overlay, most frequent first, as `#rrggbb`. */
export function overlayColours(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(READ_OVERLAY);
}

const READ_OVERLAY = `(() => {
  const canvas = document.querySelector('#overlay');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] !== 255) continue;
    const colour = '#' + [0, 1, 2].map((part) => data[at + part].toString(16).padStart(2, '0')).join('');
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 100).sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
})()`;

/** The hash of the pixels that a window of this size must show, computed in this process. */
export function localHash(view: View, { width, height }: Size, palette: PaletteName = 'lagoon'): string {
  const { left, top } = areaOf(view, { width, height });
  const step = 2 ** -view.level;
  const values = new Uint16Array(width * height);
  for (let down = 0; down < height; down += LOCAL_TILE) {
    for (let right = 0; right < width; right += LOCAL_TILE) {
      const tile = { x: (left + right) * step, y: 0 - (top + down) * step, step, size: LOCAL_TILE };
      const bytes = mandelbrot.run(
        { ...tile, iterations: iterationsAt(view.level) },
        { progress: () => undefined },
      ) as Uint8Array;
      for (let row = 0; row < Math.min(LOCAL_TILE, height - down); row++) {
        for (let column = 0; column < Math.min(LOCAL_TILE, width - right); column++) {
          const at = 2 * (row * LOCAL_TILE + column);
          values[(down + row) * width + right + column] = (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
        }
      }
    }
  }
  const pixels = new Uint8ClampedArray(width * height * 4);
  paint(values, colourTable(palette), pixels);
  return hashOf(pixels);
}

function hashOf(pixels: Uint8Array | Uint8ClampedArray): string {
  return createHash('sha256').update(pixels).digest('hex');
}

/** A number of the panel, such as `cancelled`. */
export async function figure(page: Page, name: string): Promise<number> {
  return Number(((await page.locator(`[data-figure="${name}"]`).textContent()) ?? '').replaceAll(',', ''));
}
