// What the window shows at a moment: the view that is wanted, and how far the picture still is from it while it zooms. The point under
// `anchor` stays where it is meanwhile. No DOM; time comes in as milliseconds.
import { areaOf, clamped, LEVEL_MAX, LEVEL_MIN, type Area, type Size, type View } from './plane.ts';

/** A zoom takes this long. */
const GLIDE_MS = 180;
/** Between two levels the nearer one is wanted. */
const HALF_A_LEVEL = Math.SQRT2;

interface Glide {
  readonly from: number;
  readonly startedMs: number;
}

export class Camera {
  #view: View;
  #size: Size;
  /** Screen pixels per pixel of the wanted level; 1 at rest. */
  #scale = 1;
  #anchor = { x: 0, y: 0 };
  #glide: Glide | undefined;

  constructor(view: View, size: Size) {
    this.#view = clamped(view);
    this.#size = size;
  }

  get view(): View {
    return this.#view;
  }

  get size(): Size {
    return this.#size;
  }

  get scale(): number {
    return this.#scale;
  }

  /** What will be shown at rest, in pixels of the wanted level. */
  get wanted(): Area {
    return areaOf(this.#view, this.#size);
  }

  /** What is shown now, in pixels of the wanted level, not all of them whole. */
  get shown(): Area {
    const { left, top } = this.wanted;
    const { x, y } = this.#anchor;
    const shownLeft = left + x - x / this.#scale;
    const shownTop = top + y - y / this.#scale;
    const { width, height } = this.#size;
    const [right, bottom] = [shownLeft + width / this.#scale, shownTop + height / this.#scale];
    return { left: shownLeft, top: shownTop, right, bottom };
  }

  resize(size: Size): void {
    this.#size = size;
    this.#rest();
  }

  goTo(view: View): void {
    this.#view = clamped(view);
    this.#rest();
  }

  /** Moves the window by so many pixels to the right and down; what it shows goes the other way. */
  pan(right: number, down: number): void {
    const { x, y, level } = this.#view;
    const pixel = 2 ** -level / this.#scale;
    this.#view = clamped({ x: x + right * pixel, y: y - down * pixel, level });
  }

  /** Zooms in by whole levels (out when negative) towards a pixel of the window, in a glide. */
  step(levels: number, x: number, y: number, nowMs: number): void {
    this.#setAnchor(x, y);
    this.#changeLevel(levels);
    this.settle(nowMs);
  }

  /** Zooms by any part of a level at once; `settle` ends it. */
  zoomBy(levels: number, x: number, y: number): void {
    this.#setAnchor(x, y);
    this.#glide = undefined;
    this.#scale *= 2 ** levels;
    const change = Math.round(Math.log2(this.#scale));
    if (change !== 0) this.#changeLevel(change);
    this.#scale = Math.min(HALF_A_LEVEL, Math.max(1 / HALF_A_LEVEL, this.#scale));
  }

  /** Glides to the wanted view. */
  settle(nowMs: number): void {
    this.#glide = this.#scale === 1 ? undefined : { from: this.#scale, startedMs: nowMs };
  }

  /** Moves on to this time; returns whether anything moved. */
  tick(nowMs: number): boolean {
    if (this.#glide === undefined) return false;
    const { from, startedMs } = this.#glide;
    const part = Math.max(0, (nowMs - startedMs) / GLIDE_MS);
    // Slower towards the end; scales are multiplied, so the exponent glides.
    if (part < 1) this.#scale = from ** ((1 - part) ** 2);
    else this.#rest();
    return true;
  }

  #rest(): void {
    this.#scale = 1;
    this.#glide = undefined;
  }

  #changeLevel(levels: number): void {
    const { x, y, level } = this.#view;
    const next = Math.min(LEVEL_MAX, Math.max(LEVEL_MIN, level + levels));
    const factor = 2 ** (next - level);
    const { width, height } = this.#size;
    const fromMiddle = { x: this.#anchor.x - Math.floor(width / 2), y: this.#anchor.y - Math.floor(height / 2) };
    // The point under the anchor: the middle of the view and so many pixels; at the new level as many of its smaller ones.
    const gain = (1 - 1 / factor) * 2 ** -level;
    this.#view = clamped({ x: x + fromMiddle.x * gain, y: y - fromMiddle.y * gain, level: next });
    this.#scale /= factor;
  }

  /** Another anchor, so that what is shown stays: the wanted view is another one then. */
  #setAnchor(x: number, y: number): void {
    const { x: viewX, y: viewY, level } = this.#view;
    const gain = (1 / this.#scale - 1) * 2 ** -level;
    this.#view = clamped({
      x: viewX + (x - this.#anchor.x) * gain,
      y: viewY - (y - this.#anchor.y) * gain,
      level,
    });
    this.#anchor = { x, y };
  }
}
