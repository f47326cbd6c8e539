// The order of each algorithm, by hand from the table in DESIGN §4, and how fair it is. These do not loop: each says what its
// algorithm is for.
import { expect } from 'chai';
import { PoolTwin } from '../support/pool-twin.ts';

describe('order of first-available', () => {
  it('fills the first in join order, then the next', () => {
    const twin = new PoolTwin('first-available');
    for (let n = 0; n < 3; n++) twin.join({ slots: 2 });
    expect(twin.picks(7, 10)).to.deep.equal(['m1', 'm1', 'm2', 'm2', 'm3', 'm3', undefined]);
  });

  it('returns to the first as soon as it has room', () => {
    const twin = new PoolTwin('first-available');
    for (let n = 0; n < 3; n++) twin.join({ slots: 1 });
    twin.picks(2, 10);
    twin.settle(twin.open[0]!);
    expect(twin.picks(2, 10)).to.deep.equal(['m1', 'm3']);
  });

  it('is not moved by load', () => {
    const twin = new PoolTwin('first-available');
    twin.join({ cpuLoad: 8 });
    twin.join({ cpuLoad: 0 });
    expect(twin.picks(3, 10)).to.deep.equal(['m1', 'm1', 'm1']);
  });
});

describe('order of round-robin', () => {
  it('takes the members in turn, whatever their load', () => {
    const twin = new PoolTwin('round-robin');
    for (const cpuLoad of [4, 0.1, 2]) twin.join({ cpuLoad });
    expect(twin.picks(7, 10)).to.deep.equal(['m1', 'm2', 'm3', 'm1', 'm2', 'm3', 'm1']);
  });

  it('passes over a full member and comes back to it in its turn', () => {
    const twin = new PoolTwin('round-robin');
    for (const slots of [5, 1, 5]) twin.join({ slots });
    expect(twin.picks(5, 10)).to.deep.equal(['m1', 'm2', 'm3', 'm1', 'm3']);
    twin.settle(twin.open[1]!);
    expect(twin.picks(3, 10)).to.deep.equal(['m1', 'm2', 'm3']);
  });

  it('goes on after the last one picked when that one has left', () => {
    const twin = new PoolTwin('round-robin');
    for (let n = 0; n < 4; n++) twin.join();
    twin.picks(2, 10);
    twin.leave(twin.members[1]!);
    expect(twin.picks(4, 10)).to.deep.equal(['m3', 'm4', 'm1', 'm3']);
  });

  it('gives a new member its turn at the end of the round', () => {
    const twin = new PoolTwin('round-robin');
    for (let n = 0; n < 3; n++) twin.join();
    twin.picks(2, 10);
    twin.join();
    expect(twin.picks(4, 10)).to.deep.equal(['m3', 'm4', 'm1', 'm2']);
  });

  it('gives each of k members n / k of n tasks', () => {
    const twin = new PoolTwin('round-robin');
    for (let n = 0; n < 7; n++) twin.join({ slots: 100, cpuLoad: n });
    twin.picks(7 * 13, 1);
    for (const { real } of twin.members) expect(real.leases).to.equal(13);
  });
});

describe('order of least-load', () => {
  it('picks the lowest weight in flight × CPU load', () => {
    const twin = new PoolTwin('least-load');
    for (const cpuLoad of [1, 2, 0.5]) twin.join({ cpuLoad });
    // Idle ones first, by CPU load: m3 at 5, m1 at 10, m2 at 20. Then m3 to 10, m3 again (equal to m1, lower CPU load) to 15 …
    expect(twin.picks(7, 10)).to.deep.equal(['m3', 'm1', 'm2', 'm3', 'm3', 'm1', 'm3']);
  });

  it('counts the load that is there already, also from elsewhere', () => {
    const twin = new PoolTwin('least-load');
    const [first] = [twin.join({ cpuLoad: 1 }), twin.join({ cpuLoad: 1 })];
    twin.report(first, 1, 25);
    expect(twin.picks(4, 10)).to.deep.equal(['m2', 'm2', 'm2', 'm1']);
  });

  it('lets equals take turns, the one picked longest ago first', () => {
    const twin = new PoolTwin('least-load');
    for (let n = 0; n < 3; n++) twin.join({ cpuLoad: 1 });
    const order = Array.from({ length: 6 }, () => {
      const lease = twin.pick(10)!;
      twin.settle(lease);
      return lease.member.name;
    });
    expect(order).to.deep.equal(['m1', 'm2', 'm3', 'm1', 'm2', 'm3']);
  });

  // When a member is picked its load is the lowest, so afterwards it exceeds any other by at most the weight × CPU load just added.
  it('never lets loads differ by more than the heaviest task, on machines of one CPU load', () => {
    const twin = new PoolTwin('least-load');
    for (let n = 0; n < 5; n++) twin.join({ cpuLoad: 1, slots: 1000, maxLoad: 1e6 });
    for (let n = 0; n < 300; n++) {
      twin.pick(1 + ((n * 37) % 50));
      const loads = twin.members.map(({ real }) => real.load);
      expect(Math.max(...loads) - Math.min(...loads)).to.be.at.most(50);
    }
  });

  it('shares work out in inverse proportion to CPU load', () => {
    const twin = new PoolTwin('least-load');
    for (const cpuLoad of [0.5, 1, 2]) twin.join({ cpuLoad, slots: 1000, maxLoad: 1e6 });
    twin.picks(70, 10);
    expect(twin.members.map(({ real }) => real.leases)).to.deep.equal([40, 20, 10]);
  });
});

describe('order of least-difference', () => {
  it('picks the tightest fit and keeps the large gap open for a heavy task', () => {
    const twin = new PoolTwin('least-difference');
    for (const maxLoad of [500, 60, 120]) twin.join({ maxLoad, cpuLoad: 1 });
    expect(twin.picks(5, 30)).to.deep.equal(['m2', 'm2', 'm3', 'm3', 'm3']);
    expect(twin.picks(2, 450)).to.deep.equal(['m1', undefined]);
  });

  it('measures availability by load, not by weight', () => {
    const twin = new PoolTwin('least-difference');
    const [, second] = [twin.join({ maxLoad: 100 }), twin.join({ maxLoad: 110 })];
    twin.report(second, 2, 10);
    expect(twin.picks(1, 5)).to.deep.equal(['m2']);
  });

  it('takes equals in join order', () => {
    const twin = new PoolTwin('least-difference');
    for (let n = 0; n < 3; n++) twin.join({ maxLoad: 100, cpuLoad: 1, slots: 2 });
    expect(twin.picks(6, 10)).to.deep.equal(['m1', 'm1', 'm2', 'm2', 'm3', 'm3']);
  });
});

describe('order of least-connections', () => {
  it('picks the fewest open, whatever they weigh and whatever else is there', () => {
    const twin = new PoolTwin('least-connections');
    const [first] = [twin.join({ cpuLoad: 8 }), twin.join({ cpuLoad: 0 })];
    twin.report(first, 8, 20);
    expect([...twin.picks(1, 100), ...twin.picks(3, 1)]).to.deep.equal(['m1', 'm2', 'm1', 'm2']);
  });

  it('lets equals take turns, the one picked longest ago first', () => {
    const twin = new PoolTwin('least-connections');
    for (let n = 0; n < 3; n++) twin.join();
    const order = Array.from({ length: 5 }, () => {
      const lease = twin.pick(10)!;
      twin.settle(lease);
      return lease.member.name;
    });
    expect(order).to.deep.equal(['m1', 'm2', 'm3', 'm1', 'm2']);
  });

  // Each pick goes to a member with the fewest, so afterwards no member has more than one above the fewest.
  it('never lets counts differ by more than one while nothing ends', () => {
    const twin = new PoolTwin('least-connections');
    for (let n = 0; n < 5; n++) twin.join({ slots: 1000, maxLoad: 1e6, cpuLoad: n });
    for (let n = 0; n < 100; n++) {
      twin.pick(1 + ((n * 37) % 50));
      const counts = twin.members.map(({ real }) => real.leases);
      expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1);
    }
  });

  it('gives more to who is quicker', () => {
    const twin = new PoolTwin('least-connections');
    const [quick] = [twin.join({ slots: 100 }), twin.join({ slots: 100 })];
    let got = 0;
    for (let n = 0; n < 30; n++) {
      const lease = twin.pick(1)!;
      if (lease.member === quick) got++;
      // The quick one ends each at once, the other only every tenth.
      if (lease.member === quick || n % 10 === 0) twin.settle(lease);
    }
    expect(got).to.be.at.least(24);
  });

  it('counts what is open in the group, not what the member does in others', () => {
    const twin = new PoolTwin('least-connections');
    const both = ['web', 'compute'].map((name) => ({ name, slots: 10 }));
    for (let n = 0; n < 2; n++) twin.join({ offers: both });
    twin.settle(twin.pick(1)!);
    expect(twin.picks(2, 1)).to.deep.equal(['m2', 'm1']);
    expect([twin.pick(1, 'web'), twin.pick(1, 'web')].map((lease) => lease?.member.name)).to.deep.equal(['m1', 'm2']);
  });
});

describe('order of pick-first', () => {
  it('is the first in join order that could take the task, and no other while that is full', () => {
    const twin = new PoolTwin('pick-first');
    for (const maxLoad of [20, 60, 90]) twin.join({ maxLoad, cpuLoad: 1, slots: 9 });
    expect(twin.picks(2, 40)).to.deep.equal(['m2', undefined]);
    expect(twin.picks(2, 20), 'what the first could take').to.deep.equal(['m1', undefined]);
    expect(twin.picks(2, 90)).to.deep.equal(['m3', undefined]);
  });
});

describe('order of strict-round-robin', () => {
  it('takes the members in turn, and waits for the next while that is full', () => {
    const twin = new PoolTwin('strict-round-robin');
    for (const slots of [5, 1, 5]) twin.join({ slots });
    expect(twin.picks(6, 10)).to.deep.equal(['m1', 'm2', 'm3', 'm1', undefined, undefined]);
    twin.settle(twin.open[1]!);
    expect(twin.picks(3, 10)).to.deep.equal(['m2', 'm3', 'm1']);
  });

  it('gives no turn to who has no slots, is suspect or drains, and the usual one to who is back', () => {
    const twin = new PoolTwin('strict-round-robin');
    const [first, second, third] = [twin.join(), twin.join(), twin.join()];
    twin.setSlots(second, 0);
    expect(twin.picks(4, 1)).to.deep.equal(['m1', 'm3', 'm1', 'm3']);
    twin.setSlots(second, 9);
    expect(twin.picks(3, 1)).to.deep.equal(['m1', 'm2', 'm3']);
    twin.event(first, 'silent');
    twin.event(third, 'drain-asked');
    expect(twin.picks(2, 1)).to.deep.equal(['m2', 'm2']);
  });

  it('gives the turn of the one that failed to the next one', () => {
    const twin = new PoolTwin('strict-round-robin');
    for (let n = 0; n < 3; n++) twin.join();
    const failed = twin.pick(1)!;
    twin.settle(failed, 'failed');
    expect(twin.pick(1, 'compute', { without: failed.member })?.member.name).to.equal('m2');
    const second = twin.members[1]!;
    expect(twin.picks(2, 1)).to.deep.equal(['m3', 'm1']);
    expect(twin.pick(1, 'compute', { without: second })?.member.name, 'whose turn it is').to.equal('m3');
  });

  it('gives each of k members n / k of n tasks', () => {
    const twin = new PoolTwin('strict-round-robin');
    for (let n = 0; n < 7; n++) twin.join({ slots: 100, cpuLoad: n });
    twin.picks(7 * 13, 1);
    for (const { real } of twin.members) expect(real.leases).to.equal(13);
  });
});
