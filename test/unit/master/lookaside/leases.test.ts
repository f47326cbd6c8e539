// Leases of calls that pass the master by: how long each counts, which ends first, and that the pool's sums follow.
import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { LookAsideLeases } from '../../../../src/master/lookaside/leases.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const GROUP = 'calls';
const LEASE_MS = 1000;

describe('look-aside leases', () => {
  let clock: ManualClock;
  let pool: Pool;
  let leases: LookAsideLeases;
  let a: Member;
  let b: Member;

  function start(options: { leaseMs?: number | 'off'; openMax?: number } = {}): void {
    clock = new ManualClock();
    pool = new Pool(findAlgorithm('round-robin')!);
    leases = new LookAsideLeases({ pool, clock, leaseMs: LEASE_MS, ...options });
    [a, b] = [join('a'), join('b')];
  }
  const join = (name: string): Member => pool.join(profileOf(name, 1e9), [{ name: GROUP, slots: Infinity }], 0);
  const take = (count: number): void => {
    for (let i = 0; i < count; i++) leases.take(GROUP);
  };
  const open = (): [number, number] => [a.leases, b.leases];
  /** At members, in the order in which they were opened. */
  const holders = (): string[] => Array.from(leases.open(), ({ lease }) => lease.member.profile.name);

  beforeEach(() => start());

  it('weigh 1 each on the member that was chosen, beyond any number of slots', () => {
    take(6);
    expect(open()).to.deep.equal([3, 3]);
    expect([a.leasedWeight, b.leasedWeight, leases.size]).to.deep.equal([3, 3, 6]);
  });

  it('end when their time is over, each at its own', () => {
    take(2);
    clock.advance(400);
    take(2);
    clock.advance(599);
    expect(open()).to.deep.equal([2, 2]);
    clock.advance(1);
    expect(open()).to.deep.equal([1, 1]);
    clock.advance(400);
    expect(open()).to.deep.equal([0, 0]);
    expect(leases.ended).to.include({ expired: 4, started: 0 });
    // And again after a rest, in which no timer was armed.
    clock.advance(10_000);
    take(1);
    clock.advance(LEASE_MS);
    expect(leases.size).to.equal(0);
  });

  it('end by calls that arrive, the oldest of that member first', () => {
    take(2);
    clock.advance(500);
    take(4);
    leases.started(a, 2);
    expect(open()).to.deep.equal([1, 3]);
    expect(holders()).to.deep.equal(['b', 'b', 'a', 'b']);
    clock.advance(500);
    expect(open()).to.deep.equal([1, 2]);
    clock.advance(500);
    expect(leases.ended).to.deep.equal({ started: 2, expired: 4, lost: 0, crowded: 0 });
  });

  it('are not owed: of calls that nobody asked for nothing is left over', () => {
    take(1);
    leases.started(a, 1000);
    leases.started(b, 1000);
    take(2);
    expect(open()).to.deep.equal([1, 1]);
    expect(leases.ended.started).to.equal(1);
  });

  it('are lost with their member', () => {
    take(6);
    pool.transition(a, 'died');
    expect([leases.size, b.leases, leases.ended.lost]).to.deep.equal([3, 3, 3]);
    leases.started(a, 1);
    clock.advance(LEASE_MS);
    expect([leases.size, leases.ended.expired]).to.deep.equal([0, 3]);
  });

  it('outlive that their member takes calls no longer, until their time is over', () => {
    take(2);
    pool.setOffers(a, []);
    expect(a.leasedWeight).to.equal(1);
    clock.advance(LEASE_MS);
    expect([a.leasedWeight, a.leases]).to.deep.equal([0, 0]);
  });

  it('are bounded: one too many ends the oldest', () => {
    start({ openMax: 4 });
    take(5);
    expect([leases.size, ...open()]).to.deep.equal([4, 2, 2]);
    expect(leases.ended.crowded).to.equal(1);
    clock.advance(LEASE_MS);
    expect([leases.size, a.leasedWeight, b.leasedWeight]).to.deep.equal([0, 0, 0]);
  });

  it('do not stay while they are off', () => {
    start({ leaseMs: 'off' });
    expect(leases.take(GROUP)).to.equal(a);
    expect([leases.size, a.leases, a.leasedWeight]).to.deep.equal([0, 0, 0]);
  });

  it('need one timer, however many there are', () => {
    let armed = 0;
    const after = clock.after.bind(clock);
    clock.after = (...args) => {
      armed++;
      return after(...args);
    };
    take(1000);
    expect(armed).to.equal(1);
  });
});
