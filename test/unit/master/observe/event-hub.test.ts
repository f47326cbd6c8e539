// What listeners of the cluster are told, in which order, and that nothing is built for them while there are none.
import { expect } from 'chai';
import type { ClusterEvent, TaskView } from '../../../../src/master/doors/door.ts';
import { EventHub } from '../../../../src/master/observe/event-hub.ts';
import { endView } from '../../../../src/master/observe/task-view.ts';
import { Member } from '../../../../src/master/pool/member.ts';
import { EndWatchers } from '../../../../src/master/submissions/end-watchers.ts';
import { DispatchDesk } from '../../../support/dispatch-desk.ts';
import { profileOf } from '../../../support/pool-twin.ts';

/** Counts how often dispatch hands something over to be built. */
class CountingHub extends EventHub {
  built = 0;

  override onTask(...given: Parameters<EventHub['onTask']>): void {
    this.built++;
    super.onTask(...given);
  }

  override onProgress(...given: Parameters<EventHub['onProgress']>): void {
    this.built++;
    super.onProgress(...given);
  }
}

describe('event hub', () => {
  let watchers: EndWatchers<TaskView>;
  let views: number;
  let hub: CountingHub;
  let desk: DispatchDesk;
  let events: ClusterEvent[];
  const listen = (event: ClusterEvent): void => void events.push(event);

  beforeEach(() => {
    events = [];
    views = 0;
    watchers = new EndWatchers();
    hub = new CountingHub(watchers, (task, answer) => {
      views++;
      return endView(task, answer, { nowMs: () => desk.clock.nowMs(), of: (clockMs) => clockMs });
    });
    desk = new DispatchDesk('first-available', { observer: hub, queueLimit: 3 });
    desk.pool.observe({ onMember: (...change) => hub.onMember(...change) });
    desk.clock.advance(1000);
  });

  /** What happened to tasks, by name. */
  function taskEvents(): unknown[] {
    return events.filter(({ kind }) => kind !== 'slave').map(({ kind, data }) => data['event'] ?? kind);
  }

  /** A whole life. */
  function live(): void {
    const slave = desk.join('a');
    const task = desk.submit();
    slave.start(task);
    desk.dispatcher.progress(slave.member, task.task.id, 1, 0.5, 'half');
    slave.finish(task);
  }

  describe('with nobody listening', () => {
    it('builds no event of a task', () => {
      live();
      desk.submitMany(3);
      desk.dispatcher.cancel(desk.submitted[2]!.task, 'enough');
      desk.clock.advance(5000);
      expect([hub.listening, hub.built, views]).to.deep.equal([false, 0, 0]);
    });

    it('does not even look at a member', () => {
      const refuse = (): never => {
        throw new Error('looked at');
      };
      const member = new Member(new Proxy(profileOf('a', 1), { get: refuse }), 1, 0);
      hub.onMember(member, 'ready', 'gone', 'died');
      hub.subscribe(listen);
      expect(() => hub.onMember(member, 'ready', 'gone', 'died')).to.throw('looked at');
    });

    it('builds the end of no task but of one that somebody waits for', () => {
      const slave = desk.join('a', { slots: 2 });
      const [one, two] = desk.submitMany(2);
      const told: TaskView[] = [];
      watchers.add(one!.task.id, (view) => told.push(view));
      slave.finish(two!);
      expect(views).to.equal(0);
      slave.finish(one!);
      expect([views, told.map(({ id, state }) => [id, state]), hub.built]).to.deep.equal([1, [['m1-1', 'done']], 0]);
    });

    it('builds the end once for any number that wait for it', () => {
      const task = desk.submit();
      const told: TaskView[] = [];
      for (let n = 0; n < 3; n++) watchers.add(task.task.id, (view) => told.push(view));
      desk.dispatcher.cancel(task.task, 'enough');
      expect([views, told.length, new Set(told).size]).to.deep.equal([1, 3, 1]);
    });

    it('is so again when the last one has stopped', () => {
      const stop = [hub.subscribe(listen), hub.subscribe(listen)];
      desk.submit();
      expect(hub.built).to.equal(1);
      for (const each of stop) each();
      desk.submit();
      expect([hub.listening, hub.built, events.length]).to.deep.equal([false, 1, 2]);
    });
  });

  it('tells of replicas, by their group', () => {
    const change = { at: '2026-01-01T00:00:00.000Z', from: 1, to: 3, reason: '5 wait and nobody has room: 2 more' };
    hub.onAutoscale('web', change);
    const stop = hub.subscribe(listen);
    hub.onAutoscale('web', change);
    stop();
    expect(events).to.deep.equal([{ kind: 'autoscale', data: { group: 'web', ...change } }]);
  });

  describe('with somebody listening', () => {
    beforeEach(() => void hub.subscribe(listen));

    it('tells every step of a life in order, with the state after it', () => {
      live();
      const base = { id: 'm1-1', type: 'fib', priority: 'normal' };
      expect(events.filter(({ kind }) => kind !== 'slave')).to.deep.equal([
        { kind: 'task', data: { ...base, event: 'queued', state: 'queued', attempt: 0, slave: undefined } },
        { kind: 'task', data: { ...base, event: 'dispatched', state: 'running', attempt: 1, slave: 'a' } },
        { kind: 'task', data: { ...base, event: 'started', state: 'running', attempt: 1, slave: 'a' } },
        { kind: 'progress', data: { id: 'm1-1', type: 'fib', attempt: 1, slave: 'a', ratio: 0.5, message: 'half' } },
        { kind: 'task', data: { ...base, event: 'succeeded', state: 'done', attempt: 1, slave: 'a' } },
      ]);
    });

    it('tells a loss, a retry, an adoption and each kind of end', () => {
      const first = desk.join('a');
      const task = desk.submit({ retries: 1 });
      first.vanish('silent');
      const again = desk.join('b', { slots: 0 });
      desk.dispatcher.reconcile(again.member, [['m1-1', 1, true]]);
      again.finish(task, { attempt: 1, outcome: 'failed', value: 'boom' });
      desk.pool.setSlots(again.member, 'compute', 1);
      desk.rest();
      again.finish(task, { outcome: 'failed', value: 'boom' });
      expect(taskEvents()).to.deep.equal([
        ...['queued', 'dispatched', 'returned', 'adopted', 'started', 'returned', 'dispatched', 'failed'],
      ]);
      events = [];
      desk.dispatcher.cancel(desk.submit().task, 'enough');
      desk.submit({ totalMs: 10 });
      desk.clock.advance(100);
      expect(taskEvents()).to.deep.equal(['queued', 'dispatched', 'cancelled', 'queued', 'expired']);
    });

    it('tells a task that found no room after all', () => {
      desk.submitMany(4);
      desk.submitted.pop();
      expect(taskEvents()).to.deep.equal(['queued', 'queued', 'queued', 'queued', 'refused']);
    });

    it('tells no progress of a task that has ended', () => {
      const slave = desk.join('a');
      const task = desk.submit();
      desk.dispatcher.cancel(task.task, 'enough');
      desk.dispatcher.progress(slave.member, task.task.id, 1, 0.9, 'nearly');
      expect(taskEvents()).to.deep.equal(['queued', 'dispatched', 'cancelled']);
    });

    it('tells members’ changes with from, to and reason', () => {
      const { member } = desk.join('a');
      for (const event of ['silent', 'answered', 'drain-asked', 'resume-asked', 'left'] as const) {
        desk.pool.transition(member, event);
      }
      const who = { id: 'a', name: 'a', address: 'a:1' };
      expect(events).to.deep.equal(
        [
          { from: 'new', to: 'ready', reason: 'joined' },
          { from: 'ready', to: 'suspect', reason: 'silent' },
          { from: 'suspect', to: 'ready', reason: 'answered' },
          { from: 'ready', to: 'draining', reason: 'drain-asked' },
          { from: 'draining', to: 'ready', reason: 'resume-asked' },
          { from: 'ready', to: 'gone', reason: 'left' },
        ].map((change) => ({ kind: 'slave', data: { ...who, ...change } })),
      );
    });

    it('tells a member’s loss before what becomes of its tasks', () => {
      const slave = desk.join('a');
      desk.submit();
      events = [];
      slave.vanish('died');
      expect(events.map(({ kind, data }) => data['event'] ?? `${kind} ${String(data['to'])}`)).to.deep.equal([
        'slave suspect',
        'slave gone',
        'returned',
      ]);
    });
  });

  it('tells everybody, and nobody after they have stopped', () => {
    const others: ClusterEvent[] = [];
    const stop = hub.subscribe(listen);
    hub.subscribe((event) => others.push(event));
    desk.submit();
    stop();
    stop();
    desk.submit();
    expect([events.length, others.length]).to.deep.equal([1, 2]);
  });

  it('tells the same function twice when it listens twice, once when it has stopped once', () => {
    const stop = hub.subscribe(listen);
    hub.subscribe(listen);
    desk.submit();
    expect(events).to.have.length(2);
    stop();
    desk.submit();
    expect(events).to.have.length(3);
  });

  it('lets a listener stop while it is told', () => {
    const stop = hub.subscribe((event) => {
      listen(event);
      stop();
    });
    hub.subscribe(listen);
    desk.submitMany(2);
    expect(events).to.have.length(3);
  });
});
