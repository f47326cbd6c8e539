// Picks among members that are equal within a margin: bounded, also when very many are.
import { expect } from 'chai';
import { seededRandom } from '../../../../src/common/random/random.ts';
import { anyOfEquals, DRAWN_FROM_MAX, firstOfEquals, LOADS_MAX } from '../../../../src/master/balancing/equals.ts';
import { NONE, OrderedIndex } from '../../../../src/master/balancing/ordered-index.ts';

/** Slots 0, 1, … with these primary keys, and tertiary keys that fall, so that the last one is first among equals. */
function indexOf(loads: readonly number[], room = 1): OrderedIndex {
  const index = new OrderedIndex();
  loads.forEach((load, slot) => index.set(slot, load, 0, -slot, room));
  return index;
}

describe('equals', () => {
  it('are none in an empty index, or when nobody has room', () => {
    for (const index of [indexOf([]), indexOf([1, 1, 1], 0)]) {
      expect([firstOfEquals(index, 1, 5), anyOfEquals(index, 1, 5, () => 0)]).to.deep.equal([NONE, NONE]);
    }
  });

  it('count only as far as the margin goes above the least that has room', () => {
    const index = indexOf([3, 4, 5, 6]);
    expect([0, 0.5, 1, 2, 100].map((within) => firstOfEquals(index, 1, within))).to.deep.equal([0, 0, 1, 2, 3]);
    index.set(0, 3, 0, 0, 0);
    expect([0, 1].map((within) => firstOfEquals(index, 1, within))).to.deep.equal([1, 2]);
    const drawn = [0, 0.34, 0.67, 0.999].map((at) => anyOfEquals(index, 1, 1, () => at));
    expect(drawn).to.deep.equal([1, 1, 2, 2]);
  });

  it('are drawn each as likely as the others, whatever the rest of their keys', () => {
    const index = indexOf([1, 1, 1.0004, 1.0008, 1.002]);
    const random = seededRandom(3);
    const counts = [0, 0, 0, 0, 0];
    for (let n = 0; n < 4000; n++) counts[anyOfEquals(index, 1, 0.001, random)]!++;
    expect(counts.pop(), 'beyond the margin').to.equal(0);
    for (const count of counts) expect(count).to.be.within(900, 1100);
  });

  it('are compared for so many loads at most, and drawn from so many members at most', () => {
    const many = indexOf(Array.from({ length: 5000 }, (_, i) => i / 1e6));
    expect(firstOfEquals(many, 1, 1)).to.equal(LOADS_MAX - 1);
    expect(anyOfEquals(many, 1, 1, () => 0.9999999)).to.equal(DRAWN_FROM_MAX - 1);
  });

  it('of one load are not looked at one by one: thousands cost as little as one', () => {
    const index = indexOf(Array.from({ length: 5000 }, () => 2));
    index.set(5000, 2.5, 0, -9999, 1);
    expect(firstOfEquals(index, 1, 1)).to.equal(5000);
  });

  it('are found also when it draws a 1, which it should not', () => {
    expect(anyOfEquals(indexOf([1, 1]), 1, 0, () => 1)).to.be.oneOf([0, 1]);
  });
});
