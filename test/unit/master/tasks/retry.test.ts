// Which losses are held against a task, and how long it rests after each.
import { expect } from 'chai';
import {
  deathsAfter,
  DEATHS_MAX,
  mayTryAgain,
  REST_MS_MAX,
  restMs,
  type LossCause,
} from '../../../../src/master/tasks/retry.ts';

const LEAST = (): number => 0;
const MOST = (): number => 1 - Number.EPSILON;

describe('retry rules', () => {
  it('hold a start on a slave whose process then died against the task', () => {
    expect(deathsAfter(0, { cause: 'died', started: true })).to.equal(1);
    expect(deathsAfter(1, { cause: 'died', started: true })).to.equal(2);
  });

  it('forgive the death of a slave that had not begun the task', () => {
    expect(deathsAfter(1, { cause: 'died', started: false })).to.equal(1);
  });

  for (const cause of ['silent', 'returned', 'threw'] satisfies LossCause[]) {
    it(`forgive a loss of cause ${cause}, started or not`, () => {
      for (const started of [true, false]) expect(deathsAfter(2, { cause, started })).to.equal(2);
    });
  }

  it('let a task be tried again until it has been at the death of three slaves', () => {
    expect(DEATHS_MAX).to.equal(3);
    expect([0, 1, 2, 3, 4].map(mayTryAgain)).to.deep.equal([true, true, true, false, false]);
  });
});

describe('rest after a loss', () => {
  it('is none when the work was given back in good order', () => {
    expect([1, 2, 10].map((losses) => restMs('returned', losses, MOST))).to.deep.equal([0, 0, 0]);
  });

  for (const cause of ['died', 'silent', 'threw'] satisfies LossCause[]) {
    it(`doubles with each loss of cause ${cause}, up to a cap`, () => {
      const rests = [1, 2, 3, 4, 5, 6, 7, 8].map((losses) => restMs(cause, losses, LEAST));
      expect(rests).to.deep.equal([25, 50, 100, 200, 400, 800, 1000, 1000]);
      expect(restMs(cause, 10_000, LEAST)).to.equal(REST_MS_MAX / 2);
    });

    it(`lies between half and all of the step after a loss of cause ${cause}`, () => {
      for (const [losses, stepMs] of [
        [1, 50],
        [2, 100],
        [6, 1600],
        [7, 2000],
        [99, 2000],
      ] as const) {
        expect(restMs(cause, losses, LEAST), 'least').to.equal(stepMs / 2);
        expect(
          restMs(cause, losses, () => 0.5),
          'in between',
        ).to.equal(stepMs * 0.75);
        expect(restMs(cause, losses, MOST), 'most')
          .to.be.closeTo(stepMs, 0.001)
          .and.to.be.at.most(stepMs);
      }
    });
  }

  it('is drawn anew each time', () => {
    const draws = [0.1, 0.9];
    const random = (): number => draws.shift() ?? 0;
    expect([restMs('died', 1, random), restMs('died', 1, random)]).to.deep.equal([27.5, 47.5]);
  });
});
