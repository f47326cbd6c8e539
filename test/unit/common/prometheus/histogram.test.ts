// Counts of durations: which bucket, which sum.
import { expect } from 'chai';
import { TIME_BUCKETS, TimeHistogram } from '../../../../src/common/prometheus/histogram.ts';

function of(...durations: number[]): TimeHistogram {
  const histogram = new TimeHistogram();
  for (const seconds of durations) histogram.observe(seconds);
  return histogram;
}

describe('a histogram of times', () => {
  it('has the buckets that the boards rely on', () => {
    const expected = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    expect(TIME_BUCKETS).to.deep.equal(expected);
  });

  it('is all zero at first', () => {
    expect([of().count, of().sum, of().cumulative()]).to.deep.equal([0, 0, TIME_BUCKETS.map(() => 0)]);
  });

  it('counts a duration that equals a bound below it, and a longer one above', () => {
    expect(of(1).cumulative()).to.deep.equal(TIME_BUCKETS.map((bound) => (bound >= 1 ? 1 : 0)));
    expect(of(1.000001).cumulative()).to.deep.equal(TIME_BUCKETS.map((bound) => (bound >= 2.5 ? 1 : 0)));
  });

  it('counts what is above all bounds, and what cannot be: a negative time is none', () => {
    const histogram = of(301, 86_400, -5, NaN, 0);
    expect(histogram.cumulative()).to.deep.equal(TIME_BUCKETS.map(() => 3));
    expect([histogram.count, histogram.sum]).to.deep.equal([5, 86_701]);
  });
});
