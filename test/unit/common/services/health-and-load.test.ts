// How looks at a service add up: to being taken for well or not, and to a load.
import { expect } from 'chai';
import { nextHealth, UNSEEN } from '../../../../src/common/services/health.ts';
import { nextLoad, UNREAD } from '../../../../src/common/services/last-load.ts';

/** `+` a good look, `-` a bad one; the same signs for what it is taken for after each. */
function healthAfter(looks: string): string {
  let health = UNSEEN;
  return Array.from(looks)
    .map((look) => ((health = nextHealth(health, look === '+')).healthy ? '+' : '-'))
    .join('');
}

describe('the health of a service', () => {
  it('is bad at first and good with the first good look', () => {
    expect(healthAfter('---+')).to.equal('---+');
  });

  it('ends with three bad looks in a row, not with fewer', () => {
    expect(healthAfter('+--+--+---')).to.equal('+++++++++-');
  });

  it('comes back with two good looks in a row, not with one', () => {
    expect(healthAfter('+---+-++')).to.equal('+++----+');
  });
});

describe('the load that a service says', () => {
  it('is that of the last good reading for three that failed, then so much that it is chosen last', () => {
    let load = UNREAD;
    const after = (value: number | undefined): number => (load = nextLoad(load, value)).load;
    expect([7, undefined, undefined, undefined, undefined, undefined].map(after)).to.deep.equal([
      7, 7, 7, 7, 1e15, 1e15,
    ]);
    expect([3, undefined, 4, undefined, undefined, undefined, undefined].map(after)).to.deep.equal([
      3, 3, 4, 4, 4, 4, 1e15,
    ]);
  });

  it('is so much from the start when it was never read', () => {
    expect([UNREAD.load, nextLoad(UNREAD, undefined).load]).to.deep.equal([1e15, 1e15]);
    expect(nextLoad(UNREAD, 0).load).to.equal(0);
  });
});
