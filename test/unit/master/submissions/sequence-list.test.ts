// Ids by rising sequence, against a plain map; and the memory of what is gone is given back, also while one old task stays.
import { expect } from 'chai';
import fc from 'fast-check';
import { SequenceList } from '../../../../src/master/submissions/sequence-list.ts';
import { holds } from '../../../support/holds.ts';

describe('sequence list', () => {
  it('has what was added and not removed, the greatest first, from any sequence down', () => {
    const step = fc.tuple(fc.boolean(), fc.nat(50));
    holds(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const list = new SequenceList();
        const model = new Map<number, string>();
        let sequence = 0;
        for (const [adds, amount] of steps) {
          if (adds) {
            sequence += 1 + (amount % 3);
            list.add(sequence, `t${sequence}`);
            model.set(sequence, `t${sequence}`);
          } else {
            list.remove(amount);
            model.delete(amount);
          }
          const expected = [...model].filter(([key]) => key <= amount).reverse();
          expect([...list.downFrom(amount)]).to.deep.equal(expected);
          expect(list.size).to.equal(model.size);
        }
      }),
      200,
    );
  });

  it('keeps no place for what is gone, though the oldest stays', () => {
    const list = new SequenceList();
    list.add(1, 'stays');
    for (let sequence = 2; sequence < 200_000; sequence++) {
      list.add(sequence, 'goes');
      list.remove(sequence);
    }
    const startMs = performance.now();
    for (let round = 0; round < 1000; round++) expect([...list.downFrom(1e9)]).to.deep.equal([[1, 'stays']]);
    expect(performance.now() - startMs, 'a thousand walks over what is left').to.be.below(1500);
  });
});
