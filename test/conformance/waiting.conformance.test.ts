// What every algorithm must do that waits for the member that it chooses (docs/adr/0017): one is chosen among those that could take the
// task when idle; while that one cannot, nobody is picked.
import { expect } from 'chai';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import type { Group } from '../../src/master/pool/group.ts';
import { GROUP, PoolTwin } from '../support/pool-twin.ts';

for (const { name } of ALGORITHMS.filter(({ waits }) => waits)) {
  describe(`algorithm ${name}, since tasks wait for one member,`, () => {
    let twin: PoolTwin;

    beforeEach(() => (twin = new PoolTwin(name)));
    afterEach(() => twin.check());

    const group = (): Group => twin.pool.group(GROUP);
    const waitedFor = (weight: number): string | undefined => group().waitedFor(weight)?.member.profile.name;

    it('picks nobody while the slots of that one are taken, and that one again when it has one', () => {
      for (let n = 0; n < 3; n++) twin.join({ slots: 2 });
      expect(twin.picks(5, 10)).to.deep.equal(['m1', 'm1', undefined, undefined, undefined]);
      expect([waitedFor(10), group().hasRoom]).to.deep.equal(['m1', true]);
      twin.settle(twin.open[0]!);
      expect(twin.picks(2, 10)).to.deep.equal(['m1', undefined]);
    });

    it('picks nobody while that one is full by weight, by load or by work from elsewhere', () => {
      const [one] = [twin.join({ maxLoad: 100, cpuLoad: 1 }), twin.join({ maxLoad: 100 })];
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
      const [one] = [twin.join(), twin.join()];
      twin.settle(twin.pick(50)!, 'refused');
      expect(twin.picks(1, 50)).to.deep.equal([undefined]);
      twin.report(one, 1);
      expect(twin.picks(1, 50)).to.deep.equal(['m1']);
    });

    it('picks that one also where the attempt before was lost', () => {
      const { pool, members } = twin;
      const [one] = [twin.join(), twin.join()];
      const lease = pool.pick(GROUP, 1, one.real);
      expect(lease?.member).to.equal(members[0]?.real);
      pool.settle(lease!, 'lost');
      one.picked.set(name, 1);
    });

    it('goes to the next when that one is suspect, drains or is gone, and back when it answers', () => {
      const [one, , third] = [twin.join({ slots: 1 }), twin.join({ slots: 3 }), twin.join({ slots: 1 })];
      twin.pick(10);
      twin.event(one, 'silent');
      expect(twin.picks(1, 10)).to.deep.equal(['m2']);
      twin.event(one, 'answered');
      expect(twin.picks(1, 10), 'it is still full').to.deep.equal([undefined]);
      twin.event(one, 'drain-asked');
      expect(twin.picks(1, 10)).to.deep.equal(['m2']);
      twin.event(one, 'resume-asked');
      twin.settle(twin.open[0]!);
      expect(twin.picks(1, 10)).to.deep.equal(['m1']);
      twin.leave(one);
      twin.leave(third);
      expect(twin.picks(2, 10)).to.deep.equal(['m2', undefined]);
    });

    it('chooses among those that could take the task when idle, by max load and slots, and waits for that one', () => {
      for (const [maxLoad, slots] of [[20, 9] as const, [99, 0] as const, [60, 9] as const, [90, 9] as const]) {
        twin.join({ maxLoad, slots, cpuLoad: 1 });
      }
      expect(twin.picks(3, 40)).to.deep.equal(['m3', undefined, undefined]);
      expect(twin.picks(2, 20), 'what the first could take').to.deep.equal(['m1', undefined]);
      expect(twin.picks(2, 90)).to.deep.equal(['m4', undefined]);
      expect([waitedFor(20), waitedFor(21), waitedFor(61), waitedFor(91)]).to.deep.equal(['m1', 'm3', 'm4', undefined]);
      expect(group().greatestRoom, 'of anybody, when idle').to.equal(90);
    });

    it('counts a pick only when it was made', () => {
      twin.join({ slots: 1 });
      twin.picks(5, 1);
      expect(group().picks).to.equal(1);
    });
  });
}
