// Which tiles a view needs, and how a camera moves.
import { expect } from 'chai';
import fc from 'fast-check';
import { mandelbrot, MANDELBROT_ITERATIONS_MAX } from '../../../../src/common/task-types/built-in/mandelbrot.ts';
import { ParameterReader } from '../../../../src/common/task-types/parameters.ts';
import { Camera } from '../../../../src/dashboard/mandelbrot/camera.ts';
import {
  areaOf,
  clamped,
  fromHash,
  homeView,
  iterationsAt,
  LEVEL_MAX,
  LEVEL_MIN,
  paramsOf,
  TILE_SIZE,
  tilesOf,
  toHash,
  touches,
  type View,
} from '../../../../src/dashboard/mandelbrot/plane.ts';

const SIZE = { width: 801, height: 560 };
const anyView = fc
  .record({
    x: fc.double({ min: -2.5, max: 2.5, noNaN: true }),
    y: fc.double({ min: -2.5, max: 2.5, noNaN: true }),
    level: fc.integer({ min: LEVEL_MIN, max: LEVEL_MAX }),
  })
  .map(clamped);
const anyPixel = fc.record({ x: fc.integer({ min: 0, max: 800 }), y: fc.integer({ min: 0, max: 559 }) });

describe('the tiles of a view', () => {
  it('cover the window, each once, those in the middle first', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const area = areaOf(view, SIZE);
        const tiles = tilesOf(view.level, area);
        expect(new Set(tiles.map(({ key }) => key)).size).to.equal(tiles.length);
        expect(tiles.every((tile) => touches(tile, area))).to.equal(true);
        const columns = new Set(tiles.map(({ column }) => column));
        const rows = new Set(tiles.map(({ row }) => row));
        expect(tiles.length).to.equal(columns.size * rows.size);
        expect(Math.min(...columns) * TILE_SIZE).to.be.at.most(area.left);
        expect((Math.max(...columns) + 1) * TILE_SIZE).to.be.at.least(area.right);
        expect(Math.min(...rows) * TILE_SIZE).to.be.at.most(area.top);
        expect((Math.max(...rows) + 1) * TILE_SIZE).to.be.at.least(area.bottom);
        const fromMiddle = tiles.map(({ column, row }) =>
          Math.hypot(
            (column + 0.5) * TILE_SIZE - (area.left + area.right) / 2,
            (row + 0.5) * TILE_SIZE - (area.top + area.bottom) / 2,
          ),
        );
        for (const [at, distance] of fromMiddle.entries())
          expect(distance).to.be.at.least((fromMiddle[at - 1] ?? 0) - 1e-3);
      }),
    );
  });

  it('have parameters that the task type takes, exact at any depth, with the window anywhere', () => {
    const reader = new ParameterReader(mandelbrot);
    fc.assert(
      fc.property(anyView, (view) => {
        for (const tile of tilesOf(view.level, areaOf(view, { width: 4000, height: 1000 }))) {
          const params = paramsOf(tile);
          expect(reader.fromJson({ ...params })).to.deep.include({ ok: true });
          expect(params.x / params.step).to.equal(tile.column * TILE_SIZE);
          expect(-params.y / params.step + 0).to.equal(tile.row * TILE_SIZE);
          expect(params.x + (TILE_SIZE - 1) * params.step).to.equal(
            (tile.column * TILE_SIZE + TILE_SIZE - 1) * params.step,
          );
        }
      }),
      { numRuns: 10 },
    );
  });

  it('take more steps the deeper they are, up to what the task type allows', () => {
    for (let level = LEVEL_MIN; level < LEVEL_MAX; level++)
      expect(iterationsAt(level + 1)).to.be.at.least(iterationsAt(level));
    expect(iterationsAt(LEVEL_MAX)).to.be.above(iterationsAt(LEVEL_MIN));
    expect(iterationsAt(Infinity)).to.equal(MANDELBROT_ITERATIONS_MAX);
  });
});

describe('the address of a view', () => {
  it('leads back to the very same view', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        expect(fromHash(toHash(view))).to.deep.equal(view);
      }),
    );
  });

  it('may be anything, and is a view that there can be or none', () => {
    for (const hash of ['', '#', '#1', '#1,2', '#1,2,', '#a,b,c', '#1,2,3,4', '#NaN,0,9', '#Infinity,0,9'])
      expect(fromHash(hash), hash).to.equal(undefined);
    expect(fromHash('#99,-99,99')).to.deep.equal({ x: 2.5, y: -2.5, level: LEVEL_MAX });
    expect(fromHash('#0,0,-5')).to.deep.equal({ x: 0, y: 0, level: LEVEL_MIN });
    fc.assert(
      fc.property(fc.string(), (text) => {
        const view = fromHash(text);
        if (view !== undefined) expect(clamped(view)).to.deep.equal(view);
      }),
    );
  });
});

describe('the home view', () => {
  it('shows the whole set, in the middle of what is not covered', () => {
    for (const [size, covered] of [
      [{ width: 1200, height: 720 }, 0],
      [{ width: 1200, height: 720 }, 324],
      [{ width: 390, height: 780 }, 0],
    ] as const) {
      const view = homeView(size, covered);
      const { left, top, right, bottom } = areaOf(view, size);
      const pixels = 2 ** view.level;
      expect(left).to.be.at.most(-2 * pixels);
      expect(right - covered).to.be.at.least(0.48 * pixels);
      expect(-top).to.be.at.least(1.13 * pixels);
      expect(bottom).to.be.at.least(1.13 * pixels);
      expect((left + right - covered) / 2 / pixels).to.be.closeTo(-0.65, 0.01);
    }
  });
});

describe('a camera', () => {
  const cameraAt = (view: View): Camera => new Camera(view, SIZE);
  /** The point of the plane under a pixel of the window. */
  const under = (camera: Camera, x: number, y: number): [number, number] => {
    const { left, top } = camera.shown;
    const pixel = 2 ** -camera.view.level;
    return [(left + x / camera.scale) * pixel, -(top + y / camera.scale) * pixel];
  };

  it('at rest shows what is wanted', () => {
    const camera = cameraAt({ x: -0.5, y: 0.25, level: 9 });
    expect(camera.scale).to.equal(1);
    expect(camera.shown).to.deep.equal(camera.wanted);
    expect(camera.tick(1000)).to.equal(false);
  });

  it('moves by pixels', () => {
    const camera = cameraAt({ x: -0.5, y: 0.25, level: 9 });
    const { left, top } = camera.wanted;
    camera.pan(100, -20);
    expect(camera.wanted).to.include({ left: left + 100, top: top - 20 });
  });

  it('zooms in a glide that begins with what was shown, ends at rest, and keeps the point under the pointer', () => {
    fc.assert(
      fc.property(anyView, anyPixel, fc.constantFrom(-2, -1, 1, 3), (view, { x, y }, levels) => {
        const camera = cameraAt(view);
        const before = camera.shown;
        const [pointX, pointY] = under(camera, x, y);
        const pixel = 2 ** -view.level;
        camera.step(levels, x, y, 1000);
        const factor = 2 ** (camera.view.level - view.level);
        // The middle may have met the end of the reach, and then nothing stays.
        if (Math.abs(camera.view.x) >= 2.49 || Math.abs(camera.view.y) >= 2.49) return;
        expect(camera.shown.left / factor).to.be.closeTo(before.left, Math.max(1, 1 / factor) + 1e-3);
        expect(camera.shown.bottom / factor).to.be.closeTo(before.bottom, Math.max(1, 1 / factor) + 1e-3);
        for (const nowMs of [1000, 1050, 1100, 2000]) {
          camera.tick(nowMs);
          const [nowX, nowY] = under(camera, x, y);
          expect(nowX).to.be.closeTo(pointX, pixel * Math.max(1, 1 / factor));
          expect(nowY).to.be.closeTo(pointY, pixel * Math.max(1, 1 / factor));
        }
        expect(camera.scale).to.equal(1);
        expect(camera.tick(2001)).to.equal(false);
      }),
    );
  });

  it('zooms by parts of levels: the nearer level is wanted', () => {
    const camera = cameraAt({ x: -0.5, y: 0.25, level: 20 });
    const point = under(camera, 100, 50);
    for (let i = 0; i < 7; i++) camera.zoomBy(0.1, 100, 50);
    expect(camera.view.level).to.equal(21);
    expect(camera.scale).to.be.closeTo(2 ** -0.3, 1e-9);
    camera.zoomBy(-0.4, 100, 50);
    expect(camera.view.level).to.equal(20);
    expect(camera.scale).to.be.closeTo(2 ** 0.3, 1e-9);
    const now = under(camera, 100, 50);
    for (const [axis, value] of point.entries()) expect(now[axis]).to.be.closeTo(value, 2 * 2 ** -20);
    camera.settle(0);
    camera.tick(1000);
    expect(camera.scale).to.equal(1);
  });

  it('goes no deeper than doubles tell points apart, and no farther out than the last level', () => {
    const camera = cameraAt({ x: -0.5, y: 0.25, level: LEVEL_MAX });
    const { left } = camera.wanted;
    camera.step(1, 100, 50, 0);
    expect(camera.view.level).to.equal(LEVEL_MAX);
    expect(camera.wanted.left).to.equal(left);
    camera.zoomBy(5, 100, 50);
    expect(camera.scale).to.be.at.most(Math.SQRT2);
    camera.goTo({ x: 0, y: 0, level: LEVEL_MIN });
    camera.step(-3, 100, 50, 0);
    expect(camera.view).to.deep.equal({ x: 0, y: 0, level: LEVEL_MIN });
    expect(camera.scale).to.equal(1);
  });

  it('keeps its middle when the window changes its size', () => {
    const camera = cameraAt({ x: -0.5, y: 0.25, level: 9 });
    camera.resize({ width: 300, height: 300 });
    expect(camera.view).to.deep.equal({ x: -0.5, y: 0.25, level: 9 });
    expect(camera.wanted.right - camera.wanted.left).to.equal(300);
  });
});
