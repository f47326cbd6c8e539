// What every algorithm must do that waits for the member that it chooses (docs/adr/0017): one is chosen among those that could take the
// task when idle; while that one cannot, nobody is picked. Whom each waits for is in algorithm-order.test.ts.
import { expect } from 'chai';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import type { Group } from '../../src/master/pool/group.ts';
import { GROUP, PoolTwin } from '../support/pool-twin.ts';
import type { TwinMember } from '../support/twin-records.ts';

for (const { name } of ALGORITHMS.filter(({ waits }) => waits)) {
  describe(`algorithm ${name}, since tasks wait for one member,`, () => {
    let twin: PoolTwin;

    beforeEach(() => (twin = new PoolTwin(name)));
    afterEach(() => twin.check());

    const group = (): Group => twin.pool.group(GROUP);
    const waitedFor = (weight: number): string | undefined => group().waitedFor(weight)?.member.profile.name;
    const memberOf = (called: string | undefined): TwinMember => twin.members.find((each) => each.name === called)!;

    /** Picks until nobody is picked, and tells who is waited for then; the others are idle but for their turns. */
    function waitFor(weight: number): TwinMember {
      while (twin.pick(weight) !== undefined);
      return memberOf(waitedFor(weight));
    }

    /** Ends the oldest task there. */
    function endOneAt(member: TwinMember): void {
      twin.settle(twin.open.find((lease) => lease.member === member)!);
    }

    it('picks nobody while the slots of that one are taken, and that one again when it has one', () => {
      for (let n = 0; n < 3; n++) twin.join({ slots: n + 2 });
      const one = waitFor(10);
      expect(twin.picks(3, 10)).to.deep.equal([undefined, undefined, undefined]);
      expect([waitedFor(10), group().hasRoom]).to.deep.equal([one.name, true]);
      for (const other of twin.members.filter((each) => each !== one)) {
        if (other.real.leases === 0) continue;
        endOneAt(other);
        expect(twin.picks(1, 10), `room at ${other.name}`).to.deep.equal([undefined]);
      }
      endOneAt(one);
      expect(twin.pick(10)?.member).to.equal(one);
    });

    it('picks nobody while that one is full by weight, by load or by work from elsewhere', () => {
      const [one] = [twin.join({ maxLoad: 100, cpuLoad: 1 })];
      expect(twin.picks(3, 45)).to.deep.equal(['m1', 'm1', undefined]);
      expect(twin.picks(2, 10), 'what fits beside it').to.deep.equal(['m1', undefined]);
      while (twin.open.length > 0) twin.settle(twin.open[0]!);
      twin.report(one, 1, 95);
      expect(twin.picks(1, 10)).to.deep.equal([undefined]);
      twin.report(one, 4, 20);
      expect(twin.picks(1, 30)).to.deep.equal([undefined]);
      twin.report(one, 1, 0);
      expect(twin.picks(1, 10)).to.deep.equal(['m1']);
    });

    it('picks nobody for what that one refused, until its next report', () => {
      for (let n = 0; n < 2; n++) twin.join({ maxLoad: 100, cpuLoad: 1 });
      const one = memberOf(waitedFor(50));
      twin.settle(twin.pick(50)!, 'refused');
      // In strict turns it is the other's turn now, which takes one.
      while (waitedFor(50) !== one.name) twin.pick(50);
      expect(twin.picks(1, 50)).to.deep.equal([undefined]);
      twin.report(one, 1);
      expect(twin.picks(1, 50)).to.deep.equal([one.name]);
    });

    it('picks that one also where the attempt before was lost', () => {
      const [one] = [twin.join(), twin.join()];
      expect(twin.pick(1, GROUP, { avoid: one })?.member).to.equal(one);
    });

    it('never picks the one that it must do without, nor waits for it then', () => {
      const [one, other] = [twin.join({ slots: 1 }), twin.join({ slots: 1 })];
      expect(twin.pick(1, GROUP, { without: one })?.member).to.equal(other);
      expect(twin.pick(1, GROUP, { without: one }), 'the other is full').to.be.undefined;
      expect(twin.pick(1, GROUP, { without: other })?.member).to.equal(one);
    });

    it('goes to another when that one is suspect, drains, has no slots or is gone, and back when it answers', () => {
      for (let n = 0; n < 3; n++) twin.join({ slots: n + 2 });
      const one = waitFor(10);
      const other = (): string => {
        const next = twin.pick(10);
        expect(next?.member, 'somebody else').to.not.be.oneOf([undefined, one]);
        twin.settle(next!);
        return next!.member.name;
      };
      for (const each of twin.members) if (each !== one) twin.setSlots(each, 50);
      twin.event(one, 'silent');
      other();
      twin.event(one, 'answered');
      const full = waitFor(10);
      expect(full, 'it is still full').to.equal(one);
      twin.event(one, 'drain-asked');
      other();
      twin.event(one, 'resume-asked');
      twin.setSlots(one, 0);
      other();
      twin.leave(one);
      other();
    });

    it('waits for nobody who has no slots, also while others are full', () => {
      const [first, second] = [twin.join({ slots: 0 }), twin.join({ slots: 1 })];
      expect(twin.picks(2, 1)).to.deep.equal(['m2', undefined]);
      expect(waitedFor(1)).to.equal('m2');
      twin.setSlots(second, 0);
      expect([waitedFor(1), group().hasRoom, ...twin.picks(1, 1)]).to.deep.equal([undefined, false, undefined]);
      twin.setSlots(first, 1);
      expect(twin.picks(1, 1)).to.deep.equal(['m1']);
    });

    it('chooses among those that could take the task when idle, by max load and slots', () => {
      for (const [maxLoad, slots] of [[20, 9] as const, [99, 0] as const, [60, 1] as const]) {
        twin.join({ maxLoad, slots, cpuLoad: 1 });
      }
      expect(twin.picks(3, 40)).to.deep.equal(['m3', undefined, undefined]);
      expect([waitedFor(21), waitedFor(60), waitedFor(61)]).to.deep.equal(['m3', 'm3', undefined]);
      expect(group().greatestRoom, 'of anybody, when idle').to.equal(60);
    });

    it('counts a pick only when it was made', () => {
      twin.join({ slots: 1 });
      twin.picks(5, 1);
      expect(group().picks).to.equal(1);
    });
  });
}
