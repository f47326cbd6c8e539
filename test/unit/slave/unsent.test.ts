// What waits for a master: in order, bounded by count and by bytes.
import { expect } from 'chai';
import { FRAME_BYTES_MAX } from '../../../src/common/protocol/framing.ts';
import { OUTCOMES, Tag, type ResultMessage } from '../../../src/common/protocol/messages.ts';
import { Unsent } from '../../../src/slave/unsent.ts';

const result = (id: string, value: unknown): ResultMessage => [Tag.Result, id, 1, 0, value, 5, false];

describe('results without a master', () => {
  it('are kept in order and taken once', () => {
    const unsent = new Unsent();
    expect([unsent.push(result('m-1', 1)), unsent.push([Tag.Ack, 'm-2', 3, 2, 'recalled'])]).to.deep.equal([0, 0]);
    expect(unsent.holds()).to.deep.equal([
      ['m-1', 1],
      ['m-2', 3],
    ]);
    expect(unsent.takeAll().map(([tag]) => tag)).to.deep.equal([Tag.Result, Tag.Ack]);
    expect([unsent.size, unsent.takeAll(), unsent.holds()]).to.deep.equal([0, [], []]);
  });

  it('are dropped, the oldest first, when they are too many', () => {
    const unsent = new Unsent(3);
    const dropped = ['a', 'b', 'c', 'd', 'e'].map((id) => unsent.push(result(id, 1)));
    expect(dropped).to.deep.equal([0, 0, 0, 1, 1]);
    expect(unsent.takeAll().map(([, id]) => id)).to.deep.equal(['c', 'd', 'e']);
  });

  it('are dropped, the oldest first, when they are too large together', () => {
    const unsent = new Unsent(100, 10_000);
    for (const id of ['a', 'b', 'c']) unsent.push(result(id, 'x'.repeat(4000)));
    expect(unsent.push(result('d', 'x'.repeat(8000)))).to.equal(2);
    expect(unsent.takeAll().map(([, id]) => id)).to.deep.equal(['d']);
    unsent.push(result('e', 'x'.repeat(4000)));
    unsent.push(result('f', 'x'.repeat(4000)));
    expect(unsent.size, 'what was taken does not count').to.equal(2);
  });

  it('become failures when no message can carry them, so that none is kept in full', () => {
    const unsent = new Unsent();
    unsent.push(result('m-1', 'x'.repeat(FRAME_BYTES_MAX)));
    const [kept] = unsent.takeAll();
    expect([kept![3], kept![6]]).to.deep.equal([OUTCOMES.indexOf('failed'), true]);
  });

  it('of one master are none of another', () => {
    const unsent = new Unsent(100, 10_000);
    for (const id of ['m1-1', 'm2-1', 'm1-2']) unsent.push(result(id, 'x'.repeat(3000)));
    unsent.dropForeign('m2');
    expect(unsent.holds()).to.deep.equal([['m2-1', 1]]);
    expect(unsent.push(result('m2-2', 'x'.repeat(6000)))).to.equal(0);
  });
});
