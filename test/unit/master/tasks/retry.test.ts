import { expect } from 'chai';
import { deathsAfter, DEATHS_MAX, mayTryAgain, type LossCause } from '../../../../src/master/tasks/retry.ts';

describe('retry rules', () => {
  it('hold a start on a slave whose process then died against the task', () => {
    expect(deathsAfter(0, { cause: 'died', started: true })).to.equal(1);
    expect(deathsAfter(1, { cause: 'died', started: true })).to.equal(2);
  });

  it('forgive the death of a slave that had not begun the task', () => {
    expect(deathsAfter(1, { cause: 'died', started: false })).to.equal(1);
  });

  for (const cause of ['silent', 'returned'] satisfies LossCause[]) {
    it(`forgive a loss of cause ${cause}, started or not`, () => {
      for (const started of [true, false]) expect(deathsAfter(2, { cause, started })).to.equal(2);
    });
  }

  it('let a task be tried again until it has been at the death of three slaves', () => {
    expect(DEATHS_MAX).to.equal(3);
    expect([0, 1, 2, 3, 4].map(mayTryAgain)).to.deep.equal([true, true, true, false, false]);
  });
});
