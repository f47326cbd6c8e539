// Members that are no slaves: they report their load, give no max load and no slots, and what is sent to them ends unseen.
import { expect } from 'chai';
import { seededRandom } from '../../../../src/common/random/random.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import type { Lease } from '../../../../src/master/pool/lease.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const SERVICE = 'photos';
const OFFER = [{ name: SERVICE, slots: Infinity }];
const REPORT = { cpuLoad: 0.5, memoryRatio: 0, foreignWeight: 0, running: 0 };

describe('pool of members that report their load', () => {
  let pool: Pool;

  beforeEach(() => (pool = new Pool(findAlgorithm('least-load')!)));

  function backend(name: string, load: number): Member {
    const member = pool.join({ ...profileOf(name, Infinity), kind: 'backend' }, OFFER, 0);
    pool.reportLoad(member, load);
    return member;
  }

  /** Ten that reported 0.00 to 0.09. */
  const ten = (): Member[] => Array.from({ length: 10 }, (_, i) => backend(`b${i}`, i / 100));

  function pick(): Lease {
    const lease = pool.pick(SERVICE, 1);
    if (lease === undefined) throw new Error('nobody was picked');
    return lease;
  }

  /** How many of 100 picks each member gets. */
  function shares(members: readonly Member[], after: (lease: Lease) => void): number[] {
    const count = new Map<Member, number>();
    for (let n = 0; n < 100; n++) {
      const lease = pick();
      count.set(lease.member, (count.get(lease.member) ?? 0) + 1);
      after(lease);
    }
    return members.map((member) => count.get(member) ?? 0);
  }

  describe('herding', () => {
    it('does not happen while leases are open: each of ten gets 9 to 11 of 100, though the reports say that one is best', () => {
      pool.setRules(SERVICE, { equalWithin: 0.001 });
      for (const share of shares(ten(), () => undefined)) expect(share).to.be.within(9, 11);
    });

    it('is what happens without leases: at least 90 of 100 go to the one that reported the least', () => {
      pool.setRules(SERVICE, { equalWithin: 0.001, draw: seededRandom(1) });
      const [best, ...others] = shares(ten(), (lease) => pool.settle(lease, 'expired'));
      expect(best).to.be.at.least(90);
      expect(Math.max(...others)).to.be.at.most(10);
    });

    it('does not happen among those that reported the same to within 0.001: one is drawn at random', () => {
      pool.setRules(SERVICE, { equalWithin: 0.001, draw: seededRandom(1) });
      const members = Array.from({ length: 5 }, (_, i) => backend(`b${i}`, 0.5 + i / 5000));
      const worse = backend('worse', 0.502);
      const got = shares([...members, worse], (lease) => pool.settle(lease, 'expired'));
      expect(got.pop()).to.equal(0);
      for (const share of got) expect(share).to.be.within(8, 36);
    });
  });

  it('adds the weight of open leases to what a member reported, and ends none when it reports again', () => {
    const member = backend('a', 0.25);
    expect([member.load, member.reported]).to.deep.equal([0.25, 0.25]);
    const leases = [pick(), pick()];
    expect(member.load).to.equal(2.25);
    pool.reportLoad(member, 7);
    expect([member.load, member.leases]).to.deep.equal([9, 2]);
    pool.settle(leases[0]!, 'expired');
    pool.settle(leases[1]!, 'ok');
    expect([member.load, leases[0]!.outcome]).to.deep.equal([7, 'expired']);
  });

  it('takes those whose loads lie within the margin in turn, the one picked longest ago first', () => {
    const members = [0.3005, 0.3, 0.301, 0.3011].map((load, i) => backend(`b${i}`, load));
    const turn = (): string => {
      const lease = pick();
      pool.settle(lease, 'ok');
      return lease.member.profile.name;
    };
    expect([turn(), turn()], 'exact').to.deep.equal(['b1', 'b1']);
    pool.setRules(SERVICE, { equalWithin: 0.001 });
    expect(Array.from({ length: 6 }, turn)).to.deep.equal(['b0', 'b2', 'b1', 'b0', 'b2', 'b1']);
    expect(members[3]!.leases).to.equal(0);
  });

  it('has exactly the reported load again after ten thousand leases that ended in any order', () => {
    const members = ten();
    const random = seededRandom(7);
    const open: Lease[] = [];
    for (let n = 0; n < 10_000; n++) {
      open.push(pick());
      if (open.length > 300) pool.settle(open.splice(Math.floor(random() * open.length), 1)[0]!, 'expired');
      if (n % 50 === 0) pool.reportLoad(members[n % 10]!, (n % 10) / 100);
    }
    expect(members.reduce((sum, { leasedWeight }) => sum + leasedWeight, 0)).to.equal(300);
    for (const lease of open) pool.settle(lease, 'expired');
    expect(members.map(({ load }) => load)).to.deep.equal(members.map((_, i) => i / 100));
  });

  it('counts look-aside leases of a slave on its weight, so that tasks see them, but takes none of its slots', () => {
    const slave = pool.join(profileOf('s', 100), [{ name: 'compute', slots: 1 }, ...OFFER], 0);
    pool.report(slave, { ...REPORT, cpuLoad: 1 });
    for (let n = 0; n < 60; n++) pick();
    expect([slave.load, slave.places.get('compute')?.leases]).to.deep.equal([60, 0]);
    expect(pool.pick('compute', 41), 'beside the calls').to.be.undefined;
    expect(pool.pick('compute', 40)).to.not.be.undefined;
    expect(pool.pick(SERVICE, 1), 'full').to.be.undefined;
  });

  it('iterates slaves by themselves, and all members together, in join order', () => {
    const names = (members: Iterable<Member>): string[] => Array.from(members, ({ profile }) => profile.name);
    pool.join(profileOf('s1', 1), [], 0);
    backend('b', 0);
    pool.join(profileOf('s2', 1), [], 0);
    expect([names(pool.slaves()), names(pool.members()), pool.size]).to.deep.equal([
      ['s1', 's2'],
      ['s1', 'b', 's2'],
      3,
    ]);
  });

  it('forgets a group that is empty, with its rules, and makes none by being asked whether it is there', () => {
    const member = backend('a', 1);
    expect([pool.hasGroup(SERVICE), pool.hasGroup('other'), pool.forgetGroup('other')]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect([...pool.groups()]).to.have.length(1);
    expect(pool.forgetGroup(SERVICE), 'a member offers it').to.be.false;
    pool.setRules(SERVICE, { equalWithin: 5 });
    const lease = pick();
    pool.transition(member, 'silent');
    expect(pool.forgetGroup(SERVICE), 'also while it is suspect').to.be.false;
    pool.transition(member, 'grace-over');
    expect([pool.forgetGroup(SERVICE), pool.hasGroup(SERVICE)]).to.deep.equal([true, false]);
    expect(pool.settle(lease, 'lost')).to.be.true;
    expect([pool.hasGroup(SERVICE), member.leases]).to.deep.equal([false, 0]);
    const [near, nearer] = [backend('b', 4), backend('c', 1)];
    expect([pick().member, pick().member, near.leases]).to.deep.equal([nearer, nearer, 0]);
  });

  it('lets a member in again that refused, when it reports its load', () => {
    const member = backend('a', 1);
    pool.settle(pick(), 'refused');
    expect(pool.pick(SERVICE, 1)).to.be.undefined;
    const told: string[] = [];
    pool.observe({ onRoom: (group) => told.push(group) });
    pool.reportLoad(member, 1);
    expect([told, pick().member]).to.deep.equal([[SERVICE], member]);
  });

  it('keeps nothing of members that come and go in a group of which nobody asks', () => {
    const group = pool.group('unasked');
    for (let n = 0; n < 100; n++) {
      const member = pool.join(profileOf(`m${n}`, 1), [{ name: 'unasked', slots: Infinity }], 0);
      pool.reportLoad(member, n);
      pool.transition(member, 'left');
    }
    const staying = pool.join(profileOf('s', 1), [{ name: 'unasked', slots: Infinity }], 0);
    expect([group.isEmpty, group.hasRoom, group.choose(1)?.member]).to.deep.equal([false, true, staying]);
  });
});
