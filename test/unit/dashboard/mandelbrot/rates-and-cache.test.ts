// Tiles per second of each slave, and the tiles that are kept.
import { expect } from 'chai';
import { Rates } from '../../../../src/dashboard/mandelbrot/rates.ts';
import { TileCache } from '../../../../src/dashboard/mandelbrot/tile-cache.ts';

describe('rates', () => {
  it('count each slave and all, over the last three seconds', () => {
    const rates = new Rates();
    for (let ms = 10_000; ms < 13_000; ms += 100) rates.add('s1', ms);
    for (let ms = 12_000; ms < 13_000; ms += 500) rates.add('s2', ms);
    expect(rates.of('s1', 12_999)).to.deep.equal({ total: 30, perSecond: 10 });
    expect(rates.of('s2', 12_999).total).to.equal(2);
    expect(rates.all(12_999)).to.deep.equal({ total: 32, perSecond: 32 / 3 });
    expect(rates.names()).to.deep.equal(['s1', 's2']);
  });

  it('forget what is past, and keep the totals', () => {
    const rates = new Rates();
    for (let i = 0; i < 30; i++) rates.add('s1', 10_000);
    expect(rates.of('s1', 12_700).perSecond).to.equal(10);
    expect(rates.of('s1', 13_000)).to.deep.equal({ total: 30, perSecond: 0 });
    rates.add('s1', 100_000);
    expect(rates.of('s1', 100_000)).to.deep.equal({ total: 31, perSecond: 1 / 3 });
  });

  it('of a slave that gave nothing are 0', () => {
    expect(new Rates().of('s9', 5000)).to.deep.equal({ total: 0, perSecond: 0 });
  });

  it('are kept for a bounded number of names', () => {
    const rates = new Rates();
    for (let i = 0; i < 5000; i++) rates.add(`s${i}`, 1000);
    expect(rates.names()).to.have.length(2000);
    expect(rates.all(1000).total).to.equal(5000);
  });
});

describe('the cache of tiles', () => {
  it('keeps the latest used ones', () => {
    const cache = new TileCache<number>(3);
    for (const [at, key] of ['a', 'b', 'c'].entries()) cache.set(key, at);
    expect(cache.get('a')).to.equal(0);
    cache.set('d', 3);
    expect(['a', 'b', 'c', 'd'].map((key) => cache.has(key))).to.deep.equal([true, false, true, true]);
    expect(cache.size).to.equal(3);
    cache.set('a', 9);
    expect(cache.get('a')).to.equal(9);
    expect(cache.get('b')).to.equal(undefined);
  });
});
