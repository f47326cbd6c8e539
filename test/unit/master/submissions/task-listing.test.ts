// GET /tasks at the desk: newest first, a page at a time. Whatever ends or is forgotten between two pages, no task that is still
// known is skipped, and none comes twice.
import { expect } from 'chai';
import type { TaskFilter, TaskPage } from '../../../../src/master/doors/door.ts';
import { fib, SubmissionDesk } from '../../../support/submission-desk.ts';
import { requestFor } from '../../../support/task-request.ts';
import { integer, seeded } from '../../../support/seed.ts';

const ALL: TaskFilter = { state: undefined, type: undefined, limit: 100, cursor: undefined };
/** Records looked at for one page. */
const EXAMINED_MAX = 50_000;

describe('list of submitted tasks', () => {
  let desk: SubmissionDesk;

  beforeEach(() => (desk = new SubmissionDesk({ queueLimit: 60_000, keep: { keepMs: 5000 } })));
  afterEach(() => desk.check());

  function page(filter: Partial<TaskFilter> = {}): TaskPage {
    const found = desk.tasks.tasks({ ...ALL, ...filter });
    if ('code' in found) throw new Error(found.message);
    return found;
  }

  function idsIn({ tasks }: TaskPage): string[] {
    return tasks.map(({ id }) => id);
  }

  /** Every page in turn, `between` called after each. */
  async function walk(filter: Partial<TaskFilter>, between?: () => Promise<unknown>): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const found = page({ ...filter, cursor });
      ids.push(...idsIn(found));
      cursor = found.next;
      await between?.();
    } while (cursor !== undefined);
    return ids;
  }

  function submit(count: number): Promise<string[]> {
    return desk.accept(Array.from({ length: count }, () => fib(1)));
  }

  /** Ends tasks and has their results forgotten. */
  function forget(ids: readonly string[]): void {
    for (const id of ids) desk.tasks.cancel(id, 'over');
    desk.desk.clock.advance(7000);
  }

  it('is empty when nothing was submitted', () => {
    expect(page()).to.deep.equal({ tasks: [], next: undefined });
  });

  it('has the newest first', async () => {
    const first = await submit(2);
    const second = await submit(2);
    expect(page()).to.have.property('next', undefined);
    expect(idsIn(page())).to.deep.equal([...first, ...second].reverse());
  });

  it('shows each task as a look-up does', async () => {
    const ids = await submit(2);
    desk.desk.clock.advance(10);
    desk.finish(desk.desk.join('a'), ids[0] ?? '');
    expect(page().tasks).to.deep.equal([...ids].reverse().map((id) => desk.tasks.task(id)));
  });

  it('leaves out tasks whose clients wait for them', async () => {
    const ids = await submit(1);
    desk.tasks.submit(fib(1), () => undefined);
    expect(idsIn(page())).to.deep.equal(ids);
  });

  it('comes in pages, the last of which has no next', async () => {
    const ids = (await submit(5)).reverse();
    const first = page({ limit: 2 });
    const second = page({ limit: 2, cursor: first.next });
    const third = page({ limit: 2, cursor: second.next });
    expect([first, second, third].map(idsIn)).to.deep.equal([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(third.next).to.be.undefined;
  });

  it('has no next when a full page reaches the oldest, forgotten ones not counted', async () => {
    const ids = await submit(6);
    forget(ids.slice(0, 4));
    expect(page({ limit: 2 })).to.have.property('next', undefined);
  });

  it('shows only one type when asked to', async () => {
    const reverse = requestFor('reverse', { form: 'json', values: { text: 'a' } });
    const [, second] = await desk.accept([fib(1), reverse, fib(2)]);
    expect(idsIn(page({ type: 'reverse' }))).to.deep.equal([second]);
    expect(idsIn(page({ type: 'nosuch' }))).to.deep.equal([]);
  });

  it('shows only one state when asked to', async () => {
    const slave = desk.desk.join('a');
    const [done = '', failed = '', cancelled = '', running = '', queued = '', expired = ''] = await desk.accept([
      ...Array.from({ length: 5 }, () => fib(1)),
      fib(1, { timeoutMs: 10 }),
    ]);
    desk.finish(slave, done);
    desk.finish(slave, failed, { outcome: 'failed', value: 'no' });
    desk.tasks.cancel(cancelled, 'enough');
    slave.finish({ task: desk.desk.dispatcher.attempts.ofTask(cancelled)!.task, answers: [] });
    desk.desk.clock.advance(100);
    const states = { done, failed, cancelled, running, queued, expired };
    for (const [state, id] of Object.entries(states)) {
      expect(idsIn(page({ state: state as keyof typeof states })), state).to.deep.equal([id]);
    }
    expect(idsIn(page({ state: 'done', type: 'reverse' }))).to.deep.equal([]);
  });

  it('neither skips nor repeats while tasks end, are forgotten and come between the pages', async () => {
    await seeded(async (random) => {
      const ids = await submit(60);
      const live = new Set(ids);
      const gone: string[] = [];
      const seen = await walk({ limit: 7 }, async () => {
        const ending = [...live].filter(() => random() < 0.1);
        for (const id of ending) live.delete(id);
        gone.push(...ending);
        forget(ending);
        await submit(integer(random, 0, 5));
      });
      expect(new Set(seen).size, 'repeated').to.equal(seen.length);
      expect(seen).to.include.members([...live]);
      expect(seen).to.deep.equal(ids.filter((id) => seen.includes(id)).reverse());
      expect(gone.length).to.be.greaterThan(0);
    });
  });

  it('goes on from where it was although the task of its cursor is forgotten', async () => {
    const ids = (await submit(6)).reverse();
    const { next } = page({ limit: 2 });
    forget(ids.slice(1, 4));
    expect(idsIn(page({ cursor: next }))).to.deep.equal(ids.slice(4));
  });

  it('follows a state that changes between the pages', async () => {
    const ids = (await submit(4)).reverse();
    const { next } = page({ limit: 2, state: 'queued' });
    desk.tasks.cancel(ids[2] ?? '', 'enough');
    expect(idsIn(page({ cursor: next, state: 'queued' }))).to.deep.equal(ids.slice(3));
  });

  it('has short pages where little matches, and goes on behind them', async () => {
    const reverse = requestFor('reverse', { form: 'json', values: { text: 'a' } });
    const [oldest] = await desk.accept([reverse]);
    await submit(EXAMINED_MAX + 10);
    const [newest] = await desk.accept([reverse]);
    const first = page({ type: 'reverse' });
    expect([idsIn(first), first.next === undefined]).to.deep.equal([[newest], false]);
    const second = page({ type: 'reverse', cursor: first.next });
    expect([idsIn(second), second.next]).to.deep.equal([[oldest], undefined]);
    expect(await walk({ type: 'nosuch' })).to.deep.equal([]);
  });

  it('ends at the oldest that is known, however many were forgotten before it', async () => {
    forget(await submit(EXAMINED_MAX + 10));
    const [id] = await submit(1);
    expect(page()).to.have.property('next', undefined);
    expect(idsIn(page())).to.deep.equal([id]);
    forget([id ?? '']);
    expect(page()).to.deep.equal({ tasks: [], next: undefined });
  });

  for (const cursor of ['', '-1', 'A', '1.5', '0x1', ' 1', 'zzzzzzzzzzzz', 'zzzzzzzzzzz', '2gosa7pa2gw', '4', 'next']) {
    it(`refuses the cursor ${JSON.stringify(cursor)}, which no page gave, at once`, async () => {
      await submit(3);
      expect(desk.tasks.tasks({ ...ALL, cursor })).to.have.property('code', 'BAD_PARAMETER');
    });
  }
});
