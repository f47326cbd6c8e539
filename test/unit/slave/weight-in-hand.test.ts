// The weight that a slave has in hand: what is left when work comes and goes is the weight of what is there.
import { expect } from 'chai';
import { Share, WeightInHand } from '../../../src/slave/weight-in-hand.ts';

describe('the weight in hand', () => {
  it('drifts by nothing beside work that never ends, whatever fractions and sizes come and go', () => {
    const share = new Share();
    share.add(1);
    const weights = Array.from({ length: 5000 }, (_, i) => (i % 50 === 0 ? 1e12 / 3 : (0.1 * i) / 7));
    for (const [i, weight] of weights.entries()) {
      share.add(weight);
      if (i >= 7) share.remove(weights[i - 7]!);
    }
    for (const weight of weights.slice(-7)) share.remove(weight);
    expect([share.weight, share.count]).to.deep.equal([1, 1]);
    share.remove(1);
    expect([share.weight, share.count]).to.deep.equal([0, 0]);
  });

  it('is that of tasks and calls together, up to the max load', () => {
    const weight = new WeightInHand(10);
    weight.tasks.add(4);
    weight.calls.add(5.5);
    expect(weight.problemWith(0.5)).to.equal(undefined);
    expect(weight.problemWith(1)).to.equal('weight 1 on top of 9.5 exceeds max load 10');
  });
});
