// A histogram against a naive account of the same durations.
import { expect } from 'chai';
import fc from 'fast-check';
import { TIME_BUCKETS, TimeHistogram } from '../../src/common/prometheus/histogram.ts';
import { holds } from '../support/holds.ts';

/** Durations near a bound are the interesting ones. */
const duration = fc.oneof(
  fc.constantFrom(...TIME_BUCKETS, 0),
  fc.double({ min: 0, max: 0.02, noNaN: true }),
  fc.double({ min: -1, max: 1000, noNaN: true }),
);

describe('a histogram', () => {
  it('counts as a filter over all durations does, and adds up their sum', () => {
    holds(
      fc.property(fc.array(duration, { maxLength: 200 }), (durations) => {
        const histogram = new TimeHistogram();
        for (const seconds of durations) histogram.observe(seconds);
        const times = durations.map((seconds) => Math.max(seconds, 0));
        const below = TIME_BUCKETS.map((bound) => times.filter((seconds) => seconds <= bound).length);
        expect(histogram.cumulative()).to.deep.equal(below);
        expect(histogram.count).to.equal(durations.length);
        const sum = times.reduce((total, seconds) => total + seconds, 0);
        expect(histogram.sum).to.be.closeTo(sum, 1e-9 * (1 + sum));
      }),
      500,
    );
  });
});
