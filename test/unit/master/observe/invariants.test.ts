// A checker that cannot fail is worth nothing: each of its sentences is provoked here by corrupting the state by hand.
import { UNLIMITED } from '../../../../src/master/tasks/task-limits.ts';
import { expect } from 'chai';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { Attempt } from '../../../../src/master/dispatch/attempts.ts';
import { invariantsView } from '../../../../src/master/observe/invariants-view.ts';
import { violations } from '../../../../src/master/observe/invariants.ts';
import type { Place } from '../../../../src/master/pool/member.ts';
import { DispatchDesk, type DeskSlave, type DeskTask } from '../../../support/dispatch-desk.ts';
import { newTask } from '../../../support/new-task.ts';
import { fib, SubmissionDesk } from '../../../support/submission-desk.ts';

describe('invariants', () => {
  let desk: DispatchDesk;
  let slave: DeskSlave;
  let running: DeskTask;
  let waiting: DeskTask;

  /** One slave with one slot and two tasks of weight 5: one runs, one waits. */
  beforeEach(() => {
    desk = new DispatchDesk('first-available', { typeLimits: new Map([['fib', 9]]) });
    slave = desk.join('a');
    [running, waiting] = [desk.submit({ weight: 5 }), desk.submit({ weight: 5 })];
    expect(found(), 'before anything is corrupted').to.deep.equal([]);
  });

  function found(nowMs = desk.clock.nowMs()): string[] {
    return violations(desk.pool, desk.dispatcher, nowMs);
  }

  function place(): Place {
    return slave.member.places.get('compute')!;
  }

  function attempt(): Attempt {
    return desk.dispatcher.attempts.ofTask(running.task.id)!;
  }

  it('find a weight in flight that is not the sum of the open leases', () => {
    slave.member.leasedWeight += 1;
    expect(found()).to.deep.equal(['a: open leases weigh 5, its weight in flight is 6']);
  });

  it('forgive what sums of fractions drift', () => {
    slave.member.leasedWeight += 1e-9;
    expect(found()).to.deep.equal([]);
  });

  it('find a member that counts leases which nobody holds', () => {
    slave.member.leases++;
    expect(found()).to.deep.equal(['a: 1 leases are open, it counts 2']);
  });

  it('find a group that counts leases which nobody holds', () => {
    place().leases++;
    expect(found()).to.deep.equal(['a/compute: 1 leases are open, it counts 2']);
  });

  it('find a task that waits for one member, as the algorithm wants, although it fits there', () => {
    desk.pool.setAlgorithm(findAlgorithm('pick-first')!);
    expect(found()).to.deep.equal([]);
    place().leases = 0;
    expect(found()).to.include('m1-2: waits, but fits a, the one that it waits for');
  });

  it('find an attempt whose lease is settled', () => {
    attempt().lease.outcome = 'ok';
    expect(found()).to.deep.equal(['m1-1, attempt 1: out with a lease that is settled (ok)']);
  });

  it('find an attempt at a slave that is gone', () => {
    desk.pool.transition(slave.member, 'died');
    expect(found()).to.deep.equal(['m1-1, attempt 1: out at a slave that is gone']);
  });

  it('find an attempt at a slave that is gone although one of its id is back', () => {
    desk.pool.transition(slave.member, 'died');
    desk.join('a', { slots: 0 });
    expect(found()).to.deep.equal(['m1-1, attempt 1: out at a slave that is gone']);
  });

  it('find an attempt that is out while its task waits', () => {
    running.task.state = 'queued';
    expect(found())
      .to.include('m1-1, attempt 1: out while its task waits')
      .and.to.include('m1-1: queued, but in no queue');
  });

  it('find an attempt that is not the last of its task', () => {
    running.task.attempts++;
    expect(found()).to.deep.equal(['m1-1, attempt 1: not the last of its task']);
  });

  it('find an attempt of a task that is not known', () => {
    const stranger = Object.assign(newTask({ id: 'x' }), { state: 'running', attempts: 1 });
    desk.dispatcher.attempts.add(new Attempt(stranger, 1, attempt().lease));
    expect(found()).to.include('x, attempt 1: of a task that is not known');
  });

  it('find a task that is queued but in no queue', () => {
    desk.queue.remove(waiting.task);
    expect(found()).to.deep.equal(['m1-2: queued, but in no queue']);
  });

  it('find a task that runs but is in its queue, and has no attempt', () => {
    waiting.task.state = 'running';
    expect(found()).to.deep.equal([
      'm1-2: running, but in its queue',
      'm1-2: running, but no attempt of it is out',
      'm1-2: in the queue of compute, but running',
    ]);
  });

  it('find a task that runs and has no attempt', () => {
    desk.dispatcher.attempts.remove(attempt());
    expect(found()).to.include('m1-1: running, but no attempt of it is out');
  });

  it('find a task that has ended but is not forgotten', () => {
    running.task.state = 'done';
    expect(found()).to.deep.equal(['m1-1: done, but not forgotten']);
  });

  it('find what outlives its limit, and allow for the tick', () => {
    desk.submit({ totalMs: 1000 });
    expect(found(1070)).to.deep.equal([]);
    expect(found(1100)).to.deep.equal(['m1-3: queued, but its limit passed 100 ms ago']);
  });

  it('find what outlives each of its other limits', () => {
    slave.start(running);
    desk.clock.advance(10);
    Object.assign(running.task, { limits: { ...UNLIMITED, runMs: 100 }, startedAtMs: 10 });
    Object.assign(waiting.task, { limits: { ...UNLIMITED, waitMs: 120 } });
    expect(found(300)).to.deep.equal([
      'm1-1: running, but its limit passed 190 ms ago',
      'm1-2: queued, but its limit passed 180 ms ago',
    ]);
  });

  it('find a task that rests for ever', () => {
    slave.vanish('died');
    expect(found(running.task.restUntilMs + 1000)).to.deep.equal(['m1-1: queued, but its limit passed 1000 ms ago']);
  });

  it('find a queue that counts wrong', () => {
    desk.queue.restore(waiting.task);
    desk.queue.remove(waiting.task);
    desk.queue.remove(newTaskIn());
    expect(found()).to.include('queue of compute: 1 tasks wait, it counts 0');
  });

  /** A task that the queue never took in, but believes it did. */
  function newTaskIn(): DeskTask['task'] {
    const task = newTask({ id: 'x' });
    task.queueSlot = 99;
    return task;
  }

  it('find a limit on a type that counts wrong', () => {
    desk.queue.countOut('fib', 1);
    expect(found()).to.deep.equal(['fib: 1 are out, its limit counts 2']);
  });

  it('find a task that waits although it fits', () => {
    place().slots++;
    expect(found()).to.deep.equal(['m1-2: waits, but fits a']);
  });

  it('find a light task that waits behind a heavy head although it fits elsewhere', () => {
    const other = desk.join('b', { maxLoad: 6, slots: 0 });
    desk.submit({ weight: 100 });
    other.member.places.get('compute')!.slots = 1;
    expect(found()).to.deep.equal(['m1-2: waits, but fits b']);
  });

  it('find a head that waits although it fits the member that is set aside for it', () => {
    desk = new DispatchDesk();
    slave = desk.join('a', { slots: 2, maxLoad: 100 });
    running = desk.submit({ weight: 60 });
    desk.submit({ weight: 50 });
    expect([desk.pool.group('compute').aside?.member.profile.name, found()]).to.deep.equal(['a', []]);
    slave.member.leasedWeight = 0;
    expect(found()).to.include('m1-2: the head waits, but fits a, which is set aside for it');
  });

  it('allow what fits only the member that is set aside to wait', () => {
    desk = new DispatchDesk();
    desk.join('a', { slots: 2, maxLoad: 100 });
    desk.submit({ weight: 60 });
    desk.submit({ weight: 50 });
    desk.submit({ weight: 1 });
    expect(found()).to.deep.equal([]);
  });
});

describe('view of the invariants', () => {
  let desk: SubmissionDesk;

  beforeEach(() => (desk = new SubmissionDesk()));

  function view() {
    const { pool, dispatcher, clock } = desk.desk;
    return invariantsView({ pool, dispatcher, submissions: desk.submissions }, clock.nowMs());
  }

  it('is well while nothing is violated, and says how much was looked at', async () => {
    const slave = desk.desk.join('a');
    const limited = fib(1, { timeoutMs: 1000 });
    await desk.accept([fib(1), limited, limited], { idempotencyKey: 'k' });
    desk.tasks.submit(fib(1), () => undefined);
    desk.finish(slave, 'm1-1');
    const { ok, violations: none, checked } = view();
    expect([ok, none]).to.deep.equal([true, []]);
    expect(checked).to.include({ slaves: 1, tasks: 3, queued: 2, attempts: 1, submitted: 3, idempotencyKeys: 1 });
    expect(checked).to.include({ tasksWithLimit: 2 });
  });

  it('counts what keeps the process alive, by kind', () => {
    const before = view().checked['resource_Timeout'] ?? 0;
    const timer = setTimeout(() => undefined, 60_000);
    const { checked } = view();
    clearTimeout(timer);
    expect(checked['resource_Timeout']).to.equal(before + 1);
  });

  it('finds a submitted task that is neither live nor ended', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.desk.dispatcher.lives.undo(desk.live(id).task);
    expect(view()).to.deep.include({
      ok: false,
      violations: [`${id}: submitted, but neither waiting nor running nor ended`],
    });
  });

  it('finds a submitted task that has ended but is not forgotten', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    const times = { startedAtMs: undefined, endedAtMs: 0, queuedMs: 0, runMs: 0 };
    desk.journal.end(id, { state: 'done', slave: undefined, attempts: 1, ...times });
    expect(view().violations).to.deep.equal([`${id}: done, but not forgotten`]);
  });

  it('shows a hundred at most', () => {
    desk.desk.submitMany(150);
    for (const { task } of desk.desk.submitted) task.state = 'done';
    expect(view().violations).to.have.length(100);
  });
});
