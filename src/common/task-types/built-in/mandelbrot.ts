// mandelbrot(x, y, step, size, iterations): a square tile of the Mandelbrot set, two bytes a pixel. Row 0 is the top one (greatest
// imaginary part); x, y is the middle of its leftmost pixel. Only +, −, ×, ÷ and √ of IEEE 754 are used, none of Math.log and the like,
// whose last digit a platform may choose: every slave gives the same bytes.
//
// A pixel c that has not left the circle of radius 256 after `iterations` steps of z ← z² + c from z = 0 is 0, in the set. One that left
// it at step n has the smooth count μ = n + 1 − log₂(log₂|zₙ| / log₂ 256) (normalised iteration count: García, Fernández, Barrallo,
// Martín, "Coloring dynamical systems in the complex plane", 2009), written as 1 + ⌊700·√μ⌋, little-endian: finest where μ is small and the
// bands are wide, and below 2¹⁶ for every count allowed.
import { defineTaskType, type TaskContext } from '../contract.ts';

/** Pixels along an edge: 512² pixels are 512 KiB, half a frame. */
export const MANDELBROT_SIZE_MAX = 512;
export const MANDELBROT_ITERATIONS_MAX = 8000;
/** Values a unit of √(smooth count). */
export const MANDELBROT_ROOT_SCALE = 700;

const ESCAPE_RADIUS_SQUARED = 256 ** 2;
const BYTES_PER_PIXEL = 2;
/** Tiles that cannot take more steps than this are over soon and say nothing meanwhile. */
const QUIET_STEPS = 50_000_000;
const PROGRESS_ROWS = 8;

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly size: number;
  readonly iterations: number;
}

export const mandelbrot = defineTaskType<Tile>({
  name: 'mandelbrot',
  description: 'A square tile of the Mandelbrot set from its top left corner: two bytes a pixel, 0 inside the set.',
  schema: {
    type: 'object',
    properties: {
      x: { type: 'number', minimum: -128, maximum: 128, examples: [-0.78] },
      y: { type: 'number', minimum: -128, maximum: 128, examples: [0.14] },
      step: { type: 'number', minimum: 1e-16, maximum: 1, examples: [0.001] },
      size: { type: 'integer', minimum: 8, maximum: MANDELBROT_SIZE_MAX, examples: [64] },
      iterations: { type: 'integer', minimum: 1, maximum: MANDELBROT_ITERATIONS_MAX, examples: [1000] },
    },
    required: ['x', 'y', 'step', 'size', 'iterations'],
    additionalProperties: false,
  },
  resultKind: 'bytes',
  // How many steps a pixel takes is only known when it is computed, and far from `iterations` nearly everywhere; how many pixels there are
  // is certain. A thousand of them weigh 1.
  weight: { factor: 0.001, parameter: 'size', power: 2 },
  run: renderTile,
});

function renderTile({ x, y, step, size, iterations }: Tile, context: TaskContext): Uint8Array {
  const isLong = size * size * iterations > QUIET_STEPS;
  const bytes = new Uint8Array(size * size * BYTES_PER_PIXEL);
  let at = 0;
  for (let row = 0; row < size; row++) {
    if (isLong && row % PROGRESS_ROWS === 0) context.progress(row / size);
    for (let column = 0; column < size; column++) {
      const value = pixel(x + column * step, y - row * step, iterations);
      bytes[at++] = value & 0xff;
      bytes[at++] = value >> 8;
    }
  }
  return bytes;
}

/**
 * The value of one point. The shortcuts change no result: the cardioid and the circle left of it are in the set, and an orbit that comes
 * back to the very same double (Brent, 1980: compared with a point that moves on after 1, 2, 4, 8 … steps) never leaves.
 */
function pixel(x: number, y: number, iterations: number): number {
  if (isInMainBodies(x, y)) return 0;
  let real = 0;
  let imaginary = 0;
  let realSquared = 0;
  let imaginarySquared = 0;
  let oldReal = 0;
  let oldImaginary = 0;
  let moveOnAt = 1;
  for (let n = 1; n <= iterations; n++) {
    imaginary = 2 * real * imaginary + y;
    real = realSquared - imaginarySquared + x;
    realSquared = real * real;
    imaginarySquared = imaginary * imaginary;
    const squared = realSquared + imaginarySquared;
    if (squared > ESCAPE_RADIUS_SQUARED) return valueOf(n, squared);
    if (real === oldReal && imaginary === oldImaginary) return 0;
    if (n !== moveOnAt) continue;
    oldReal = real;
    oldImaginary = imaginary;
    moveOnAt *= 2;
  }
  return 0;
}

function isInMainBodies(x: number, y: number): boolean {
  const ySquared = y * y;
  const q = (x - 0.25) * (x - 0.25) + ySquared;
  return q * (q + (x - 0.25)) < 0.25 * ySquared || (x + 1) * (x + 1) + ySquared < 0.0625;
}

/** log₂|z| / log₂ 256 is log₂|z|² / 16. */
function valueOf(n: number, squared: number): number {
  const smooth = n + 1 - log2(log2(squared) / 16);
  return 1 + Math.floor(MANDELBROT_ROOT_SCALE * Math.sqrt(smooth));
}

/** For values of at least 1, to nine digits: the power of two, then the series of artanh, whose terms are below 3⁻ᵏ. */
function log2(value: number): number {
  let power = 0;
  let rest = value;
  for (; rest >= 2; rest /= 2) power++;
  const s = (rest - 1) / (rest + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 17; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return power + 2 * s * sum * Math.LOG2E;
}
