// When the autoscaler sees that nobody can take the work that waits.
import { expect } from 'chai';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { requestWork } from '../../../../src/master/autoscale/work.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const GROUP = 'forward:web';

/** A member of one slot and one of two, after picks that chose these, in this order. */
function canTake(algorithm: string, ...leases: readonly string[]): boolean {
  const pool = new Pool(findAlgorithm(algorithm)!);
  const slots: Readonly<Record<string, number>> = { first: 1, second: 2 };
  for (const [name, count] of Object.entries(slots)) pool.join(profileOf(name, 10), [{ name: GROUP, slots: count }], 0);
  for (const name of leases) expect(pool.pick(GROUP, 1)?.member.profile.name).to.equal(name);
  return requestWork(pool, GROUP, () => 1).canTake();
}

describe('requests that wait, as the autoscaler sees them', () => {
  it('nobody can take them when nobody has a free slot, and somebody can when anyone has', () => {
    expect(canTake('round-robin', 'first', 'second')).to.equal(true);
    expect(canTake('round-robin', 'first', 'second', 'second')).to.equal(false);
    expect(requestWork(new Pool(findAlgorithm('round-robin')!), GROUP, () => 1).canTake()).to.equal(false);
  });

  it('under strict-round-robin nobody can while the next in turn is full, whoever else has room', () => {
    expect(canTake('strict-round-robin', 'first')).to.equal(true);
    expect(canTake('strict-round-robin', 'first', 'second')).to.equal(false);
  });

  it('goes by the load that a place reported, which knows no max load', () => {
    const pool = new Pool(findAlgorithm('least-load')!);
    const member = pool.join(profileOf('first', 10), [{ name: GROUP, slots: 1 }], 0);
    pool.askLoad(member, GROUP);
    pool.reportLoad(member, 1e15, GROUP);
    expect(requestWork(pool, GROUP, () => 1).canTake()).to.equal(true);
  });

  it('under pick-first a member more would change nothing: the others have room', () => {
    expect(canTake('pick-first', 'first')).to.equal(true);
  });
});
