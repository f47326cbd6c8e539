// Tasks that no member could ever take wait two seconds for one that can, then fail and say why.
import { expect } from 'chai';
import { STRANDED_MS_MAX } from '../../../../src/master/dispatch/stranded.ts';
import { DispatchDesk, idsOf, type DeskTask } from '../../../support/dispatch-desk.ts';

/** Two ticks: one to see that a head is stranded, one to see that its time is over. */
const LATE_MS = 100;

describe('stranded head of a queue', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  function codes(tasks: readonly DeskTask[]): (string | undefined)[] {
    return tasks.map(({ answers }) => answers[0]?.failure?.code);
  }

  it('waits two seconds for a first slave, then fails with NO_SLAVE', () => {
    expect(STRANDED_MS_MAX).to.equal(2000);
    const task = desk.submit();
    desk.clock.advance(1999);
    expect(task.answers).to.be.empty;
    desk.clock.advance(1 + LATE_MS);
    expect(codes([task])).to.deep.equal(['NO_SLAVE']);
    expect(task.answers[0]?.failure?.message).to.include('./slave');
    expect(desk.dispatcher.queue('compute').length).to.equal(0);
  });

  it('is taken by a slave that joins in time, with all behind it', () => {
    const tasks = desk.submitMany(3);
    desk.clock.advance(1900);
    expect(desk.join('a', { slots: 3 }).ids).to.deep.equal(idsOf(tasks));
    desk.clock.advance(5000);
    expect(codes(tasks)).to.deep.equal([undefined, undefined, undefined]);
  });

  it('fails together with all that have waited as long, and not with those that came later', () => {
    const early = desk.submitMany(3);
    desk.clock.advance(1500);
    const late = desk.submit();
    desk.clock.advance(500 + LATE_MS);
    expect(codes([...early, late])).to.deep.equal(['NO_SLAVE', 'NO_SLAVE', 'NO_SLAVE', undefined]);
    desk.clock.advance(1500);
    expect(codes([late])).to.deep.equal(['NO_SLAVE']);
  });

  it('gets two seconds anew when the last slave went away while it was queued or running', () => {
    const slave = desk.join('a');
    const [running, waiting] = [desk.submit(), desk.submit()];
    desk.clock.advance(10_000);
    slave.vanish('died');
    desk.clock.advance(1950);
    expect(codes([running, waiting])).to.deep.equal([undefined, undefined]);
    desk.clock.advance(LATE_MS + 50);
    expect(codes([running, waiting])).to.deep.equal(['NO_SLAVE', 'NO_SLAVE']);
  });

  it('gets two seconds anew after a slave was there in between', () => {
    const task = desk.submit();
    desk.clock.advance(1500);
    const slave = desk.join('a', { slots: 0 });
    desk.clock.advance(1000);
    slave.vanish('died');
    desk.clock.advance(1900);
    expect(codes([task])).to.deep.equal([undefined]);
    desk.clock.advance(200);
    expect(codes([task])).to.deep.equal(['NO_SLAVE']);
  });

  it('fails with TOO_HEAVY and both numbers when every slave is too small', () => {
    desk.join('a', { maxLoad: 700 });
    desk.join('b', { maxLoad: 800 });
    const task = desk.submit({ weight: 900 });
    desk.clock.advance(2000 + LATE_MS);
    expect(codes([task])).to.deep.equal(['TOO_HEAVY']);
    expect(task.answers[0]?.failure?.message).to.match(/\b900\b.*\b800\b/);
  });

  it('lets those behind it go when it fails as too heavy', () => {
    const slave = desk.join('a', { slots: 9, maxLoad: 800 });
    desk.submit({ weight: 900 });
    const light = desk.submitMany(2);
    desk.clock.advance(1900);
    expect(slave.got).to.be.empty;
    desk.clock.advance(100 + LATE_MS);
    expect(slave.ids).to.deep.equal(idsOf(light));
  });

  it('is taken by a bigger slave that joins in time', () => {
    desk.join('a', { maxLoad: 800 });
    const task = desk.submit({ weight: 900 });
    desk.clock.advance(1900);
    expect(desk.join('b', { maxLoad: 900 }).ids).to.deep.equal(idsOf([task]));
  });

  it('is none while a slave that could take it is only full, suspect or draining', () => {
    const slave = desk.join('a', { maxLoad: 1000 });
    desk.submit({ weight: 1000 });
    const waiting = desk.submit({ weight: 1000 });
    desk.clock.advance(10_000);
    desk.pool.transition(slave.member, 'silent');
    desk.clock.advance(10_000);
    desk.pool.transition(slave.member, 'drain-asked');
    desk.clock.advance(10_000);
    expect(codes([waiting])).to.deep.equal([undefined]);
  });

  it('is seen in each group by itself', () => {
    desk.join('a', { slots: 0 });
    const full = desk.submit();
    const stranded = desk.submit({ group: 'extra' });
    desk.clock.advance(2000 + LATE_MS);
    expect(codes([full, stranded])).to.deep.equal([undefined, 'NO_SLAVE']);
  });
});
