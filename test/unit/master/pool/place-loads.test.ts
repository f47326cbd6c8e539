// Loads that a member reports for one group alone: a service's own metric. What was sent there since the report was asked for is added.
import { expect } from 'chai';
import { seededRandom } from '../../../../src/common/random/random.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import type { Lease } from '../../../../src/master/pool/lease.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const WEB = 'forward:web';
const OFFERS = [
  { name: 'compute', slots: 9 },
  { name: WEB, slots: Infinity },
];

describe('the load of a place', () => {
  let pool: Pool;
  let member: Member;

  beforeEach(() => {
    pool = new Pool(findAlgorithm('least-load')!);
    member = pool.join(profileOf('a', 100), OFFERS, 0);
    pool.report(member, { cpuLoad: 2, memoryRatio: 0, foreignWeight: 0, running: 0 });
  });

  const load = (): number | undefined => member.places.get(WEB)?.load;

  function pick(weight = 1): Lease {
    const lease = pool.pick(WEB, weight);
    if (lease === undefined) throw new Error('nobody was picked');
    return lease;
  }

  it('is that of its member until it is told', () => {
    pick(3);
    pool.askLoad(member, WEB);
    expect([load(), member.load]).to.deep.equal([6, 6]);
  });

  it('is what was told and the leases opened after the ask that are still open', () => {
    const [before, stays] = [pick(), pick()];
    pool.askLoad(member, WEB);
    const [after, ends] = [pick(), pick()];
    pool.settle(ends, 'ok');
    pool.reportLoad(member, 10, WEB);
    expect(load(), 'one since').to.equal(11);
    pick();
    expect(load()).to.equal(12);
    for (const old of [before, stays]) pool.settle(old, 'ok');
    expect(load(), 'those before the ask are in the report').to.equal(12);
    pool.settle(after, 'failed');
    expect(load()).to.equal(11);
  });

  it('rests on the last answer while the next is under way', () => {
    pool.askLoad(member, WEB);
    pool.reportLoad(member, 5, WEB);
    const one = pick();
    pool.askLoad(member, WEB);
    const two = pick();
    expect(load(), 'both since the first ask').to.equal(7);
    pool.reportLoad(member, 6, WEB);
    expect(load(), 'one since the second').to.equal(7);
    pool.settle(one, 'ok');
    expect(load()).to.equal(7);
    pool.settle(two, 'ok');
    expect(load()).to.equal(6);
  });

  it('counts as asked for when it is told when nobody asked', () => {
    pick();
    pool.reportLoad(member, 4, WEB);
    expect(load()).to.equal(4);
    pick();
    expect(load()).to.equal(5);
    pool.reportLoad(member, 4, WEB);
    expect(load(), 'not asked again').to.equal(5);
  });

  it('has no max load; those of the other groups, and what the member weighs, stay', () => {
    expect(pool.pick(WEB, 101)).to.be.undefined;
    expect(pool.group(WEB).greatestMaxLoad()).to.equal(100);
    pool.reportLoad(member, 1e15, WEB);
    expect(pool.group(WEB).greatestMaxLoad()).to.equal(Infinity);
    pool.settle(pick(101), 'ok');
    pick(30);
    expect(pool.pick('compute', 71), 'beside the requests').to.be.undefined;
    const compute = member.places.get('compute')!;
    expect([member.leasedWeight, member.load, compute.load, compute.maxLoad]).to.deep.equal([30, 60, 60, 100]);
  });

  it('decides in its group alone, and lets in who refused', () => {
    const other = pool.join(profileOf('b', 100), OFFERS, 0);
    pool.reportLoad(member, 2.5, WEB);
    pool.reportLoad(other, 1, WEB);
    expect([pick(), pick(), pick()].map((lease) => lease.member)).to.deep.equal([other, other, member]);
    expect(pool.pick('compute', 1)?.member, 'which weighs least by its CPU').to.equal(other);
    const refused = pick();
    pool.settle(refused, 'refused');
    expect(pick().member).not.to.equal(refused.member);
    const told: string[] = [];
    pool.observe({ onRoom: (group) => told.push(group) });
    pool.reportLoad(refused.member, 0, WEB);
    expect([told, pick().member]).to.deep.equal([[WEB], refused.member]);
  });

  it('is nothing to a member that does not offer the group', () => {
    pool.askLoad(member, 'forward:other');
    pool.reportLoad(member, 4, 'forward:other');
    expect([pool.hasGroup('forward:other'), member.load]).to.deep.equal([false, 0]);
  });

  it('begins anew when the group is offered again', () => {
    pool.reportLoad(member, 4, WEB);
    const old = pick();
    pool.setOffers(member, []);
    pool.setOffers(member, OFFERS);
    expect(load(), 'of the member').to.equal(2);
    pool.reportLoad(member, 7, WEB);
    pool.settle(old, 'ok');
    expect(load()).to.equal(7);
  });

  it('is exactly what was told after ten thousand leases of fractions that ended in any order', () => {
    const random = seededRandom(5);
    const open: Lease[] = [];
    for (let n = 0; n < 10_000; n++) {
      open.push(pick(1 + random()));
      if (open.length > 100) pool.settle(open.splice(Math.floor(random() * open.length), 1)[0]!, 'ok');
      if (n % 70 === 0) pool.askLoad(member, WEB);
      if (n % 70 === 30) pool.reportLoad(member, 0, WEB);
    }
    for (const lease of open) pool.settle(lease, 'ok');
    expect(load()).to.equal(0);
  });
});
