// What was sent ahead and waits at a busy slave is called back when it would start sooner elsewhere, or when more urgent work waits.
import { expect } from 'chai';
import { DispatchDesk, idsOf, type DeskSlave } from '../../../support/dispatch-desk.ts';

/** Well past the time after which a task that has not begun is taken to wait behind something long. */
const LATER_MS = 150;

describe('work that was sent ahead', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk('first-available')));
  afterEach(() => desk.check());

  /** Gives back what it was asked for, as a slave does with what has not begun. */
  function giveBack(slave: DeskSlave): void {
    for (const [id] of slave.recalled.splice(0)) slave.refuse(desk.submitted.find(({ task }) => task.id === id)!);
  }

  it('is called back from behind a long task when a thread idles elsewhere, and starts there', () => {
    const busy = desk.join('busy', { slots: 2 });
    const [long, short] = desk.submitMany(2);
    busy.start(long!);
    const idle = desk.join('idle', { slots: 2 });
    desk.clock.advance(LATER_MS);
    expect(busy.recalled.map(([id]) => id)).to.deep.equal([short!.task.id]);
    giveBack(busy);
    expect(idle.ids, 'though the other is first').to.deep.equal(idsOf([short!]));
    desk.clock.advance(1000);
    expect([busy.recalled, idle.recalled], 'both threads are busy now').to.deep.equal([[], []]);
  });

  it('stays while no thread idles elsewhere, or none that takes work', () => {
    const busy = desk.join('busy', { slots: 2 });
    busy.start(desk.submitMany(2)[0]!);
    const other = desk.join('other', { slots: 1 });
    desk.pool.transition(other.member, 'drain-asked');
    desk.clock.advance(1000);
    expect(busy.recalled).to.be.empty;
  });

  it('stays for a moment: short tasks come to their turn by themselves', () => {
    const busy = desk.join('busy', { slots: 2 });
    desk.submitMany(2);
    desk.join('idle', { slots: 2 });
    desk.clock.advance(50);
    expect(busy.recalled).to.be.empty;
  });

  it('is called back for more urgent work, which goes first then', () => {
    const slave = desk.join('a', { slots: 2 });
    const [long, low] = [desk.submit({ priority: 'low' }), desk.submit({ priority: 'low' })];
    slave.start(long);
    const high = desk.submit({ priority: 'high' });
    desk.clock.advance(LATER_MS);
    giveBack(slave);
    expect(slave.ids).to.deep.equal(idsOf([long, low, high]));
    expect([low.task.state, high.task.state]).to.deep.equal(['queued', 'running']);
    slave.finish(long);
    expect(low.task.state).to.equal('running');
  });

  it('is not called back for work as urgent as itself', () => {
    const slave = desk.join('a', { slots: 2 });
    slave.start(desk.submitMany(3)[0]!);
    desk.clock.advance(1000);
    expect(slave.recalled).to.be.empty;
  });

  it('is left alone once it was sent too often', () => {
    const busy = desk.join('busy', { slots: 2 });
    const [long, short] = desk.submitMany(2);
    busy.start(long!);
    desk.join('idle', { slots: 2, maxLoad: 0.5 }); // has threads, and takes nothing
    for (let round = 0; round < 20; round++) {
      desk.clock.advance(LATER_MS);
      giveBack(busy);
    }
    expect(short!.task.attempts).to.equal(8);
  });
});
