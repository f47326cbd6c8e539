// A journal that takes its time, or cannot write: nobody is told of a task before it is written down, and what cannot be written
// down never runs.
import { expect } from 'chai';
import type { Accepted, Refused } from '../../../../src/master/doors/door.ts';
import type { TaskRecord } from '../../../../src/master/journal/journal.ts';
import { MemoryJournal } from '../../../../src/master/journal/memory-journal.ts';
import { fib, outcomesOf, SubmissionDesk } from '../../../support/submission-desk.ts';

const ALL = { state: undefined, type: undefined, limit: 100, cursor: undefined };
const KEY = { idempotencyKey: 'k', fingerprint: 'f' };

/** Holds what it is given at once, but confirms or refuses it only when told to. */
class SlowJournal extends MemoryJournal {
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  override async accept(records: readonly TaskRecord[]): Promise<void> {
    await super.accept(records);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Confirms the request that waits longest. */
  async confirm(): Promise<void> {
    await Promise.resolve();
    this.#waiting.shift()?.resolve();
  }

  async refuse(message: string): Promise<void> {
    await Promise.resolve();
    this.#waiting.shift()?.reject(new Error(message));
  }
}

describe('submitted tasks and a slow journal', () => {
  let journal: SlowJournal;
  let desk: SubmissionDesk;

  beforeEach(() => {
    journal = new SlowJournal();
    desk = new SubmissionDesk({ journal });
  });
  afterEach(() => desk.check());

  /** What the outside and the slaves can see of submitted tasks. */
  function traces(): Record<string, unknown> {
    const { submissions, tasks } = desk;
    const page = tasks.tasks(ALL);
    const listed = 'code' in page ? page.code : page.tasks.map(({ id }) => id);
    const { queue, dispatcher } = desk.desk;
    return {
      listed,
      known: submissions.size,
      all: [...submissions.all()],
      live: dispatcher.lives.size,
      queue: queue.length,
    };
  }

  const NONE = { listed: [], known: 0, all: [], live: 0, queue: 0 };

  it('do not run and are not seen until they are written down', async () => {
    const slave = desk.desk.join('a');
    const answer = desk.submit([fib(1)]);
    await Promise.resolve();
    expect(journal.size).to.equal(1);
    const id = 'm1-1';
    expect(traces()).to.deep.equal(NONE);
    expect([desk.tasks.task(id), desk.tasks.submitterOf(id)]).to.deep.equal([undefined, undefined]);
    expect(desk.tasks.whenEnded(id, () => undefined)).to.be.undefined;
    expect(desk.tasks.cancel(id, 'too early')?.code).to.equal('NOT_FOUND');
    expect(slave.ids).to.be.empty;
    desk.check();
    await journal.confirm();
    expect(outcomesOf(await answer)).to.deep.equal([{ id }]);
    expect(slave.ids).to.deep.equal([id]);
    expect(desk.tasks.task(id)?.state).to.equal('running');
  });

  it('are never seen in a state that they are not in, between the journal’s word and their begin', async () => {
    const answer = desk.submit([fib(1), fib(2)]);
    await journal.confirm();
    const seen = new Set<string | undefined>();
    for (let turn = 0; turn < 20; turn++) {
      seen.add(desk.tasks.task('m1-1')?.state).add(desk.tasks.task('m1-2')?.state);
      desk.check();
      await Promise.resolve();
    }
    await answer;
    expect([...seen].filter((state) => state !== undefined && state !== 'queued')).to.be.empty;
    expect(desk.tasks.task('m1-2')?.state).to.equal('queued');
  });

  it('count their limits from the request on', async () => {
    const answer = desk.submit([fib(1, { timeoutMs: 1000 })]);
    desk.desk.clock.advance(900);
    await journal.confirm();
    await answer;
    desk.desk.clock.advance(150);
    expect(desk.tasks.task('m1-1')?.state).to.equal('expired');
  });

  it('are refused when the master began to leave in the meantime', async () => {
    const answer = desk.submit([fib(1)], KEY);
    desk.admission.close();
    await journal.confirm();
    expect(outcomesOf(await answer)[0]).to.include({ code: 'DRAINING' });
    expect(traces()).to.deep.equal(NONE);
    expect([journal.size, desk.submissions.keys]).to.deep.equal([0, 0]);
  });

  it('keep the order of the requests in lists, whichever is confirmed first', async () => {
    const slow = desk.submit([fib(1)]);
    await Promise.resolve();
    journal.accept = (records) => MemoryJournal.prototype.accept.call(journal, records);
    await desk.submit([fib(2)]);
    expect(traces()).to.deep.include({ listed: ['m1-2'] });
    await journal.confirm();
    await slow;
    expect(traces()).to.deep.include({ listed: ['m1-2', 'm1-1'] });
  });

  it('that cannot be written down are refused as a whole, do not run and leave nothing behind', async () => {
    const slave = desk.desk.join('a', { slots: 5 });
    const answer = desk.submit([fib(1), fib(2)]);
    await journal.refuse('no space left on device');
    const { ok, failure } = (await answer) as Refused;
    expect([ok, failure.code]).to.deep.equal([false, 'INTERNAL']);
    expect(failure.message).to.match(/no task was taken in.*no space left on device/);
    expect(traces()).to.deep.equal(NONE);
    expect([slave.ids, journal.size, desk.desk.counters.admitted]).to.deep.equal([[], 0, 0]);
  });

  it('that cannot be written down leave their key free: the next try is a new one', async () => {
    const first = desk.submit([fib(1)], KEY);
    await Promise.resolve();
    const meanwhile = desk.submit([fib(1)], KEY);
    await journal.refuse('broken');
    expect(((await first) as Refused).failure.code).to.equal('INTERNAL');
    expect(((await meanwhile) as Refused).failure.code).to.equal('INTERNAL');
    expect(desk.submissions.keys).to.equal(0);
    const again = desk.submit([fib(1)], KEY);
    await journal.confirm();
    expect(((await again) as Accepted).replayed).to.be.false;
    expect(desk.desk.queue.length).to.equal(1);
  });

  it('of the next request are taken in as ever after one that failed', async () => {
    const failing = desk.submit([fib(1)]);
    await journal.refuse('broken');
    await failing;
    const next = desk.submit([fib(2)]);
    await journal.confirm();
    expect(outcomesOf(await next)).to.deep.equal([{ id: 'm1-2' }]);
    expect(traces()).to.deep.include({ listed: ['m1-2'], known: 1 });
  });
});
