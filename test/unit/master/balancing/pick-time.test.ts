// The bound on the time of a pick. Three times the figure of DESIGN §4, since this runs on any machine; bench/pick.ts has the tight one.
import { expect } from 'chai';
import { ALGORITHMS } from '../../../../src/master/balancing/registry.ts';
import { crowdedPool, measurePicks, SITUATIONS } from '../../../support/crowded-pool.ts';

const MEMBERS = 10_000;
const PICK_US_MAX = 3 * 2;

describe(`time of a pick and settle at ${MEMBERS} members`, () => {
  for (const algorithm of ALGORITHMS) {
    for (const situation of SITUATIONS) {
      it(`is at most ${PICK_US_MAX} µs with ${algorithm.name} when ${situation.name}`, () => {
        const pool = crowdedPool(algorithm, MEMBERS, situation);
        expect(measurePicks(pool, 20)).to.be.at.most(PICK_US_MAX);
      });
    }
  }
});
