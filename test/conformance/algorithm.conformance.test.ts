// What every algorithm in the registry must do, whatever its order: only members that are ready and fit, no lease lost, and the very
// picks of its naive reference (test/support/naive-algorithms.ts). Each order by itself is in algorithm-order.test.ts.
import { expect } from 'chai';
import { ALGORITHMS, algorithmNames, findAlgorithm } from '../../src/master/balancing/registry.ts';
import { NAIVE_ALGORITHMS } from '../support/naive-algorithms.ts';
import { PoolTwin } from '../support/pool-twin.ts';

describe('algorithm registry', () => {
  it('has a naive reference for every algorithm, and no reference is left over', () => {
    expect(Object.keys(NAIVE_ALGORITHMS).sort()).to.deep.equal(algorithmNames().sort());
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

    it('takes in members that join between picks', () => {
      for (let n = 1; n <= 4; n++) {
        twin.join({ slots: 2 });
        twin.picks(2, n);
      }
      expect(twin.picks(1, 1)).to.deep.equal([undefined]);
      for (const member of twin.members) expect(member.real.leases).to.equal(2);
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

    it('picks nobody when all slots are taken, and whoever has one again first', () => {
      for (let n = 0; n < 3; n++) twin.join({ slots: 2 });
      expect(twin.picks(6, 10)).to.not.include(undefined);
      expect(twin.pick(10)).to.be.undefined;
      const ended = twin.open[3]!;
      twin.settle(ended);
      expect(twin.pick(10)?.member).to.equal(ended.member);
      expect(twin.pick(10)).to.be.undefined;
    });

    it('picks nobody when all are full by weight, unless the task is light enough', () => {
      for (let n = 0; n < 3; n++) twin.join({ maxLoad: 100 });
      expect(twin.picks(6, 45)).to.not.include(undefined);
      expect(twin.pick(11)).to.be.undefined;
      expect(twin.picks(3, 10)).to.have.members(['m1', 'm2', 'm3']);
      expect(twin.pick(1)).to.be.undefined;
    });

    it('fills a slow member only as far as its CPU load allows', () => {
      const [quick, slow] = [twin.join({ maxLoad: 100, cpuLoad: 1 }), twin.join({ maxLoad: 100, cpuLoad: 4 })];
      expect(twin.picks(13, 10)).to.not.include(undefined);
      expect(twin.pick(10)).to.be.undefined;
      // 10 × 10 on the quick one; on the slow one the third is taken at a load of 4 × 20, a fourth would meet 4 × 30.
      expect([quick.real.leases, slow.real.leases]).to.deep.equal([10, 3]);
    });

    it('counts weight that a member got from elsewhere', () => {
      const [busy, idle] = [twin.join({ maxLoad: 100 }), twin.join({ maxLoad: 100 })];
      twin.report(busy, 1, 95);
      expect(twin.picks(3, 10)).to.deep.equal(['m2', 'm2', 'm2']);
      twin.report(busy, 1, 0);
      twin.report(idle, 1, 70);
      expect(twin.picks(2, 10)).to.deep.equal(['m1', 'm1']);
    });

    it('reserves nothing for a task that fits no member', () => {
      for (let n = 0; n < 3; n++) twin.join({ maxLoad: 100 });
      expect(twin.pick(101)).to.be.undefined;
      expect(twin.open).to.be.empty;
    });

    it('finds the only member that a huge task fits, wherever it stands', () => {
      for (let position = 1; position <= 5; position++) {
        const pool = new PoolTwin(name);
        for (let n = 1; n <= 5; n++) pool.join({ maxLoad: n === position ? 5000 : 100, cpuLoad: 0.5 });
        expect(pool.pick(5000)?.member.name).to.equal(`m${position}`);
        expect(pool.pick(5000)).to.be.undefined;
        expect(pool.picks(4, 100)).to.have.members(pool.members.map((m) => m.name).filter((m) => m !== `m${position}`));
      }
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

    it('passes over a suspect member and picks it again when it answers, its leases kept', () => {
      const [first, second] = [twin.join({ slots: 3 }), twin.join({ slots: 3 })];
      twin.picks(2, 10);
      for (const member of [first, second]) {
        const held = member.real.leases;
        twin.event(member, 'silent');
        expect(twin.picks(4, 10)).to.not.include(member.name);
        twin.event(member, 'answered');
        expect(member.real.leases).to.equal(held);
        while (twin.open.length > 2) twin.settle(twin.open.at(-1)!);
      }
      expect(twin.picks(4, 10)).to.include.members(['m1', 'm2']);
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

    it('sends what one member refused to another', () => {
      twin.join();
      twin.join();
      const { member, real } = twin.pick(50)!;
      twin.settle(twin.open[0]!, 'refused');
      expect(real.outcome).to.equal('refused');
      expect(twin.pick(50)?.member.name).to.equal(member.name === 'm1' ? 'm2' : 'm1');
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
        for (let n = 1; n <= 4; n++) pool.join({ slots: 6, maxLoad: 90 + n, cpuLoad: n / 4 });
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
  });
}
