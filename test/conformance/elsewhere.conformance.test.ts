// What every algorithm must do that does not wait for the member that it chooses: whoever fits takes the task.
import { expect } from 'chai';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import { GROUP, PoolTwin } from '../support/pool-twin.ts';

for (const { name } of ALGORITHMS.filter(({ waits }) => !waits)) {
  describe(`algorithm ${name}, since nobody waits for one member,`, () => {
    let twin: PoolTwin;

    beforeEach(() => (twin = new PoolTwin(name)));
    afterEach(() => twin.check());

    it('takes in members that join between picks', () => {
      for (let n = 1; n <= 4; n++) {
        twin.join({ slots: 2 });
        twin.picks(2, n);
      }
      expect(twin.picks(1, 1)).to.deep.equal([undefined]);
      for (const member of twin.members) expect(member.real.leases).to.equal(2);
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

    it('finds the only member that a huge task fits, wherever it stands', () => {
      for (let position = 1; position <= 5; position++) {
        const pool = new PoolTwin(name);
        for (let n = 1; n <= 5; n++) pool.join({ maxLoad: n === position ? 5000 : 100, cpuLoad: 0.5 });
        expect(pool.pick(5000)?.member.name).to.equal(`m${position}`);
        expect(pool.pick(5000)).to.be.undefined;
        expect(pool.picks(4, 100)).to.have.members(pool.members.map((m) => m.name).filter((m) => m !== `m${position}`));
      }
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

    it('picks the one that it must do without never, the one to be avoided when no other fits', () => {
      const [first, second] = [twin.join({ slots: 3 }), twin.join({ slots: 3 })];
      for (const [one, other] of [
        [first, second],
        [second, first],
      ] as const) {
        expect(twin.pick(1, GROUP, { without: one })?.member).to.equal(other);
        expect(twin.pick(1, GROUP, { avoid: one })?.member).to.equal(other);
      }
      twin.setSlots(first, 9);
      twin.setSlots(second, 0);
      expect(twin.pick(1, GROUP, { avoid: first })?.member).to.equal(first);
      expect(twin.pick(1, GROUP, { without: first })).to.be.undefined;
      expect(twin.pick(1, GROUP, { avoid: first, without: first })).to.be.undefined;
      expect(twin.pick(1, GROUP, { avoid: first, without: second })?.member, 'of two').to.equal(first);
      expect(twin.pick(1)?.member, 'it is back at once').to.equal(first);
    });

    it('never picks a member without slots, though it is the idlest, and takes it in when it has some', () => {
      const [first, second] = [twin.join({ cpuLoad: 1 }), twin.join({ cpuLoad: 1 })];
      twin.setSlots(first, 0);
      expect(twin.picks(3, 10)).to.deep.equal(['m2', 'm2', 'm2']);
      twin.setSlots(first, 5);
      twin.setSlots(second, 0);
      expect(twin.picks(3, 10)).to.deep.equal(['m1', 'm1', 'm1']);
      twin.setSlots(first, 0);
      expect(twin.pick(10)).to.be.undefined;
    });

    it('sends what one member refused to another', () => {
      twin.join();
      twin.join();
      const { member, real } = twin.pick(50)!;
      twin.settle(twin.open[0]!, 'refused');
      expect(real.outcome).to.equal('refused');
      expect(twin.pick(50)?.member.name).to.equal(member.name === 'm1' ? 'm2' : 'm1');
    });
  });
}
