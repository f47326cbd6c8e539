// Tasks that no member could ever take: those that a client waits for wait two seconds for one that can, then fail and say why;
// submitted ones wait on.
import { expect } from 'chai';
import { PATIENCE_MS } from '../../../../src/common/time/patience.ts';
import { DispatchDesk, idsOf, type DeskTask } from '../../../support/dispatch-desk.ts';

/** Two ticks: one to see that a head is stranded, one to see that its time is over. */
const LATE_MS = 100;

describe('stranded task', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  function codes(tasks: readonly DeskTask[]): (string | undefined)[] {
    return tasks.map(({ answers }) => answers[0]?.failure?.code);
  }

  it('waits two seconds for a first slave, then fails with NO_SLAVE', () => {
    expect(PATIENCE_MS).to.equal(2000);
    const task = desk.submit();
    desk.clock.advance(1999);
    expect(task.answers).to.be.empty;
    desk.clock.advance(1 + LATE_MS);
    expect(codes([task])).to.deep.equal(['NO_SLAVE']);
    expect(task.answers[0]?.failure?.message).to.include('./slave');
    expect(desk.queue.length).to.equal(0);
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

  it('holds up nobody: no member is set aside for it', () => {
    const slave = desk.join('a', { slots: 1, maxLoad: 800 });
    desk.submit({ weight: 900 });
    const light = desk.submit();
    expect(slave.ids).to.deep.equal(idsOf([light]));
  });

  it('waits on when it was submitted, and runs when one comes', () => {
    const task = desk.submit({ patienceMs: Infinity });
    desk.clock.advance(60_000);
    expect(desk.join('a').ids).to.deep.equal(idsOf([task]));
  });

  it('is found wherever it stands when the last slave that could take it goes', () => {
    const [big, small] = [desk.join('big', { maxLoad: 1000 }), desk.join('small', { maxLoad: 10, slots: 1 })];
    const running = desk.submitMany(2);
    const [light, heavy] = [desk.submit({ priority: 'high' }), desk.submit({ weight: 900, priority: 'low' })];
    big.finish(running[0]!);
    big.vanish('died');
    small.vanish('died');
    desk.join('b', { maxLoad: 10, slots: 0 });
    desk.clock.advance(2000 + LATE_MS);
    expect(codes([light, heavy])).to.deep.equal([undefined, 'TOO_HEAVY']);
  });

  it('is taken by a bigger slave that joins in time', () => {
    desk.join('a', { maxLoad: 800 });
    const task = desk.submit({ weight: 900 });
    desk.clock.advance(1900);
    expect(desk.join('b', { maxLoad: 900 }).ids).to.deep.equal(idsOf([task]));
  });

  it('is none while a slave that could take it is only full or suspect', () => {
    const slave = desk.join('a', { maxLoad: 1000 });
    desk.submit({ weight: 1000 });
    const waiting = desk.submit({ weight: 1000 });
    desk.clock.advance(10_000);
    desk.pool.transition(slave.member, 'silent');
    desk.clock.advance(10_000);
    expect(codes([waiting])).to.deep.equal([undefined]);
  });

  it('is one when all slaves are draining: two seconds, then it says so', () => {
    const slave = desk.join('a', { slots: 9 });
    desk.pool.transition(slave.member, 'drain-asked');
    const task = desk.submit();
    desk.clock.advance(1900);
    expect(codes([task])).to.deep.equal([undefined]);
    desk.clock.advance(100 + LATE_MS);
    expect(codes([task])).to.deep.equal(['NO_SLAVE']);
    expect(task.answers[0]?.failure?.message).to.match(/all slaves are draining.*resume/);
    desk.pool.transition(slave.member, 'resume-asked');
    expect(desk.submit().task.state).to.equal('running');
  });

  it('says why when its own time is over before that: more of it would not help', () => {
    const [total, wait] = [desk.submit({ totalMs: 500 }), desk.submit({ waitMs: 500 })];
    desk.clock.advance(500 + LATE_MS);
    expect(codes([total, wait])).to.deep.equal(['DEADLINE_PASSED', 'DEADLINE_PASSED']);
    for (const { answers } of [total, wait])
      expect(answers[0]?.failure?.message).to.match(
        /^the deadline passed after 5\d\d ms: no slave is connected; start one/,
      );
    const slave = desk.join('a');
    const running = desk.submit({ totalMs: 500 });
    slave.start(running);
    desk.pool.transition(slave.member, 'drain-asked');
    desk.clock.advance(500 + LATE_MS);
    expect(running.answers[0]?.failure?.message).to.include('allow more with timeout=');
  });

  it('is seen in each group by itself', () => {
    desk.join('a', { slots: 0 });
    const full = desk.submit();
    const stranded = desk.submit({ group: 'extra' });
    desk.clock.advance(2000 + LATE_MS);
    expect(codes([full, stranded])).to.deep.equal([undefined, 'NO_SLAVE']);
  });
});
