// How long results are kept: a time, a count and a size, each by itself.
import { expect } from 'chai';
import { KeptResults, type KeepLimits } from '../../../../src/master/submissions/kept-results.ts';
import { roughBytes } from '../../../../src/master/submissions/rough-bytes.ts';

const UNLIMITED: KeepLimits = { keepMs: Infinity, countMax: Infinity, bytesMax: Infinity };

function keeping(limits: Partial<KeepLimits>): KeptResults {
  return new KeptResults({ ...UNLIMITED, ...limits });
}

describe('kept results', () => {
  it('are kept for ever without limits', () => {
    const kept = keeping({});
    for (let i = 0; i < 1000; i++) kept.add(`t${i}`, 0, 1e9);
    expect([kept.sweep(1e15), kept.size]).to.deep.equal([[], 1000]);
  });

  it('go when their time is over, and not before', () => {
    const kept = keeping({ keepMs: 1000 });
    kept.add('a', 100, 1);
    kept.add('b', 200, 1);
    expect(kept.sweep(1099)).to.deep.equal([]);
    expect(kept.sweep(1100)).to.deep.equal(['a']);
    expect(kept.sweep(1100)).to.deep.equal([]);
    expect(kept.sweep(9999)).to.deep.equal(['b']);
    expect(kept.size).to.equal(0);
  });

  it('beyond the count go, the oldest first', () => {
    const kept = keeping({ countMax: 2 });
    for (const id of ['a', 'b', 'c', 'd']) kept.add(id, 0, 1);
    expect(kept.sweep(0)).to.deep.equal(['a', 'b']);
    kept.add('e', 0, 1);
    expect(kept.sweep(0)).to.deep.equal(['c']);
    expect(kept.size).to.equal(2);
  });

  it('beyond the size go, the oldest first, and only as many as it takes', () => {
    const kept = keeping({ bytesMax: 100 });
    kept.add('a', 0, 60);
    kept.add('b', 0, 40);
    expect(kept.sweep(0)).to.deep.equal([]);
    kept.add('c', 0, 1);
    expect(kept.sweep(0)).to.deep.equal(['a']);
    expect(kept.bytes).to.equal(41);
  });

  it('that are larger than all that may be kept go as well, and take the older ones with them', () => {
    const kept = keeping({ bytesMax: 100 });
    kept.add('a', 0, 1);
    kept.add('b', 0, 101);
    kept.add('c', 0, 100);
    expect(kept.sweep(0)).to.deep.equal(['a', 'b']);
    expect([kept.size, kept.bytes]).to.deep.equal([1, 100]);
  });

  it('of age go even when count and size would allow them', () => {
    const kept = keeping({ keepMs: 10, countMax: 100, bytesMax: 1000 });
    kept.add('a', 0, 1);
    expect(kept.sweep(10)).to.deep.equal(['a']);
    expect(kept.bytes).to.equal(0);
  });

  for (const limit of ['keepMs', 'countMax', 'bytesMax'] as const) {
    it(`are none with ${limit} 0`, () => {
      const kept = keeping({ [limit]: 0 });
      kept.add('a', 50, 16);
      kept.add('b', 50, 16);
      expect(kept.sweep(50)).to.deep.equal(['a', 'b']);
      expect([kept.size, kept.bytes]).to.deep.equal([0, 0]);
    });
  }
});

describe('rough bytes', () => {
  it('grow with texts, bytes and integers', () => {
    expect(roughBytes('x'.repeat(1000)) - roughBytes('')).to.equal(2000);
    expect(roughBytes(new Uint8Array(1000)) - roughBytes(new Uint8Array(0))).to.equal(1000);
    expect(roughBytes(1n << 8000n) - roughBytes(1n)).to.be.closeTo(1000, 1);
  });

  it('count what is inside lists and objects', () => {
    expect(roughBytes(Array.from({ length: 1000 }, () => 1.5))).to.be.at.least(8000);
    expect(roughBytes({ inner: ['x'.repeat(500), { more: 'y'.repeat(500) }] })).to.be.within(2000, 2300);
  });

  it('are counted however deep a slave nests its result', () => {
    let nested: unknown = 'x';
    for (let level = 0; level < 100_000; level++) nested = [nested];
    expect(roughBytes(nested)).to.be.above(100_000);
  });

  it('are never 0', () => {
    for (const value of [undefined, null, true, 0, '', {}, []]) expect(roughBytes(value)).to.be.at.least(8);
  });
});
