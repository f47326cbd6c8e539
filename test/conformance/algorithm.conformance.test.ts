// What every algorithm in the registry must do, whatever its order: only members that are ready and fit, no lease lost, and the very
// picks of its naive reference (test/support/naive-algorithms.ts). Each order by itself is in algorithm-order.test.ts; what depends on
// whether tasks wait for the member chosen, in elsewhere.conformance.test.ts and waiting.conformance.test.ts.
import { expect } from 'chai';
import { ALGORITHMS, algorithmNames, findAlgorithm } from '../../src/master/balancing/registry.ts';
import { NAIVE_ALGORITHMS, NAIVE_WAITING } from '../support/naive-algorithms.ts';
import { PoolTwin } from '../support/pool-twin.ts';

describe('algorithm registry', () => {
  it('has a naive reference for every algorithm, and no reference is left over', () => {
    expect(Object.keys(NAIVE_ALGORITHMS).sort()).to.deep.equal(algorithmNames().sort());
  });

  it('says of the same algorithms as the references that tasks wait for the one that they choose', () => {
    const waiting = ALGORITHMS.filter(({ waits }) => waits).map(({ name }) => name);
    expect(new Set(waiting)).to.deep.equal(NAIVE_WAITING);
  });

  it('holds every name once', () => {
    expect(new Set(algorithmNames()).size).to.equal(ALGORITHMS.length);
  });

  it('knows no algorithm by a name that nobody gave', () => {
    for (const name of ['', 'leastload', 'Least-Load', 'toString', '__proto__']) {
      expect(findAlgorithm(name), name).to.be.undefined;
    }
  });
});

for (const { name, picks } of ALGORITHMS) {
  describe(`algorithm ${name}`, () => {
    let twin: PoolTwin;

    beforeEach(() => (twin = new PoolTwin(name)));
    afterEach(() => twin.check());

    it('is found by its name, with hyphens or underscores, and says what it picks', () => {
      expect(findAlgorithm(name)?.name).to.equal(name);
      expect(findAlgorithm(name.replaceAll('-', '_'))?.name).to.equal(name);
      expect(picks).to.match(/^the /);
    });

    it('picks nobody in an empty pool', () => {
      expect(twin.pick(1)).to.be.undefined;
    });

    it('picks the only member', () => {
      twin.join();
      expect(twin.picks(3, 10)).to.deep.equal(['m1', 'm1', 'm1']);
    });

    it('picks nobody from a group that no member offers', () => {
      twin.join();
      expect(twin.pick(1, 'elsewhere')).to.be.undefined;
    });

    it('never picks a member that has left, and goes on with the others', () => {
      const [first, second, third] = [twin.join(), twin.join(), twin.join()];
      twin.picks(4, 10);
      for (const leaver of [second, first]) {
        twin.leave(leaver);
        expect(twin.picks(4, 10)).to.not.include(leaver.name);
      }
      twin.leave(third);
      expect(twin.pick(10)).to.be.undefined;
    });

    it('picks from a pool that was empty for a while', () => {
      twin.leave(twin.join());
      expect(twin.pick(10)).to.be.undefined;
      twin.join();
      expect(twin.pick(10)?.member.name).to.equal('m2');
    });

    it('reserves nothing for a task that fits no member', () => {
      for (let n = 0; n < 3; n++) twin.join({ maxLoad: 100 });
      expect(twin.pick(101)).to.be.undefined;
      expect(twin.open).to.be.empty;
    });

    it('picks a member up to exactly its max load, also with all of it in one task', () => {
      twin.join({ maxLoad: 64, cpuLoad: 1 });
      expect(twin.pick(64)).to.not.be.undefined;
      expect(twin.pick(1)).to.be.undefined;
    });

    it('leaves a member alone whose slots shrank below its leases, until enough are settled', () => {
      const member = twin.join({ slots: 4 });
      twin.picks(4, 1);
      twin.setSlots(member, 2);
      twin.settle(twin.open[0]!);
      twin.settle(twin.open[0]!);
      expect(twin.pick(1)).to.be.undefined;
      twin.settle(twin.open[0]!);
      expect(twin.picks(2, 1)).to.deep.equal(['m1', undefined]);
    });

    it('uses new slots at once', () => {
      const member = twin.join({ slots: 0 });
      expect(twin.pick(1)).to.be.undefined;
      twin.setSlots(member, 2);
      expect(twin.picks(3, 1)).to.deep.equal(['m1', 'm1', undefined]);
    });

    it('follows a max load that shrinks and grows', () => {
      const [first, second] = [twin.join({ maxLoad: 100 }), twin.join({ maxLoad: 100 })];
      twin.setMaxLoad(first, 10);
      expect(twin.picks(3, 50)).to.deep.equal(['m2', 'm2', undefined]);
      twin.setMaxLoad(second, 20);
      expect(twin.picks(2, 10)).to.deep.equal(['m1', undefined]);
      twin.setMaxLoad(second, 150);
      expect(twin.picks(2, 50)).to.deep.equal(['m2', undefined]);
    });

    it('never picks a draining member, also not after a silence', () => {
      const [first] = [twin.join(), twin.join()];
      twin.event(first, 'drain-asked');
      expect(twin.picks(3, 10)).to.deep.equal(['m2', 'm2', 'm2']);
      twin.event(first, 'socket-closed');
      twin.event(first, 'answered');
      expect(twin.picks(3, 10)).to.deep.equal(['m2', 'm2', 'm2']);
    });

    it('keeps a member that refused a weight out for it and for more, not for less', () => {
      twin.join();
      twin.settle(twin.pick(50)!, 'refused');
      expect(twin.pick(50)).to.be.undefined;
      expect(twin.pick(51)).to.be.undefined;
      expect(twin.pick(49)?.member.name).to.equal('m1');
    });

    it('remembers the lightest weight that a member refused', () => {
      twin.join();
      const [heavy, light] = [twin.pick(50)!, twin.pick(20)!];
      twin.settle(light, 'refused');
      twin.settle(heavy, 'refused');
      expect(twin.pick(20)).to.be.undefined;
      expect(twin.pick(19)).to.not.be.undefined;
    });

    it('lets a member in again after its next report', () => {
      const member = twin.join();
      twin.settle(twin.pick(50)!, 'refused');
      twin.report(member, 0.5);
      expect(twin.pick(50)?.member).to.equal(member);
    });

    for (const outcome of ['ok', 'failed', 'cancelled', 'recalled', 'lost'] as const) {
      it(`lets a member in again after its next settle (${outcome})`, () => {
        const member = twin.join();
        const other = twin.pick(1)!;
        twin.settle(twin.pick(50)!, 'refused');
        expect(twin.pick(50)).to.be.undefined;
        twin.settle(other, outcome);
        expect(twin.pick(50)?.member).to.equal(member);
      });
    }

    it('takes over from any other algorithm, and hands over to it, without losing a lease', () => {
      for (const other of algorithmNames()) {
        const pool = new PoolTwin(other);
        for (let n = 1; n <= 4; n++) pool.join({ slots: 12, maxLoad: 150 + n, cpuLoad: n / 4 });
        pool.picks(5, 10);
        const held = pool.open.map(({ real }) => real);
        pool.setAlgorithm(name);
        pool.check();
        expect(pool.picks(5, 10)).to.not.include(undefined);
        pool.setAlgorithm(other);
        pool.picks(5, 10);
        pool.check();
        expect(held.filter(({ outcome }) => outcome !== undefined)).to.be.empty;
        while (pool.open.length > 0) pool.settle(pool.open[0]!);
        pool.check();
        for (const { real } of pool.members) expect([real.leases, real.weight]).to.deep.equal([0, 0]);
      }
    });

    it('picks in a group made before the switch and in one made after it', () => {
      const pool = new PoolTwin(algorithmNames().find((other) => other !== name)!);
      pool.pick(1);
      pool.setAlgorithm(name);
      pool.join({ offers: [{ name: 'compute', slots: 3 }] });
      pool.join({ offers: [{ name: 'late', slots: 3 }] });
      expect([...pool.pool.groups()].map(({ algorithm }) => algorithm.name)).to.deep.equal([name, name]);
      expect([pool.pick(1)?.member.name, pool.pick(1, 'late')?.member.name]).to.deep.equal(['m1', 'm2']);
    });

    it('picks members that report their load, give no max load and bound no slots, as its reference does', () => {
      for (let n = 1; n <= 5; n++) twin.reportLoad(twin.join({ slots: Infinity, maxLoad: Infinity }), (7 * n) % 5);
      expect(twin.picks(40, 1)).to.not.include(undefined);
      twin.reportLoad(twin.members[2]!, 50);
      while (twin.open.length > 20) twin.settle(twin.open[0]!, 'expired');
      expect(twin.picks(40, 1)).to.not.include(undefined);
    });

    it('draws among equals as its reference does, and never picks one that does not fit', () => {
      for (let n = 1; n <= 8; n++) twin.join({ slots: n % 4 === 0 ? 0 : 9, cpuLoad: n % 2 });
      for (const drawn of [0, 0.3, 0.5, 0.99]) {
        for (const equalWithin of [0, 25]) {
          twin.setRules({ equalWithin, drawn });
          expect(twin.picks(2, 10)).to.not.include(undefined);
          twin.settle(twin.open[0]!);
        }
      }
    });
  });
}
