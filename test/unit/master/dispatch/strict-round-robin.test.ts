// What a user of `./master strict-round-robin` sees: each slave gets its turn, and tasks wait for the next in turn while it is full.
import { expect } from 'chai';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';

describe('strict-round-robin', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk('strict-round-robin')));
  afterEach(() => desk.check());

  it('sends tasks in turn, and lets them wait for the next slave while others idle', () => {
    const [first, second] = [desk.join('a', { slots: 1 }), desk.join('b', { slots: 9 })];
    const tasks = desk.submitMany(5);
    expect([first.ids, second.ids]).to.deep.equal([idsOf([tasks[0]!]), idsOf([tasks[1]!])]);
    second.finish(tasks[1]!);
    expect(second.ids, 'it is not its turn').to.have.length(1);
    first.finish(tasks[0]!);
    expect([first.ids.slice(1), second.ids.slice(1)]).to.deep.equal([idsOf([tasks[2]!]), idsOf([tasks[3]!])]);
  });

  it('goes on with the next at once when the one whose turn it is has no slots, is silent, offers nothing or is gone', () => {
    const slaves = ['a', 'b', 'c', 'd', 'e'].map((name) => desk.join(name, { slots: 1 }));
    const tasks = desk.submitMany(9);
    const queued = (): number => tasks.filter(({ task }) => task.state === 'queued').length;
    const [a, b, c, d, e] = slaves;
    e!.finish(tasks[4]!);
    expect(queued(), 'four wait for a').to.equal(4);
    desk.pool.setSlots(a!.member, 'compute', 0);
    expect(queued(), 'b is next, and full').to.equal(4);
    desk.pool.transition(b!.member, 'silent');
    desk.pool.setOffers(c!.member, []);
    expect(queued()).to.equal(4);
    d!.vanish('died');
    expect(e!.ids, 'whose turn it is').to.have.length(2);
  });
});
