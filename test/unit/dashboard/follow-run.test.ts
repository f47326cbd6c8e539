// A task of this page, followed to its end, with answers that the test gives in place of a master.
import { expect } from 'chai';
import { follow } from '../../../src/dashboard/run/follow-run.ts';
import type { RunState } from '../../../src/dashboard/run/run-view.ts';

const TASK = { state: 'running', slave: 's1', attempts: 1, progress: 0, message: '', queuedMs: 1, runMs: 2 };

describe('Following a task', () => {
  const { fetch } = globalThis;
  let asked: string[] = [];
  let leave = new AbortController();
  let isHidden = false;

  afterEach(() => {
    leave.abort();
    isHidden = false;
    globalThis.fetch = fetch;
  });

  /** What is told when the master answers with these, one after the other. */
  async function toldWith(...answers: readonly (readonly [status: number, body: object])[]): Promise<RunState[]> {
    asked = [];
    leave = new AbortController();
    const left = [...answers];
    globalThis.fetch = (path) => {
      asked.push(path as string);
      const [status, body] = left.shift() ?? [500, {}];
      return Promise.resolve(Response.json(body, { status }));
    };
    const told: RunState[] = [];
    const tell = (state: RunState): void => void told.push(state);
    await follow('t/1', { signal: leave.signal, isHidden: () => isHidden, tell });
    return told;
  }

  it('tells where it stands and then how it ended', async () => {
    const told = await toldWith([200, TASK], [200, { ...TASK, state: 'done', result: '8' }]);
    expect(told.map(({ kind }) => kind)).to.deep.equal(['under way', 'ended']);
    expect(asked).to.deep.equal(['/tasks/t%2F1', '/tasks/t%2F1?wait=1s']);
  });

  it('keeps no connection open while nobody sees the page', async () => {
    isHidden = true;
    const told = await toldWith([200, TASK], [200, { ...TASK, state: 'done', result: '8' }]);
    expect(told.map(({ kind }) => kind)).to.deep.equal(['under way', 'ended']);
    expect(asked).to.deep.equal(['/tasks/t%2F1', '/tasks/t%2F1']);
  });

  it('ends when the master does not know the task any more, with its sentence', async () => {
    const detail = 'no task has the id t/1';
    const told = await toldWith([200, TASK], [404, { status: 404, title: 'Not found', detail }]);
    expect(told.at(-1)).to.deep.equal({ kind: 'unknown', why: detail });
    expect(asked).to.have.length(2);
  });

  it('ends with an answer that is no task', async () => {
    const told = await toldWith([200, []]);
    expect(told).to.deep.equal([{ kind: 'unknown', why: 'the master answered with something that is no task' }]);
  });
});
