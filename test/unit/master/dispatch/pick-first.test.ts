// What a user of `./master pick-first` sees: all tasks go to the first slave, wait while it is full, and go to the next when it is gone.
import { expect } from 'chai';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { DispatchDesk, idsOf, type DeskSlave, type DeskTask } from '../../../support/dispatch-desk.ts';

/** Past the time after which what has not begun may be called back. */
const LATER_MS = 150;

describe('pick-first', () => {
  let desk: DispatchDesk;

  beforeEach(() => (desk = new DispatchDesk('pick-first')));
  afterEach(() => desk.check());

  const states = (tasks: readonly DeskTask[]): string[] => tasks.map(({ task }) => task.state);
  const waitingIds = (): string[] => desk.queue.inOrder().map(({ id }) => id);

  it('sends every task to the first slave and lets them wait in turn while it is full', () => {
    const [first, second] = [desk.join('a', { slots: 2 }), desk.join('b', { slots: 2 })];
    const tasks = desk.submitMany(5);
    expect([first.ids, second.ids, waitingIds()]).to.deep.equal([idsOf(tasks.slice(0, 2)), [], idsOf(tasks.slice(2))]);
    for (const task of tasks) first.finish(task);
    expect(first.ids).to.deep.equal(idsOf(tasks));
    expect(second.ids).to.be.empty;
  });

  it('goes to the second, which is the first now, with all that was out and all that waits, when the first dies', () => {
    const [first, second] = [desk.join('a', { slots: 2 }), desk.join('b', { slots: 2 }), desk.join('c')];
    const tasks = desk.submitMany(4);
    first.start(tasks[0]!);
    first.vanish('died');
    expect(second.ids, 'what waited goes first: what was lost rests').to.deep.equal(idsOf(tasks.slice(2)));
    desk.rest();
    second.finish(tasks[2]!);
    second.finish(tasks[3]!);
    expect(second.ids.slice(2)).to.deep.equal(idsOf(tasks.slice(0, 2)));
    expect(states(tasks)).to.deep.equal(['running', 'running', 'done', 'done']);
  });

  it('goes to the second while the first is silent, and back to it when it answers', () => {
    const [first, second] = [desk.join('a', { slots: 1 }), desk.join('b', { slots: 1 })];
    const [held, waiting] = desk.submitMany(2);
    desk.pool.transition(first.member, 'silent');
    expect(second.ids).to.deep.equal(idsOf([waiting!]));
    desk.dispatcher.reconcile(first.member, []);
    desk.pool.transition(first.member, 'answered');
    desk.rest();
    expect(first.ids).to.deep.equal([held!.task.id, held!.task.id]);
    const next = desk.submit();
    second.finish(waiting!);
    expect([next.task.state, second.ids.length], 'the second is idle').to.deep.equal(['queued', 1]);
  });

  it('gives a task to the first again where it failed: no slave is avoided', () => {
    const [first, second] = [desk.join('a', { slots: 1 }), desk.join('b', { slots: 1 })];
    const task = desk.submit({ retries: 1 });
    first.finish(task, { outcome: 'failed', value: 'thrown' });
    expect(task.task.avoid).to.equal(first.member);
    desk.rest();
    expect([first.ids.length, second.ids.length]).to.deep.equal([2, 0]);
  });

  it('lets nothing pass the head, sets no slave aside, and sends in turn when there is room', () => {
    const [first, second] = [desk.join('a', { slots: 9, maxLoad: 100 }), desk.join('b', { slots: 9, maxLoad: 100 })];
    const heavy = desk.submit({ weight: 60 });
    const [head, light] = [desk.submit({ weight: 50 }), desk.submit({ weight: 1 })];
    desk.clock.advance(LATER_MS);
    expect([desk.pool.group('compute').aside, ...states([head, light])]).to.deep.equal([undefined, 'queued', 'queued']);
    first.finish(heavy);
    expect(first.ids).to.deep.equal(idsOf([heavy, head, light]));
    expect(second.ids).to.be.empty;
  });

  it('lets an urgent task go before the head', () => {
    const first = desk.join('a', { slots: 1 });
    const [running, head] = desk.submitMany(2);
    const urgent = desk.submit({ priority: 'high' });
    first.finish(running!);
    expect(first.ids).to.deep.equal(idsOf([running!, urgent]));
    expect(head!.task.state).to.equal('queued');
  });

  it('lets a task that is heavier than the max load of the first wait for the first that could take it', () => {
    const [small, large] = [
      desk.join('small', { slots: 9, maxLoad: 10 }),
      desk.join('large', { slots: 9, maxLoad: 100 }),
    ];
    const [one, two, light] = [desk.submit({ weight: 90 }), desk.submit({ weight: 50 }), desk.submit({ weight: 5 })];
    expect(states([one, two, light]), 'in turn, though the first is idle').to.deep.equal([
      'running',
      'queued',
      'queued',
    ]);
    large.finish(one);
    expect([large.ids, small.ids]).to.deep.equal([idsOf([one, two]), idsOf([light])]);
  });

  it('lets nobody wait behind a task that no slave could ever take; a client that waits for it is told so', () => {
    const first = desk.join('a', { slots: 9, maxLoad: 10 });
    const [awaited, submitted] = [desk.submit({ weight: 11 }), desk.submit({ weight: 11, patienceMs: Infinity })];
    const light = desk.submit({ weight: 1 });
    expect(first.ids).to.deep.equal(idsOf([light]));
    desk.clock.advance(2100);
    expect(awaited.answers[0]?.failure?.code).to.equal('TOO_HEAVY');
    const large = desk.join('b', { slots: 9, maxLoad: 20 });
    expect([submitted.task.state, large.ids]).to.deep.equal(['running', idsOf([submitted])]);
  });

  it('goes on with the next when the first has no slots any more', () => {
    const [first, second] = [desk.join('a', { slots: 1 }), desk.join('b', { slots: 1 })];
    const [, waiting] = desk.submitMany(2);
    desk.pool.setSlots(first.member, 'compute', 0);
    expect(second.ids).to.deep.equal(idsOf([waiting!]));
  });

  describe('with work that was sent ahead', () => {
    function giveBack(slave: DeskSlave): void {
      for (const [id] of slave.recalled.splice(0)) slave.refuse(desk.submitted.find(({ task }) => task.id === id)!);
    }

    it('calls none back for a thread that idles elsewhere: it would wait for the same slave', () => {
      const busy = desk.join('busy', { slots: 2 });
      busy.start(desk.submitMany(2)[0]!);
      desk.join('idle', { slots: 2 });
      desk.clock.advance(1000);
      expect(busy.recalled).to.be.empty;
    });

    it('calls back for more urgent work where that waits, and nowhere else', () => {
      const [first, second] = [desk.join('a', { slots: 2 }), desk.join('b', { slots: 2 })];
      desk.pool.transition(first.member, 'silent');
      const there = [desk.submit({ priority: 'low' }), desk.submit({ priority: 'low' })];
      desk.pool.transition(first.member, 'answered');
      desk.submit({ priority: 'high', weight: 1e12, patienceMs: Infinity }); // nobody could take it
      const here = [desk.submit({ priority: 'low' }), desk.submit({ priority: 'low' })];
      first.start(here[0]!);
      second.start(there[0]!);
      const urgent = desk.submit();
      desk.clock.advance(LATER_MS);
      expect([first.recalled.map(([id]) => id), second.recalled]).to.deep.equal([idsOf([here[1]!]), []]);
      giveBack(first);
      expect(first.ids.at(-1)).to.equal(urgent.task.id);
    });
  });

  it('gives way to another algorithm at once, and takes over from one, with tasks that wait', () => {
    const [first, second] = [desk.join('a', { slots: 2, maxLoad: 100 }), desk.join('b', { slots: 2, maxLoad: 100 })];
    const tasks = desk.submitMany(4, { weight: 60 });
    desk.pool.setAlgorithm(findAlgorithm('first-available')!);
    expect(second.ids).to.deep.equal(idsOf([tasks[1]!]));
    desk.check();
    expect(desk.pool.group('compute').aside).to.not.be.undefined;
    desk.pool.setAlgorithm(findAlgorithm('pick-first')!);
    expect(desk.pool.group('compute').aside).to.be.undefined;
    second.finish(tasks[1]!);
    first.finish(tasks[0]!);
    expect([first.ids, second.ids]).to.deep.equal([idsOf([tasks[0]!, tasks[2]!]), idsOf([tasks[1]!])]);
  });
});
