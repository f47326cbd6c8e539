// An algorithm of one group: it stays when the cluster's changes, and is there for a group that comes later.
import { expect } from 'chai';
import type { Algorithm } from '../../../../src/master/balancing/algorithm.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const named = (name: string): Algorithm => findAlgorithm(name)!;

describe('an algorithm of one group', () => {
  let pool: Pool;
  let told: string[];

  beforeEach(() => {
    pool = new Pool(named('first-available'));
    told = [];
    pool.observe({ onRoom: (group) => told.push(group) });
  });

  const join = (name: string): Member =>
    pool.join(
      profileOf(name, 1e6),
      ['web', 'compute'].map((group) => ({ name: group, slots: 100 })),
      0,
    );
  const picks = (group: string, count: number): string =>
    Array.from({ length: count }, () => pool.pick(group, 1)?.member.profile.name ?? '-').join('');

  it('picks in that group alone, whatever the algorithm of the others becomes', () => {
    for (const name of ['a', 'b']) join(name);
    pool.setGroupAlgorithm('web', named('round-robin'));
    expect([picks('web', 4), picks('compute', 3)]).to.deep.equal(['abab', 'aaa']);
    pool.setAlgorithm(named('least-load'));
    expect([picks('web', 3), pool.group('web').algorithm.name]).to.deep.equal(['aba', 'round-robin']);
    expect([pool.group('compute').algorithm.name, pool.algorithm.name]).to.deep.equal(['least-load', 'least-load']);
  });

  it('is taken back, and the group follows the others again', () => {
    for (const name of ['a', 'b']) join(name);
    pool.setGroupAlgorithm('web', named('round-robin'));
    pool.setAlgorithm(named('pick-first'));
    pool.setGroupAlgorithm('web', undefined);
    expect([picks('web', 3), pool.group('web').algorithm.name, pool.ownAlgorithms.size]).to.deep.equal([
      'aaa',
      'pick-first',
      0,
    ]);
    pool.setAlgorithm(named('round-robin'));
    expect(pool.group('web').algorithm.name).to.equal('round-robin');
  });

  it('waits for a group that is not there, and outlives one that is forgotten', () => {
    pool.setGroupAlgorithm('web', named('least-connections'));
    expect([pool.hasGroup('web'), pool.algorithmOf('web').name]).to.deep.equal([false, 'least-connections']);
    const member = join('a');
    expect(pool.group('web').algorithm.name).to.equal('least-connections');
    pool.setOffers(member, []);
    expect(pool.forgetGroup('web')).to.be.true;
    pool.setOffers(member, [{ name: 'web', slots: 1 }]);
    expect([pool.group('web').algorithm.name, [...pool.ownAlgorithms.keys()]]).to.deep.equal([
      'least-connections',
      ['web'],
    ]);
  });

  it('may let in what waits, as a switch of all does; that switch is nothing to this group', () => {
    join('a');
    told.length = 0;
    pool.setGroupAlgorithm('web', named('round-robin'));
    expect(told.splice(0)).to.deep.equal(['web']);
    pool.setAlgorithm(named('least-load'));
    expect(told.splice(0)).to.deep.equal(['compute']);
    pool.setGroupAlgorithm('web', undefined);
    expect(told.splice(0)).to.deep.equal(['web']);
    pool.setGroupAlgorithm('nobody', named('least-load'));
    expect(told).to.be.empty;
  });

  it('keeps leases and turns, and books picks under whoever made them', () => {
    const [a] = [join('a'), join('b')];
    pool.setGroupAlgorithm('web', named('round-robin'));
    picks('web', 3);
    pool.setGroupAlgorithm('web', named('strict-round-robin'));
    expect(picks('web', 1)).to.equal('b');
    picks('compute', 2);
    expect(a.leases).to.equal(4);
    expect(Object.fromEntries(pool.picksOf(a))).to.deep.equal({
      'round-robin': 2,
      'strict-round-robin': 0,
      'first-available': 2,
    });
  });

  it('may let in what waited for the member that offers the group no longer', () => {
    pool.setGroupAlgorithm('web', named('strict-round-robin'));
    const [a] = [join('a'), join('b')];
    pool.setSlots(a, 'web', 1);
    pool.adopt(a, 'web', 1);
    expect(picks('web', 1), 'a is full').to.equal('-');
    told.length = 0;
    pool.setOffers(a, [{ name: 'compute', slots: 100 }]);
    expect([told.includes('web'), picks('web', 1)]).to.deep.equal([true, 'b']);
  });
});
