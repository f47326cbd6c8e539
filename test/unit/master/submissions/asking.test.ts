// What doors are told of one task at each point of its life, and cancelling it by id.
import { expect } from 'chai';
import { fib, SubmissionDesk } from '../../../support/submission-desk.ts';
import { MASTER_ID, type DeskSlave } from '../../../support/dispatch-desk.ts';

describe('a task that is asked for', () => {
  let desk: SubmissionDesk;
  let id: string;

  beforeEach(async () => {
    desk = new SubmissionDesk();
    desk.desk.clock.advance(1000);
    [id = ''] = await desk.accept([fib(30, { priority: 'low' })]);
    desk.desk.clock.advance(250);
  });
  afterEach(() => desk.check());

  const QUEUED = {
    type: 'fib',
    params: { n: 30 },
    state: 'queued',
    priority: 'low',
    weight: 30,
    slave: undefined,
    attempts: 0,
    progress: 0,
    message: '',
    queuedAt: '2026-01-01T00:00:01.000Z',
    startedAt: undefined,
    endedAt: undefined,
    queuedMs: 250,
    runMs: 0,
  };

  /** Has it dispatched and started, 100 ms later each. */
  function start(): DeskSlave {
    desk.desk.clock.advance(100);
    const slave = desk.desk.join('a');
    desk.desk.clock.advance(100);
    slave.start(desk.live(id));
    return slave;
  }

  it('is queued while it waits, for as long as it has waited', () => {
    expect(desk.tasks.task(id)).to.deep.equal({ ...QUEUED, id });
  });

  it('is running once it was sent, and has started once the slave said so', () => {
    desk.desk.clock.advance(100);
    const slave = desk.desk.join('a');
    desk.desk.clock.advance(100);
    const running = { ...QUEUED, id, state: 'running', slave: 'a', attempts: 1, queuedMs: 450 };
    expect(desk.tasks.task(id)).to.deep.equal(running);
    slave.start(desk.live(id));
    expect(desk.tasks.task(id)).to.deep.equal({ ...running, startedAt: '2026-01-01T00:00:01.450Z' });
  });

  it('tells how far it is while it runs', () => {
    const { member } = start();
    desk.desk.dispatcher.progress(member, id, 1, 0.25, 'a quarter');
    expect(desk.tasks.task(id)).to.include({ progress: 0.25, message: 'a quarter' });
    desk.desk.dispatcher.progress(member, id, 1, 7, 'more than all');
    expect(desk.tasks.task(id)).to.include({ progress: 1 });
  });

  it('is not moved by progress of another attempt or another slave', () => {
    const { member } = start();
    const other = desk.desk.join('b').member;
    desk.desk.dispatcher.progress(member, id, 2, 0.5, 'x');
    desk.desk.dispatcher.progress(other, id, 1, 0.5, 'x');
    expect(desk.tasks.task(id)).to.include({ progress: 0, message: '' });
  });

  it('is done with its result at the end', () => {
    const slave = start();
    desk.desk.clock.advance(50);
    desk.finish(slave, id, { value: 832040n, runMs: 48 });
    desk.desk.clock.advance(5000);
    expect(desk.tasks.task(id)).to.deep.equal({
      ...QUEUED,
      ...{ id, state: 'done', slave: 'a', attempts: 1, progress: 1, queuedMs: 450, runMs: 48, value: 832040n },
      startedAt: '2026-01-01T00:00:01.450Z',
      endedAt: '2026-01-01T00:00:01.500Z',
    });
  });

  it('is queued again, with its attempts counted, after its slave was lost', () => {
    start().vanish('silent');
    expect(desk.tasks.task(id)).to.include({ state: 'queued', attempts: 1, slave: 'a', progress: 0 });
  });

  it('is unknown when nobody submitted it', () => {
    expect(desk.tasks.task('m1-zz')).to.be.undefined;
  });

  it('is found while it lives when its client waits for it, and not kept after', () => {
    const admitted = desk.tasks.submit(fib(1), () => undefined);
    if (!admitted.ok) throw new Error(admitted.failure.message);
    expect(desk.tasks.task(admitted.id)).to.include({ state: 'queued', id: admitted.id });
    admitted.cancel('gone');
    expect(desk.tasks.task(admitted.id)).to.be.undefined;
  });

  it('belongs to the address that submitted it, also when it has ended', async () => {
    const [other = ''] = await desk.accept([fib(1)], { submitter: '10.0.0.7' });
    expect([id, other, 'm1-zz'].map((task) => desk.tasks.submitterOf(task))).to.deep.equal([
      '10.0.0.1',
      '10.0.0.7',
      undefined,
    ]);
    desk.tasks.cancel(other, 'enough');
    expect(desk.tasks.submitterOf(other)).to.equal('10.0.0.7');
  });

  it('belongs to nobody else when its client waits for it', () => {
    const admitted = desk.tasks.submit(fib(1), () => undefined);
    expect(desk.tasks.submitterOf(admitted.ok ? admitted.id : '')).to.equal('');
  });
});

describe('cancelling by id', () => {
  let desk: SubmissionDesk;
  let id: string;

  beforeEach(async () => {
    desk = new SubmissionDesk();
    [id = ''] = await desk.accept([fib(1)]);
  });
  afterEach(() => desk.check());

  it('ends a task that waits', () => {
    expect(desk.tasks.cancel(id, 'not needed')).to.be.undefined;
    expect(desk.tasks.task(id)).to.deep.include({
      state: 'cancelled',
      failure: { code: 'CANCELLED', message: 'not needed' },
    });
    expect(desk.desk.queue.length).to.equal(0);
  });

  it('ends a task that runs, and tells its slave', () => {
    const slave = desk.desk.join('a');
    expect(desk.tasks.cancel(id, 'not needed')).to.be.undefined;
    expect(desk.tasks.task(id)).to.include({ state: 'cancelled', slave: 'a', attempts: 1 });
    expect(slave.cancelled).to.deep.equal([[id, 1]]);
  });

  it('ends a task whose own client waits, and tells that client', () => {
    const states: string[] = [];
    const admitted = desk.tasks.submit(fib(1), ({ state }) => states.push(state));
    expect(desk.tasks.cancel(admitted.ok ? admitted.id : '', 'not needed')).to.be.undefined;
    expect(states).to.deep.equal(['cancelled']);
  });

  it('ends a task that rests after a loss', () => {
    desk.desk.join('a').vanish('died');
    expect(desk.tasks.cancel(id, 'not needed')).to.be.undefined;
    desk.desk.rest();
    expect(desk.desk.join('b').ids).to.be.empty;
  });

  for (const outcome of ['done', 'failed', 'cancelled', 'expired'] as const) {
    it(`is a conflict when the task is ${outcome} already`, () => {
      desk.finish(desk.desk.join('a'), id, { outcome });
      const failure = desk.tasks.cancel(id, 'too late');
      expect(failure?.code).to.equal('CONFLICT');
      expect(failure?.message).to.include(id).and.to.include(outcome);
      expect(desk.tasks.task(id)?.state).to.equal(outcome);
    });
  }

  it('finds nothing to cancel under an unknown id', () => {
    expect(desk.tasks.cancel(`${MASTER_ID}-${'z'.repeat(500)}`, 'x')).to.have.property('code', 'NOT_FOUND');
  });
});
