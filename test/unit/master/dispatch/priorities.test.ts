// Three priorities: strictly in that order, first in first out within each, and nothing that comes back loses its turn.
import { expect } from 'chai';
import type { Priority } from '../../../../src/common/task-types/priority.ts';
import { DispatchDesk, idsOf, type DeskSlave, type DeskTask } from '../../../support/dispatch-desk.ts';

describe('priorities', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk()));
  afterEach(() => desk.check());

  function submit(...priorities: Priority[]): DeskTask[] {
    return priorities.map((priority) => desk.submit({ priority }));
  }

  /** The order in which one slave of one slot gets all that waits. */
  function orderAt(slave: DeskSlave): string[] {
    for (let n = 0; n < desk.submitted.length; n++) {
      const last = desk.submitted.find(({ task }) => task.id === slave.ids.at(-1));
      if (last?.task.state === 'running') slave.finish(last);
    }
    return slave.ids;
  }

  it('go before all else, and within one the first come goes first', () => {
    const [low1, normal1, high1, normal2, high2, low2] = submit('low', 'normal', 'high', 'normal', 'high', 'low');
    const expected = [high1, high2, normal1, normal2, low1, low2];
    expect(orderAt(desk.join('a'))).to.deep.equal(idsOf(expected as DeskTask[]));
  });

  it('are strict: low work waits as long as more urgent work comes', () => {
    const slave = desk.join('a');
    const [, low] = submit('normal', 'low');
    for (let n = 0; n < 20; n++) {
      const [next] = submit('normal');
      slave.finish(desk.submitted.find(({ task }) => task.id === slave.ids.at(-1))!);
      expect(slave.ids.at(-1)).to.equal(next!.task.id);
    }
    expect(low!.task.state).to.equal('queued');
  });

  it('do not take a slave away from what runs already', () => {
    const slave = desk.join('a');
    const [low] = submit('low', 'high');
    expect(slave.ids).to.deep.equal(idsOf([low!]));
    expect([slave.cancelled, slave.recalled]).to.deep.equal([[], []]);
  });

  it('keep a task’s turn when it comes back: before later ones of its own, behind more urgent ones', () => {
    const first = desk.join('a', { slots: 2 });
    const [normal1, low1] = submit('normal', 'low');
    const [low2, normal2, high] = submit('low', 'normal', 'high');
    first.vanish('returned');
    const expected = [high, normal1, normal2, low1, low2];
    expect(desk.queue.inOrder().map(({ id }) => id)).to.deep.equal(idsOf(expected as DeskTask[]));
    expect(orderAt(desk.join('b'))).to.deep.equal(idsOf(expected as DeskTask[]));
  });

  it('hold among tasks that rested: the most urgent that is awake goes first', () => {
    const first = desk.join('a', { slots: 2 });
    const [high, normal] = submit('high', 'normal');
    const [low] = submit('low');
    first.vanish('died');
    const second = desk.join('b');
    expect(second.ids, 'while the others rest').to.deep.equal(idsOf([low!]));
    desk.rest();
    expect(orderAt(second)).to.deep.equal(idsOf([low!, high!, normal!]));
  });

  it('choose the head: a heavy urgent task is the one that a member is set aside for', () => {
    const slave = desk.join('a', { slots: 5, maxLoad: 100 });
    const running = desk.submit({ weight: 60 });
    const [low] = submit('low');
    expect(slave.ids).to.deep.equal(idsOf([running, low!]));
    const heavy = desk.submit({ weight: 90, priority: 'high' });
    const [after] = submit('low');
    expect(slave.ids, 'nothing passes on the only member').to.have.length(2);
    slave.finish(running);
    slave.finish(low!);
    expect(slave.ids.slice(2)).to.deep.equal(idsOf([heavy, after!]));
  });

  it('do not let an urgent task into a queue that is full', () => {
    desk = new DispatchDesk('first-available', { queueLimit: 1 });
    const [waiting] = submit('low');
    const { task } = desk.submit({ priority: 'high' });
    desk.submitted.pop();
    expect([desk.queue.length, desk.queue.first()?.id]).to.deep.equal([1, waiting!.task.id]);
    expect(desk.dispatcher.lives.find(task.id)).to.be.undefined;
  });
});
