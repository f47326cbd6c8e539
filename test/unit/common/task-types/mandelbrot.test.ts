// The task type mandelbrot against points whose fate is known, against symmetry, and against a naive reference without shortcuts.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  MANDELBROT_ITERATIONS_MAX,
  MANDELBROT_SIZE_MAX,
  mandelbrot,
} from '../../../../src/common/task-types/built-in/mandelbrot.ts';
import { ParameterReader } from '../../../../src/common/task-types/parameters.ts';
import { weightOf } from '../../../../src/common/task-types/weight.ts';
import { encodeBatch } from '../../../../src/common/protocol/framing.ts';
import { OUTCOMES, Tag } from '../../../../src/common/protocol/messages.ts';

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly size: number;
  readonly iterations: number;
}

function render(tile: Tile, progress: (ratio: number) => void = () => undefined): Uint16Array {
  const bytes = mandelbrot.run({ ...tile }, { progress }) as Uint8Array;
  expect(bytes.length).to.equal(2 * tile.size ** 2);
  return Uint16Array.from({ length: tile.size ** 2 }, (_, i) => (bytes[2 * i] ?? 0) + 256 * (bytes[2 * i + 1] ?? 0));
}

/** The value of one point, through the smallest tile. */
function valueAt(x: number, y: number, iterations = 500): number {
  return render({ x, y, step: 1e-16, size: 8, iterations })[0] ?? -1;
}

/** The definition, with neither shortcuts nor own logarithm. */
function naive(x: number, y: number, iterations: number): number {
  let [real, imaginary] = [0, 0];
  for (let n = 1; n <= iterations; n++) {
    [real, imaginary] = [real * real - imaginary * imaginary + x, 2 * real * imaginary + y];
    const radius = Math.sqrt(real * real + imaginary * imaginary);
    if (radius > 256) return 700 * Math.sqrt(n + 1 - Math.log2(Math.log2(radius) / 8));
  }
  return -1;
}

function expectNaive(value: number, x: number, y: number, iterations: number): void {
  const expected = naive(x, y, iterations);
  if (expected < 0) expect(value, `${x} ${y}`).to.equal(0);
  else expect(value, `${x} ${y}`).to.be.within(Math.floor(expected - 1e-4) + 1, Math.floor(expected + 1e-4) + 1);
}

describe('mandelbrot', () => {
  it('gives 0 to points of the set', () => {
    for (const [x, y] of [
      [0, 0],
      [-1, 0],
      [-2, 0],
      [0.25, 0],
      [-0.75, 0],
      [0, 1],
      [-0.1225611668766536, 0.7448617666197442],
      [-1.3107026413368328, 0],
    ] as const) {
      expect(valueAt(x, y), `${x} ${y}`).to.equal(0);
    }
  });

  it('gives the smooth count to points that escape', () => {
    // z of c = 2 is 2, 6, 38, 1446: n = 4.
    expect(valueAt(2, 0)).to.equal(1 + Math.floor(700 * Math.sqrt(5 - Math.log2(Math.log2(1446) / 8))));
    expect(valueAt(128, 0, 1), '128 is within the radius').to.equal(0);
    expect(valueAt(128, 128)).to.be.within(700, 1500);
    expect(valueAt(0.2501, 0, 300), 'too few steps to tell').to.equal(0);
    expectNaive(valueAt(0.2500002, 0, 8000), 0.2500002, 0, 8000); // creeps by less than a millionth at a time, and leaves
    expect(valueAt(0.2501, 0, 400), 'π/√0.0001 is 314').to.be.within(700 * Math.sqrt(305), 700 * Math.sqrt(330));
  });

  it('is what the definition says, pixel by pixel', () => {
    const tile = { x: -2, y: 1.25, step: 3 / 96, size: 96, iterations: 300 };
    const values = render(tile);
    for (const [at, value] of values.entries()) {
      const [row, column] = [Math.floor(at / 96), at % 96];
      expectNaive(value, tile.x + column * tile.step, tile.y - row * tile.step, 300);
    }
    expect(new Set(values).size).to.be.above(500);
  });

  it('is what the definition says close to the edges of the shortcuts and deep down', () => {
    const cardioid = (t: number): [number, number] => [
      Math.cos(t) / 2 - Math.cos(2 * t) / 4,
      Math.sin(t) / 2 - Math.sin(2 * t) / 4,
    ];
    const circle = (t: number): [number, number] => [-1 + Math.cos(t) / 4, Math.sin(t) / 4];
    fc.assert(
      fc.property(
        fc.constantFrom(cardioid, circle),
        fc.double({ min: 0, max: 7, noNaN: true }),
        fc.integer({ min: 3, max: 15 }),
        fc.boolean(),
        (edge, t, digits, inwards) => {
          const [x, y] = edge(t);
          const at = x + (inwards ? -1 : 1) * 10 ** -digits;
          expectNaive(valueAt(at, y, 1000), at, y, 1000);
        },
      ),
      { numRuns: 100 },
    );
    const deep = { x: -0.743643887037151, y: 0.13182590420533, step: 2 ** -44, size: 8, iterations: 4000 };
    for (const [at, value] of render(deep).entries())
      expectNaive(value, deep.x + (at % 8) * deep.step, deep.y - Math.floor(at / 8) * deep.step, 4000);
  });

  it('is the same above and below the real axis', () => {
    const size = 64;
    const step = 2 ** -5;
    const values = render({ x: -1.5, y: (size / 2) * step, step, size, iterations: 200 });
    const row = (at: number): number[] => [...values.slice(at * size, (at + 1) * size)];
    for (let at = 1; at < size / 2; at++) expect(row(size / 2 - at)).to.deep.equal(row(size / 2 + at));
  });

  it('does not depend on how the plane is cut into tiles', () => {
    const step = 2 ** -20;
    const corner = { x: -0.75, y: 0.125, step, iterations: 1000 };
    const whole = render({ ...corner, size: 32 });
    for (const [right, down] of [
      [0, 0],
      [16, 0],
      [0, 16],
      [16, 16],
    ] as const) {
      const part = render({ ...corner, x: corner.x + right * step, y: corner.y - down * step, size: 16 });
      for (const [at, value] of part.entries())
        expect(value).to.equal(whole[(down + Math.floor(at / 16)) * 32 + right + (at % 16)]);
    }
  });

  it('fits a frame at its greatest, at the longest count that fits two bytes', () => {
    const result = mandelbrot.run({ x: -2, y: 2, step: 0.008, size: MANDELBROT_SIZE_MAX, iterations: 2 }, IDLE);
    const message = [Tag.Result, 'master-1', 1, OUTCOMES.indexOf('done'), result, 1.5, true] as const;
    expect(encodeBatch([message]).frames).to.have.length(1);
    expect(1 + Math.floor(700 * Math.sqrt(MANDELBROT_ITERATIONS_MAX + 1))).to.be.below(65_536);
  });

  it('says how far it is when it may take long, and nothing when it is short', () => {
    const ratios: number[] = [];
    render({ x: 3, y: 3, step: 1e-3, size: 64, iterations: 100 }, (ratio) => ratios.push(ratio));
    expect(ratios).to.deep.equal([]);
    render({ x: 3, y: 3, step: 1e-3, size: 128, iterations: 8000 }, (ratio) => ratios.push(ratio));
    expect(ratios).to.have.length(16);
    expect(ratios).to.deep.equal([...ratios].sort((a, b) => a - b));
    expect(ratios.at(-1)).to.be.below(1);
  });

  it('weighs a thousandth of its pixels', () => {
    expect(weightOf(mandelbrot.weight, { size: 8 })).to.equal(1);
    expect(weightOf(mandelbrot.weight, { size: 128 })).to.be.closeTo(16.384, 1e-9);
  });
});

const IDLE = { progress: (): void => undefined };

describe('parameters of mandelbrot', () => {
  const reader = new ParameterReader(mandelbrot);
  const good = { x: -0.5, y: 0, step: 0.01, size: 64, iterations: 100 };

  it('are taken from a URL, exponents too', () => {
    const given = Object.entries({ ...good, step: 2 ** -46 }).map(([name, value]) => [name, [String(value)]] as const);
    expect(reader.fromQuery(new Map(given))).to.deep.equal({ ok: true, params: { ...good, step: 2 ** -46 } });
  });

  for (const [wrong, says] of [
    [{ x: 129 }, 'parameter x must be a number from -128 to 128, got 129'],
    [{ y: '0' }, 'parameter y must be a number from -128 to 128, got 0'],
    [{ step: 0 }, 'parameter step must be a number from 1e-16 to 1, got 0'],
    [{ size: 7 }, 'parameter size must be an integer from 8 to 512, got 7'],
    [{ size: 513 }, 'parameter size must be an integer from 8 to 512, got 513'],
    [{ iterations: 8001 }, 'parameter iterations must be an integer from 1 to 8000, got 8001'],
    [{ depth: 1 }, 'unknown parameter depth: mandelbrot takes x, y, step, size, iterations'],
  ] as const) {
    it(`are refused by name: ${says}`, () => {
      expect(reader.fromJson({ ...good, ...wrong })).to.deep.equal({ ok: false, problem: says });
    });
  }
});
