// POST /tasks at the desk: one answer per task in its place, all of it written down before anybody is told.
import { expect } from 'chai';
import { fib, outcomesOf, SubmissionDesk } from '../../../support/submission-desk.ts';
import { requestFor } from '../../../support/task-request.ts';

const NOT_READ = { code: 'BAD_PARAMETER', message: 'the third is no object' } as const;

describe('submitted tasks', () => {
  let desk: SubmissionDesk;

  beforeEach(() => (desk = new SubmissionDesk()));
  afterEach(() => desk.check());

  it('are taken in one at a time', async () => {
    const answer = await desk.submit([fib(30)]);
    const [outcome] = outcomesOf(answer);
    expect(outcome).to.have.property('id').that.matches(/^m1-/);
    expect(answer).to.include({ ok: true, replayed: false });
    expect([desk.journal.size, desk.submissions.size, desk.desk.queue.length]).to.deep.equal([1, 1, 1]);
  });

  it('are taken in as an array, in order, each with an id of its own', async () => {
    const ids = await desk.accept([fib(1), fib(2), fib(3)]);
    expect(new Set(ids).size).to.equal(3);
    expect(Array.from(desk.journal.all(), ({ id, params }) => [id, params])).to.deep.equal(
      ids.map((id, i) => [id, { n: i + 1 }]),
    );
    const slave = desk.desk.join('a', { slots: 3 });
    expect(slave.ids).to.deep.equal(ids);
  });

  it('are none when none are given', async () => {
    expect(outcomesOf(await desk.submit([]))).to.deep.equal([]);
    expect(desk.journal.size).to.equal(0);
  });

  it('that cannot be taken are failures in their place, and the others are taken', async () => {
    const unknown = requestFor('nosuch', { form: 'json', values: {} });
    desk.desk.join('a', { maxLoad: 1000 });
    const heavy = requestFor('countprimes', { form: 'json', values: { n: 1000 } });
    const outcomes = outcomesOf(await desk.submit([fib(1), unknown, NOT_READ, fib(-1), heavy, fib(2)]));
    expect(outcomes.map((outcome) => ('id' in outcome ? 'taken' : outcome.code))).to.deep.equal([
      'taken',
      'UNKNOWN_TASK_TYPE',
      'BAD_PARAMETER',
      'BAD_PARAMETER',
      'TOO_HEAVY',
      'taken',
    ]);
    expect(outcomes[2]).to.deep.equal(NOT_READ);
    expect([desk.journal.size, desk.submissions.size]).to.deep.equal([2, 2]);
  });

  it('are written down with all that was asked', async () => {
    desk.desk.clock.advance(1500);
    const limits = { timeoutMs: 60_000, waitTimeoutMs: 5000, runTimeoutMs: 1000 };
    const asked = { priority: 'high' as const, retries: 2, ...limits };
    const [id = ''] = await desk.accept([fib(30, asked)], { submitter: '10.0.0.9', idempotencyKey: 'k' });
    expect(desk.journal.read(id)).to.deep.equal({
      id,
      sequence: 1,
      type: 'fib',
      params: { n: 30 },
      weight: 30,
      priority: 'high',
      limits: { totalMs: 60_000, waitMs: 5000, runMs: 1000, patienceMs: Infinity, retries: 2 },
      acceptedAtMs: Date.UTC(2026, 0, 1, 0, 0, 1, 500),
      submitter: '10.0.0.9',
      idempotencyKey: 'k',
      ending: undefined,
    });
  });

  it('whose parameters take too much memory together are refused, until others have ended', async () => {
    desk = new SubmissionDesk({ paramsBytesMax: 5000 });
    const large = requestFor('reverse', { form: 'json', values: { text: 'x'.repeat(1000) } });
    const codes = async (count: number): Promise<string[]> =>
      outcomesOf(await desk.submit(Array.from({ length: count }, () => large))).map((one) =>
        'id' in one ? 'taken' : one.code,
      );
    expect(await codes(3)).to.deep.equal(['taken', 'taken', 'QUEUE_FULL']);
    expect([desk.journal.size, desk.desk.queue.length]).to.deep.equal([2, 2]);
    desk.finish(desk.desk.join('a'), 'm1-1');
    expect(await codes(2)).to.deep.equal(['taken', 'QUEUE_FULL']);
  });

  it('beyond the room in the queue are refused in their place, and not written down', async () => {
    desk = new SubmissionDesk({ queueLimit: 2 });
    const outcomes = outcomesOf(await desk.submit([fib(1), fib(2), fib(3), fib(4)]));
    expect(outcomes.map((outcome) => 'id' in outcome)).to.deep.equal([true, true, false, false]);
    expect(outcomes[2]).to.deep.include({ code: 'QUEUE_FULL', details: { queueLength: 2 } });
    expect([desk.journal.size, desk.submissions.size, desk.desk.dispatcher.lives.size]).to.deep.equal([2, 2, 2]);
  });

  it('have no patience that ends: without limits they wait for a first slave', async () => {
    const [id = ''] = await desk.accept([fib(1)]);
    desk.desk.clock.advance(3_600_000);
    expect(desk.tasks.task(id)?.state).to.equal('queued');
    expect(desk.desk.join('a').ids).to.deep.equal([id]);
  });

  it('are refused, each of them, when the master is leaving', async () => {
    desk.admission.close();
    const outcomes = outcomesOf(await desk.submit([fib(1), fib(2)]));
    expect(outcomes.map((outcome) => ('id' in outcome ? 'taken' : outcome.code))).to.deep.equal([
      'DRAINING',
      'DRAINING',
    ]);
    expect(desk.journal.size).to.equal(0);
  });

  it('are said to be durable only when the journal is', () => {
    expect(desk.tasks.durable).to.be.false;
  });
});

describe('a submission with an Idempotency-Key', () => {
  const KEY = { idempotencyKey: 'k', fingerprint: 'f' };
  let desk: SubmissionDesk;

  beforeEach(() => (desk = new SubmissionDesk({ keep: { keepMs: 10_000 } })));
  afterEach(() => desk.check());

  it('gets the same ids again, and nothing runs twice', async () => {
    const first = await desk.submit([fib(1), NOT_READ], KEY);
    const again = await desk.submit([fib(1), NOT_READ], KEY);
    expect(first).to.include({ ok: true, replayed: false });
    expect(again).to.include({ ok: true, replayed: true });
    expect(again.ok && first.ok && again.tasks[0]).to.deep.equal(first.ok && first.tasks[0]);
    expect(again.ok && again.tasks[1], 'what was refused stays so, in few words').to.deep.equal({
      code: NOT_READ.code,
      message: 'refused when this request was first made; send it under a new Idempotency-Key to try again',
    });
    expect([desk.journal.size, desk.desk.queue.length]).to.deep.equal([1, 1]);
  });

  it('gets the same ids while the first is still being taken in', async () => {
    const [first, again] = await Promise.all([desk.submit([fib(1)], KEY), desk.submit([fib(1)], KEY)]);
    expect(outcomesOf(again)).to.deep.equal(outcomesOf(first));
    expect(desk.journal.size).to.equal(1);
  });

  it('is refused when the key was used for another request', async () => {
    await desk.submit([fib(1)], KEY);
    const other = await desk.submit([fib(2)], { ...KEY, fingerprint: 'g' });
    expect(other).to.have.nested.property('failure.code', 'KEY_REUSED');
    expect(desk.journal.size).to.equal(1);
  });

  it('gets the same ids as long as one of its tasks is known, and new ones after that', async () => {
    const slave = desk.desk.join('a', { slots: 2 });
    const [one = '', two = ''] = await desk.accept([fib(1), fib(2)], KEY);
    desk.finish(slave, one);
    desk.desk.clock.advance(20_000);
    expect([desk.tasks.task(one), desk.submissions.keys]).to.deep.equal([undefined, 1]);
    expect(await desk.accept([fib(1), fib(2)], KEY)).to.deep.equal([one, two]);
    desk.finish(slave, two);
    desk.desk.clock.advance(20_000);
    expect(desk.submissions.keys).to.equal(0);
    expect(await desk.accept([fib(1), fib(2)], KEY)).not.to.include.members([one]);
  });

  it('may be tried again when none of its tasks was taken', async () => {
    desk = new SubmissionDesk({ queueLimit: 1 });
    await desk.accept([fib(1)]);
    expect(outcomesOf(await desk.submit([fib(2)], KEY))[0]).to.include({ code: 'QUEUE_FULL' });
    desk.finish(desk.desk.join('a'), 'm1-1');
    expect(outcomesOf(await desk.submit([fib(2)], KEY))[0]).to.have.property('id');
  });

  it('of which some tasks were refused is forgotten with the others', async () => {
    desk = new SubmissionDesk({ queueLimit: 1, keep: { keepMs: 10_000 } });
    await desk.submit([fib(1), fib(2), fib(3)], KEY);
    expect(desk.submissions.keys).to.equal(1);
    desk.finish(desk.desk.join('a'), 'm1-1');
    desk.desk.clock.advance(20_000);
    expect(desk.submissions.keys).to.equal(0);
  });
});
