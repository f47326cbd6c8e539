// The percentiles of a sketch against those of the sorted values.
import { expect } from 'chai';
import fc from 'fast-check';
import { LatencySketch, MAX_MS, MIN_MS, RELATIVE_ERROR } from '../../src/master/observe/latency-sketch.ts';
import { holds } from '../support/holds.ts';

/** Of any size: the exponent is what is uniform. */
const latency = fc
  .double({ min: Math.log10(MIN_MS), max: Math.log10(MAX_MS), noNaN: true })
  .map((exponent) => Math.min(MAX_MS, Math.max(MIN_MS, 10 ** exponent)));
const share = fc.oneof(fc.constantFrom(0, 0.5, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));

describe('a latency sketch', () => {
  it(`is at most ${RELATIVE_ERROR * 100} % off the nearest rank`, () => {
    holds(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), share, (latencies, wanted) => {
        const sketch = new LatencySketch();
        for (const ms of latencies) sketch.observe(ms);
        const sorted = latencies.sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(wanted * sorted.length)) - 1]!;
        expect(sketch.quantile(wanted)! / exact).to.be.within(1 - RELATIVE_ERROR, 1 + RELATIVE_ERROR);
      }),
      2000,
    );
  });

  it('takes whatever clocks may say', () => {
    const sketch = new LatencySketch();
    expect(sketch.quantile(0.5)).to.equal(null);
    for (const ms of [Number.NaN, -5, 0, MIN_MS / 2]) sketch.observe(ms);
    expect(sketch.quantile(1)).to.equal(MIN_MS);
    for (const ms of [Infinity, MAX_MS * 10]) sketch.observe(ms);
    expect(sketch.quantile(1)! / MAX_MS).to.be.within(1 - RELATIVE_ERROR, 1 + RELATIVE_ERROR);
    expect([sketch.count, sketch.quantile(0.5)]).to.deep.equal([6, MIN_MS]);
    sketch.reset();
    expect([sketch.count, sketch.quantile(0.5)]).to.deep.equal([0, null]);
  });
});
