// From bytes to colours, and a colour for each slave.
import { expect } from 'chai';
import { MANDELBROT_ROOT_SCALE } from '../../../../src/common/task-types/built-in/mandelbrot.ts';
import {
  colourTable,
  decodeValues,
  paint,
  PALETTE_TITLES,
  ROOT_SCALE,
} from '../../../../src/dashboard/mandelbrot/palette.ts';
import { SlaveColours } from '../../../../src/dashboard/mandelbrot/slave-colours.ts';

describe('the values of a tile', () => {
  it('are read from base64, the low byte first', () => {
    const bytes = Buffer.from([0, 0, 1, 0, 0, 1, 255, 255]);
    expect([...(decodeValues(bytes.toString('base64'), 4) ?? [])]).to.deep.equal([0, 1, 256, 65_535]);
  });

  it('are none when the text is no base64, or not as long as it should be', () => {
    expect(decodeValues('&&&', 4)).to.equal(undefined);
    expect(decodeValues('AAAA', 4)).to.equal(undefined);
    expect(decodeValues('', 4)).to.equal(undefined);
  });

  it('are scaled as in the task type', () => {
    expect(ROOT_SCALE).to.equal(MANDELBROT_ROOT_SCALE);
  });
});

describe('a palette', () => {
  for (const { name } of PALETTE_TITLES) {
    it(`${name} is opaque, with a colour of its own for the set and soft steps outside`, () => {
      const table = colourTable(name);
      expect(table.length).to.equal(65_536 * 4);
      const outside = new Set<string>();
      for (let value = 0; value < 65_536; value++) {
        if (table[value * 4 + 3] !== 255) expect.fail(`value ${value} is not opaque`);
        if (value > 0) outside.add(table.slice(value * 4, value * 4 + 3).join());
        for (let part = 0; value > 1 && part < 3; part++) {
          const step = Math.abs((table[value * 4 + part] ?? 0) - (table[(value - 1) * 4 + part] ?? 0));
          if (step > 4) expect.fail(`a step of ${step} at value ${value}`);
        }
      }
      expect(outside.has(table.slice(0, 3).join())).to.equal(false);
      expect(outside.size).to.be.above(100);
    });
  }

  it('paints four bytes a pixel', () => {
    const table = colourTable('ink');
    const pixels = new Uint8ClampedArray(12);
    paint(Uint16Array.of(0, 1500, 65_535), table, pixels);
    expect([...pixels]).to.deep.equal([...table.slice(0, 4), ...table.slice(6000, 6004), ...table.slice(-4)]);
  });
});

describe('the colours of slaves', () => {
  it('are the same for a name whoever came before, unless it was taken', () => {
    for (const name of ['s1', 'pc20-40811', '<b>', '']) {
      expect(new SlaveColours().of(name)).to.deep.equal(new SlaveColours().of(name));
    }
    const colours = new SlaveColours();
    const first = colours.of('s1');
    for (let i = 0; i < 100; i++) colours.of(`other-${i}`);
    expect(colours.of('s1')).to.deep.equal(first);
  });

  it('are told apart: eight colours first, then the same with other patterns, for 24 slaves', () => {
    const colours = new SlaveColours();
    const given = Array.from({ length: 24 }, (_, i) => colours.of(`slave-${i}`));
    expect(new Set(given.slice(0, 8).map(({ colour }) => colour)).size).to.equal(8);
    expect(given.slice(0, 8).every(({ pattern }) => pattern === 'solid')).to.equal(true);
    expect(new Set(given.map(({ colour, pattern }) => colour + pattern)).size).to.equal(24);
    expect(colours.of('one more')).to.deep.equal(colours.of('one more'));
  });
});
