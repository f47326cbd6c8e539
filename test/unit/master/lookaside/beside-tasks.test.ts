// Calls that pass the master by, and tasks that it sends, at the same slaves: a call has no queue in which it could wait behind a heavy
// task, so it must not take from it what the task waits for.
import { expect } from 'chai';
import { TICK_MS } from '../../../../src/master/dispatch/deadlines.ts';
import { callsOffer, COMPUTE_CALLS } from '../../../../src/master/lookaside/groups.ts';
import { violations } from '../../../../src/master/observe/invariants.ts';
import { DispatchDesk, type DeskSlave } from '../../../support/dispatch-desk.ts';
import { LEASE_MS, LookAside } from '../../../support/look-aside-desk.ts';

const MAX_LOAD = 100;

for (const algorithm of [
  'least-load',
  'round-robin',
  'first-available',
  'pick-first',
  'least-connections',
  'strict-round-robin',
]) {
  describe(`a task as heavy as the max load, beside clients that never stop asking (${algorithm})`, () => {
    let desk: DispatchDesk;
    let lookAside: LookAside;

    function join(name: string): DeskSlave {
      const offers = [{ name: 'compute', slots: 4 }, callsOffer(COMPUTE_CALLS)];
      return desk.join(name, { maxLoad: MAX_LOAD, offers });
    }

    /** A client asks, and time goes on by a third of a lease. */
    function ask(): string | undefined {
      const [answer] = lookAside.ask(1, 'compute');
      desk.clock.advance(LEASE_MS / 3);
      return answer;
    }

    beforeEach(() => {
      desk = new DispatchDesk(algorithm);
      lookAside = new LookAside(algorithm, { pool: desk.pool, clock: desk.clock });
    });

    it('runs: the slave that it waits for is named to nobody until then', () => {
      const slave = join('s1');
      expect(ask()).to.equal('s1');
      const heavy = desk.submit({ weight: MAX_LOAD });
      expect(slave.got).to.deep.equal([]);
      expect([ask(), ask(), ask()]).to.deep.equal(['NO_ROOM', 'NO_ROOM', 'NO_ROOM']);
      expect(slave.ids).to.deep.equal([heavy.task.id]);
      slave.finish(heavy);
      expect(ask()).to.equal('s1');
      expect(violations(desk.pool, desk.dispatcher, desk.clock.nowMs(), { lookAside: lookAside.desk })).to.deep.equal(
        [],
      );
    });

    it('stops keeping the slave when nobody wants it any more', () => {
      join('s1');
      ask();
      const heavy = desk.submit({ weight: MAX_LOAD });
      expect(ask()).to.equal('NO_ROOM');
      desk.dispatcher.cancel(heavy.task, 'not wanted any more');
      desk.clock.advance(TICK_MS);
      expect(ask()).to.equal('s1');
    });

    it('leaves the slave to clients while only slots are missing', () => {
      const slave = join('s1');
      for (let i = 0; i < 5; i++) desk.submit({ weight: 1 });
      expect(slave.got).to.have.length(4);
      expect(ask()).to.equal('s1');
    });
  });
}

describe('clients that never stop asking, beside a heavy task that waits', () => {
  it('are told the slaves that are not kept for it', () => {
    const desk = new DispatchDesk('least-load');
    const lookAside = new LookAside('least-load', { pool: desk.pool, clock: desk.clock });
    const offers = [{ name: 'compute', slots: 4 }, callsOffer(COMPUTE_CALLS)];
    for (const name of ['s1', 's2']) desk.join(name, { maxLoad: MAX_LOAD, offers });
    expect(lookAside.ask(2, '')).to.deep.equal(['s1', 's2']);
    desk.submit({ weight: MAX_LOAD });
    expect(lookAside.ask(3, '')).to.deep.equal(['s2', 's2', 's2']);
  });
});
