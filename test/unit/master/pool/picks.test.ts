// Who was picked how often, and by which algorithm.
import { expect } from 'chai';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { GROUP, profileOf } from '../../../support/pool-twin.ts';

describe('picks', () => {
  let pool: Pool;

  beforeEach(() => {
    pool = new Pool(findAlgorithm('round-robin')!);
  });

  const join = (name: string): Member => pool.join(profileOf(name, 1e6), [{ name: GROUP, slots: 100 }], 0);
  const use = (name: string): void => pool.setAlgorithm(findAlgorithm(name)!);
  const pick = (count: number, group = GROUP): void => {
    for (let i = 0; i < count; i++) expect(pool.pick(group, 1)).not.to.be.undefined;
  };
  const picksOf = (member: Member): Record<string, number> => Object.fromEntries(pool.picksOf(member));

  it('are none at first, of the algorithm that would make them', () => {
    expect(picksOf(join('a'))).to.deep.equal({ 'round-robin': 0 });
  });

  it('are counted per member and under the algorithm that made them, also when it comes back', () => {
    const [a, b] = [join('a'), join('b')];
    pick(5);
    use('first-available');
    pick(4);
    expect([picksOf(a), picksOf(b)]).to.deep.equal([
      { 'round-robin': 3, 'first-available': 4 },
      { 'round-robin': 2, 'first-available': 0 },
    ]);
    use('round-robin');
    pick(1);
    expect(picksOf(a)['round-robin']! + picksOf(b)['round-robin']!).to.equal(6);
    expect(picksOf(a)['first-available']).to.equal(4);
  });

  it('are those of all groups, and stay when a member offers one no longer', () => {
    const a = join('a');
    pick(2);
    pool.setOffers(a, [
      { name: GROUP, slots: 100 },
      { name: 'files', slots: 100 },
    ]);
    pick(3, 'files');
    expect(picksOf(a)).to.deep.equal({ 'round-robin': 5 });
    pool.setOffers(a, [{ name: GROUP, slots: 100 }]);
    expect(picksOf(a)).to.deep.equal({ 'round-robin': 5 });
  });

  it('leave out what no algorithm chose: attempts that came back with their slave, and picks that found nobody', () => {
    const a = join('a');
    expect(pool.adopt(a, GROUP, 1)).not.to.be.undefined;
    expect(pool.pick(GROUP, 1e9)).to.be.undefined;
    expect(picksOf(a)).to.deep.equal({ 'round-robin': 0 });
  });
});
