// What is written down when a submitted task ends, whoever waits for it, and how long it is known after that.
import { expect } from 'chai';
import type { TaskView } from '../../../../src/master/doors/door.ts';
import { EPOCH_MS, fib, SubmissionDesk } from '../../../support/submission-desk.ts';

describe('end of a submitted task', () => {
  let desk: SubmissionDesk;

  beforeEach(() => {
    desk = new SubmissionDesk();
    desk.desk.clock.advance(1000);
  });
  afterEach(() => desk.check());

  it('is written down with result, slave, attempts and times', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.desk.clock.advance(100);
    const slave = desk.desk.join('a');
    desk.desk.clock.advance(20);
    slave.start(desk.live(id));
    desk.desk.clock.advance(30);
    desk.finish(slave, id, { value: 832040n, runMs: 29.5 });
    expect(desk.journal.read(id)?.ending).to.deep.equal({
      state: 'done',
      value: 832040n,
      slave: 'a',
      attempts: 1,
      startedAtMs: EPOCH_MS + 1120,
      endedAtMs: EPOCH_MS + 1150,
      queuedMs: 120,
      runMs: 29.5,
    });
  });

  it('counts the attempts that were lost and names the last slave', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.desk.join('a').vanish('silent');
    const second = desk.desk.join('b');
    desk.desk.rest();
    desk.finish(second, id);
    expect(desk.journal.read(id)?.ending).to.include({
      state: 'done',
      attempts: 2,
      slave: 'b',
      startedAtMs: undefined,
    });
  });

  it('that failed is written down with the reason', async () => {
    const slave = desk.desk.join('a');
    const [id = ''] = await desk.accept([fib(1)]);
    desk.finish(slave, id, { outcome: 'failed', value: 'boom', stack: 'at fib' });
    expect(desk.journal.read(id)?.ending).to.deep.include({
      state: 'failed',
      failure: { code: 'TASK_FAILED', message: 'fib: boom', details: { stack: 'at fib' } },
    });
  });

  it('is written down when it was cancelled or expired before any slave had it', async () => {
    const [cancelled = '', expired = ''] = await desk.accept([fib(1), fib(2, { timeoutMs: 500 })]);
    desk.tasks.cancel(cancelled, 'enough');
    desk.desk.clock.advance(600);
    const endings = [cancelled, expired].map((id) => desk.journal.read(id)?.ending);
    expect(endings.map((ending) => ending?.state)).to.deep.equal(['cancelled', 'expired']);
    for (const ending of endings) {
      expect(ending).to.include({ slave: undefined, attempts: 0, startedAtMs: undefined, queuedMs: 0, runMs: 0 });
    }
  });

  it('is known for as long as results are kept, then nothing is left of it', async () => {
    desk = new SubmissionDesk({ keep: { keepMs: 5000 } });
    const [id = ''] = await desk.accept([fib(1)]);
    desk.finish(desk.desk.join('a'), id);
    desk.desk.clock.advance(4999);
    expect(desk.tasks.task(id)?.state).to.equal('done');
    desk.desk.clock.advance(1001);
    expect([desk.tasks.task(id), desk.tasks.submitterOf(id)]).to.deep.equal([undefined, undefined]);
    expect([desk.journal.size, desk.submissions.size]).to.deep.equal([0, 0]);
  });

  it('is not known any more when later ones have taken its place', async () => {
    desk = new SubmissionDesk({ keep: { countMax: 2 } });
    const slave = desk.desk.join('a', { slots: 3 });
    const ids = await desk.accept([fib(1), fib(2), fib(3)]);
    for (const id of [...ids].reverse()) desk.finish(slave, id);
    desk.desk.clock.advance(1000);
    expect(ids.map((id) => desk.tasks.task(id)?.state)).to.deep.equal(['done', 'done', undefined]);
  });

  it('is not known any more when larger results have taken its place', async () => {
    desk = new SubmissionDesk({ keep: { bytesMax: 10_000 } });
    const slave = desk.desk.join('a', { slots: 2 });
    const [first = '', second = ''] = await desk.accept([fib(1), fib(2)]);
    desk.finish(slave, first, { value: 'x' });
    desk.finish(slave, second, { value: 'y'.repeat(4950) });
    desk.desk.clock.advance(1000);
    expect([first, second].map((id) => desk.tasks.task(id)?.state)).to.deep.equal([undefined, 'done']);
  });

  it('takes the place that its parameters do as well', async () => {
    desk = new SubmissionDesk({ keep: { bytesMax: 10_000 } });
    const slave = desk.desk.join('a', { slots: 2 });
    const large = { ...fib(1), type: 'reverse', given: { form: 'json', values: { text: 'z'.repeat(4950) } } } as const;
    const [first = '', second = ''] = await desk.accept([fib(1), large]);
    desk.finish(slave, first);
    desk.finish(slave, second);
    desk.desk.clock.advance(1000);
    expect([first, second].map((id) => desk.tasks.task(id)?.state)).to.deep.equal([undefined, 'done']);
  });

  it('is not kept at all with a time of 0, though whoever waits is told', async () => {
    desk = new SubmissionDesk({ keep: { keepMs: 0 } });
    const [id = ''] = await desk.accept([fib(1)]);
    const told: TaskView[] = [];
    desk.tasks.whenEnded(id, (view) => told.push(view));
    desk.finish(desk.desk.join('a'), id);
    desk.desk.clock.advance(1000);
    expect([told.length, desk.tasks.task(id), desk.journal.size]).to.deep.equal([1, undefined, 0]);
  });

  it('makes room at once when very many end between two looks', async () => {
    desk = new SubmissionDesk({ keep: { countMax: 0 }, queueLimit: 10_000 });
    const ids = await desk.accept(Array.from({ length: 1500 }, () => fib(1)));
    const slave = desk.desk.join('a', { slots: 1500 });
    for (const id of ids) desk.finish(slave, id);
    expect(desk.journal.size).to.equal(500);
  });

  it('of tasks that run or wait is never made by lack of room for results', async () => {
    desk = new SubmissionDesk({ keep: { keepMs: 0, countMax: 0, bytesMax: 0 } });
    desk.desk.join('a');
    const ids = await desk.accept([fib(1), fib(2)]);
    desk.desk.clock.advance(60_000);
    expect(ids.map((id) => desk.tasks.task(id)?.state)).to.deep.equal(['running', 'queued']);
  });
});

describe('whoever waits for the end of a task', () => {
  let desk: SubmissionDesk;
  let told: TaskView[];
  const tell = (view: TaskView): void => void told.push(view);

  beforeEach(() => {
    desk = new SubmissionDesk();
    told = [];
  });
  afterEach(() => desk.check());

  it('is told once, when it ends, what a look-up says from then on', async () => {
    const slave = desk.desk.join('a');
    desk.desk.clock.advance(10);
    const [id = ''] = await desk.accept([fib(30)]);
    desk.tasks.whenEnded(id, tell);
    expect(told).to.be.empty;
    slave.start(desk.live(id));
    desk.finish(slave, id, { value: 7n });
    desk.desk.clock.advance(1000);
    expect(told).to.deep.equal([desk.tasks.task(id)]);
    expect(told[0]).to.deep.include({ id, state: 'done', value: 7n, slave: 'a', params: { n: 30 }, progress: 1 });
    expect(desk.watchers.size).to.equal(0);
  });

  it('is told at once when it has ended already', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.finish(desk.desk.join('a'), id);
    desk.tasks.whenEnded(id, tell)?.();
    expect(told).to.deep.equal([desk.tasks.task(id)]);
  });

  it('is told the reason of a bad end as a look-up tells it', async () => {
    const [id = ''] = await desk.accept([fib(1, { timeoutMs: 100 })]);
    desk.tasks.whenEnded(id, tell);
    desk.desk.clock.advance(200);
    expect(told).to.deep.equal([desk.tasks.task(id)]);
    expect(told[0]).to.include({ state: 'expired', progress: 0 });
  });

  it('may stop waiting, and the others are told all the same', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    const others: string[] = [];
    const stop = desk.tasks.whenEnded(id, tell);
    desk.tasks.whenEnded(id, (view) => others.push(view.state));
    stop?.();
    stop?.();
    desk.tasks.cancel(id, 'enough');
    expect([told, others]).to.deep.equal([[], ['cancelled']]);
  });

  it('leaves nothing behind when all have stopped waiting', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.tasks.whenEnded(id, tell)?.();
    expect(desk.watchers.size).to.equal(0);
  });

  it('twice with the same function is told twice, and may stop once', async () => {
    const [one = '', two = ''] = await desk.accept([fib(1), fib(2)]);
    desk.tasks.whenEnded(one, tell);
    desk.tasks.whenEnded(one, tell);
    desk.tasks.whenEnded(two, tell);
    desk.tasks.whenEnded(two, tell)?.();
    desk.tasks.cancel(one, 'enough');
    desk.tasks.cancel(two, 'enough');
    expect(told.map(({ id }) => id)).to.deep.equal([one, one, two]);
  });

  it('may wait for a task whose own client waits as well', () => {
    const admitted = desk.tasks.submit(fib(1), () => undefined);
    if (!admitted.ok) throw new Error(admitted.failure.message);
    desk.tasks.whenEnded(admitted.id, tell);
    admitted.cancel('gone');
    expect(told).to.have.length(1);
    expect(desk.tasks.whenEnded(admitted.id, tell), 'its result is not kept').to.be.undefined;
  });

  it('is told at once that there is no such task', () => {
    expect(desk.tasks.whenEnded('m1-zz', tell)).to.be.undefined;
    expect([told, desk.watchers.size]).to.deep.equal([[], 0]);
  });
});
