// What of the pool the conformance and property suites do not show: who is told what, and when a wait can end.
import { expect } from 'chai';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import type { Lease } from '../../../../src/master/pool/lease.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const COMPUTE = [{ name: 'compute', slots: 2 }];
const REPORT = { cpuLoad: 1, memoryRatio: 0.25, foreignWeight: 3, running: 1 };

describe('pool', () => {
  let pool: Pool;
  /** Groups about which the observer was told since it last looked. */
  let room: string[];
  let changes: string[];

  beforeEach(() => {
    pool = new Pool(findAlgorithm('first-available')!);
    [room, changes] = [[], []];
    pool.observe({
      onRoom: (group) => room.push(group),
      onMember: ({ profile }, from, to, reason) => changes.push(`${profile.name}: ${from} > ${to} (${reason})`),
    });
  });

  /** The groups named by `act`. */
  function roomAfter(act: () => unknown): string[] {
    room = [];
    act();
    return [...new Set(room)];
  }

  it('numbers members in join order and never gives a number twice', () => {
    const first = pool.join(profileOf('a', 1), COMPUTE, 10);
    pool.transition(first, 'left');
    const second = pool.join(profileOf('a', 1), COMPUTE, 20);
    expect([first.sequence, second.sequence]).to.deep.equal([1, 2]);
    expect([first.joinedAtMs, second.joinedAtMs]).to.deep.equal([10, 20]);
    expect([pool.size, pool.member('a')]).to.deep.equal([1, second]);
  });

  it('tells of every change of state with from, to and reason, and of nothing else', () => {
    const member = pool.join(profileOf('a', 1), COMPUTE, 0);
    for (const event of ['answered', 'silent', 'silent', 'answered', 'drain-asked', 'left', 'died'] as const) {
      pool.transition(member, event);
    }
    expect(changes).to.deep.equal([
      'a: new > ready (joined)',
      'a: ready > suspect (silent)',
      'a: suspect > ready (answered)',
      'a: ready > draining (drain-asked)',
      'a: draining > gone (left)',
    ]);
  });

  it('tells of every profile that a member gives of itself, once it counts', () => {
    const told: string[] = [];
    const member = pool.join(profileOf('a', 1), [], 0);
    pool.observe({ onProfile: ({ profile }) => told.push(`${profile.id} ${profile.maxLoad}`) });
    pool.setProfile(member, profileOf('a', 2));
    pool.transition(member, 'silent');
    pool.setProfile(member, profileOf('a', 2));
    expect(told).to.deep.equal(['a 2', 'a 2']);
  });

  it('says whether a transition changed anything', () => {
    const member = pool.join(profileOf('a', 1), COMPUTE, 0);
    expect(pool.transition(member, 'answered')).to.be.false;
    expect(pool.transition(member, 'silent')).to.be.true;
    expect(pool.transition(member, 'silent')).to.be.false;
  });

  it('says that there may be room after a join, a settle, a report, more slots, an answer and a switch', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    const lease = pool.pick('compute', 1)!;
    expect(
      roomAfter(() => pool.join(profileOf('b', 100), COMPUTE, 0)),
      'join',
    ).to.deep.equal(['compute']);
    expect(
      roomAfter(() => pool.settle(lease, 'ok')),
      'settle',
    ).to.deep.equal(['compute']);
    expect(
      roomAfter(() => pool.report(member, REPORT)),
      'report',
    ).to.deep.equal(['compute']);
    expect(
      roomAfter(() => pool.setSlots(member, 'compute', 3)),
      'slots',
    ).to.deep.equal(['compute']);
    pool.transition(member, 'silent');
    expect(
      roomAfter(() => pool.transition(member, 'answered')),
      'answer',
    ).to.deep.equal(['compute']);
    expect(
      roomAfter(() => pool.setAlgorithm(pool.algorithm)),
      'switch',
    ).to.deep.equal(['compute']);
    expect(roomAfter(() => pool.setOffers(member, [...COMPUTE, { name: 'x', slots: 1 }]))).to.include('x');
  });

  it('says nothing when there is no more room than before', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    expect(roomAfter(() => pool.pick('compute', 1))).to.be.empty;
    expect(roomAfter(() => pool.setSlots(member, 'compute', 1))).to.be.empty;
    expect(roomAfter(() => pool.setSlots(member, 'elsewhere', 9))).to.be.empty;
  });

  it('tells every group of a member about a settle, since weight is the member’s', () => {
    pool.join(profileOf('a', 10), [...COMPUTE, { name: 'x', slots: 1 }], 0);
    const lease = pool.pick('compute', 10)!;
    expect(pool.pick('x', 1)).to.be.undefined;
    expect(roomAfter(() => pool.settle(lease, 'ok'))).to.have.members(['compute', 'x']);
    expect(pool.pick('x', 10)).to.not.be.undefined;
  });

  it('counts CPU load as at least 0.01', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    pool.report(member, { ...REPORT, cpuLoad: 0 });
    expect(member.cpuLoad).to.equal(0.01);
    expect(member.load).to.equal(0.03);
  });

  it('takes over everything of a report', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    pool.report(member, { ...REPORT, cpuLoad: 2 });
    const { cpuLoad, memoryRatio, foreignWeight, running, weight, load } = member;
    expect({ cpuLoad, memoryRatio, foreignWeight, running, weight, load }).to.deep.equal({
      ...{ cpuLoad: 2, memoryRatio: 0.25, foreignWeight: 3, running: 1 },
      ...{ weight: 3, load: 6 },
    });
  });

  it('knows the greatest max load of a group, whatever the members’ states, 0 for none', () => {
    const greatest = (): number => pool.group('compute').greatestMaxLoad();
    expect(greatest()).to.equal(0);
    const small = pool.join(profileOf('a', 50), COMPUTE, 0);
    const large = pool.join(profileOf('b', 80), COMPUTE, 0);
    pool.join(profileOf('c', 900), [{ name: 'x', slots: 1 }], 0);
    expect(greatest()).to.equal(80);
    pool.transition(large, 'silent');
    expect(greatest()).to.equal(80);
    pool.setProfile(small, profileOf('a', 120));
    expect(greatest()).to.equal(120);
    pool.transition(small, 'left');
    expect(greatest()).to.equal(80);
    pool.setOffers(large, []);
    expect(greatest()).to.equal(0);
    expect([...pool.group('compute').places()]).to.be.empty;
  });

  it('has room for a task that just fits, however long leases of fractions came and went beside one that stays', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    pool.setSlots(member, 'compute', 10);
    pool.adopt(member, 'compute', 1);
    const leases: Lease[] = [];
    for (let i = 0; i < 5000; i++) {
      leases.push(pool.adopt(member, 'compute', i % 50 === 0 ? 1e12 / 3 : (0.1 * i) / 7)!);
      if (i >= 7) pool.settle(leases[i - 7]!, 'ok');
    }
    for (const lease of leases) pool.settle(lease, 'ok');
    expect(member.leasedWeight).to.equal(1);
    expect(pool.pick('compute', 99)?.member).to.equal(member);
  });

  it('knows its slaves without looking at backends', () => {
    const backend = pool.join({ ...profileOf('backend:b', 1), kind: 'backend' }, [], 0);
    const slave = pool.join(profileOf('a', 100), COMPUTE, 0);
    let looks = 0;
    const { profile } = backend;
    Object.defineProperty(backend, 'profile', { get: () => (looks++, profile) });
    expect([[...pool.slaves()], pool.slaveCount, looks]).to.deep.equal([[slave], 1, 0]);
    for (const gone of [backend, slave]) pool.transition(gone, 'left');
    expect([[...pool.slaves()], pool.slaveCount, pool.size]).to.deep.equal([[], 0, 0]);
  });

  it('settles the leases of a member that is gone, on its own account only', () => {
    const member = pool.join(profileOf('a', 100), COMPUTE, 0);
    const lease = pool.pick('compute', 5)!;
    pool.transition(member, 'died');
    expect(roomAfter(() => expect(pool.settle(lease, 'lost')).to.be.true)).to.be.empty;
    expect([member.leases, member.weight, lease.outcome]).to.deep.equal([0, 0, 'lost']);
    expect(pool.pick('compute', 1)).to.be.undefined;
  });
});
