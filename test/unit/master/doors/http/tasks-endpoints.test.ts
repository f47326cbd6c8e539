// GET /tasks, GET /tasks/{id} and DELETE /tasks/{id} over real HTTP.
import { expect } from 'chai';
import { closeDoors, openDoor, parsed, sendJson, type OpenDoor } from '../../../../support/http-door.ts';
import { request, type Answer } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

const AT = '2026-01-01T00:00:00.000Z';

describe('the tasks', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  const get = (path: string): Promise<Answer> => request(door.url + path);
  const remove = (id: string): Promise<Answer> => request(`${door.url}/tasks/${id}`, { method: 'DELETE' });
  const submit = (): Promise<Answer> => sendJson(`${door.url}/tasks`, { type: 'fib', params: { n: 80 } });
  const detail = (answer: Answer): string => String(parsed(answer)['detail']);

  const QUEUED = {
    ...{ id: 't1', type: 'fib', params: { n: 80 }, state: 'queued', priority: 'normal', weight: 80, slave: null },
    ...{ attempts: 0, progress: 0, message: '', queuedAt: AT, startedAt: null, endedAt: null, queuedMs: 0, runMs: 0 },
    href: '/tasks/t1',
  };

  it('show one that waits, runs, is done', async () => {
    await submit();
    const answer = await get('/tasks/t1');
    expect([answer.status, answer.headers['content-type']]).to.deep.equal([200, 'application/json; charset=utf-8']);
    expect(parsed(answer)).to.deep.equal(QUEUED);
    const running = { state: 'running', slave: 's1', progress: 0.5, message: 'half', startedAt: AT } as const;
    door.desk.set('t1', running);
    expect(parsed(await get('/tasks/t1'))).to.deep.equal({ ...QUEUED, ...running });
    door.desk.end('t1', { value: { big: 1n, bytes: Buffer.from('ab') } });
    expect(parsed(await get('/tasks/t1'))).to.deep.equal({
      ...QUEUED,
      ...{ state: 'done', slave: 's1', attempts: 1, progress: 1, message: 'half', startedAt: AT, endedAt: AT },
      ...{ queuedMs: 1.235, runMs: 2.5, result: { big: '1', bytes: 'YWI=' } },
    });
  });

  it('show why one failed, with the details', async () => {
    await submit();
    const failure = { code: 'TASK_FAILED', message: 'boom', details: { stack: 'Error: boom' } } as const;
    door.desk.end('t1', { state: 'failed', failure });
    const task = parsed(await get('/tasks/t1'));
    expect(task['error']).to.deep.equal({
      type: 'urn:lanyard:problem:task-failed',
      title: 'The task failed',
      status: 500,
      detail: 'boom',
      stack: 'Error: boom',
    });
    expect(task).not.to.have.property('result');
  });

  it('show nothing for an unknown id, and say how long results are kept', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await request(`${door.url}/tasks/t9`, { method });
      expect(answer.status).to.equal(404);
      expect(detail(answer)).to.match(/no task has the id t9: .*--keep-results.*GET \/task /);
    }
    expect((await get('/tasks/t9?wait=1m')).status).to.equal(404);
  });

  describe('waited for', () => {
    it('answer as soon as the task ends', async () => {
      await submit();
      const answer = get('/tasks/t1?wait=30s');
      await eventually('someone waits', () => door.desk.waiting === 1);
      door.clock.advance(29_999);
      door.desk.end('t1', { value: 7 });
      expect(parsed(await answer)).to.include({ state: 'done', result: 7 });
      expect((await get('/tasks/t1?wait=5m')).status, 'ended: at once').to.equal(200);
      expect(door.desk.waiting).to.equal(0);
    });

    it('answer with the task as it is when the time is over', async () => {
      await submit();
      const answer = get('/tasks/t1?wait=30s');
      await eventually('someone waits', () => door.desk.waiting === 1);
      door.desk.set('t1', { state: 'running', progress: 0.25 });
      door.clock.advance(30_000);
      const { status, body } = await answer;
      expect(status).to.equal(200);
      expect(JSON.parse(body)).to.include({ state: 'running', progress: 0.25 });
      expect(door.desk.waiting, 'nobody waits any more').to.equal(0);
    });

    it('stop waiting when the client goes, and leave the task alone', async () => {
      await submit();
      const controller = new AbortController();
      const answer = request(`${door.url}/tasks/t1?wait=30s`, { signal: controller.signal }).catch(() => 'gone');
      await eventually('someone waits', () => door.desk.waiting === 1);
      controller.abort();
      expect(await answer).to.equal('gone');
      await eventually('nobody waits', () => door.desk.waiting === 0);
      expect(door.desk.cancelled).to.deep.equal([]);
    });

    it('answer at once when the door closes', async () => {
      await submit();
      const answer = get('/tasks/t1?wait=5m');
      await eventually('someone waits', () => door.desk.waiting === 1);
      await door.door.close();
      expect((await answer).status).to.equal(200);
    });

    for (const [wait, says] of [
      ['6m', /wait must be a duration such as 500ms, 2s, 2m or 1h, at most 5m; got 6m/],
      ['x', /wait must be .* got x/],
      ['', /wait must be .* got nothing/],
    ] as const) {
      it(`refuse wait=${wait || '(nothing)'}`, async () => {
        const answer = await get(`/tasks/t1?wait=${wait}`);
        expect(answer.status).to.equal(400);
        expect(detail(answer)).to.match(says);
      });
    }

    it('refuse a name that is not known, or given twice', async () => {
      expect(detail(await get('/tasks/t1?Wait=1s'))).to.match(/unknown name Wait in the URL: expected wait/);
      expect(detail(await get('/tasks/t1?wait=1s&wait=2s'))).to.match(/wait was given 2 times/);
    });
  });

  describe('listed', () => {
    it('are a page of summaries with links, without parameters and results', async () => {
      await submit();
      await submit();
      door.desk.end('t2', { value: 7 });
      const { tasks, next } = parsed(await get('/tasks')) as { tasks: Record<string, unknown>[]; next: unknown };
      expect(next).to.equal(null);
      expect(tasks.map(({ id, href, state }) => [id, href, state])).to.deep.equal([
        ['t2', '/tasks/t2', 'done'],
        ['t1', '/tasks/t1', 'queued'],
      ]);
      const { params: _, ...summary } = QUEUED;
      expect(tasks[1]).to.deep.equal(summary);
      expect(door.desk.filter).to.deep.equal({ state: undefined, type: undefined, limit: 100, cursor: undefined });
    });

    it('are filtered and paged as the URL says', async () => {
      door.desk.page = { tasks: [], next: 'c2' };
      const answer = await get('/tasks?state=running&type=fib&limit=1000&cursor=c1');
      expect(parsed(answer)).to.deep.equal({ tasks: [], next: 'c2' });
      expect(door.desk.filter).to.deep.equal({ state: 'running', type: 'fib', limit: 1000, cursor: 'c1' });
    });

    it('are refused for a cursor that the cluster does not know', async () => {
      door.desk.page = { code: 'BAD_PARAMETER', message: 'this is no cursor' };
      expect((await get('/tasks?cursor=x')).status).to.equal(400);
    });

    for (const [query, says] of [
      ['state=waiting', /state must be one of queued, running, done, failed, cancelled, expired; got waiting/],
      ['limit=0', /limit must be a whole number from 1 to 1000; got 0/],
      ['limit=1001', /limit must be .* got 1001/],
      ['limit=x', /limit must be .* got x/],
      ['states=done', /unknown name states in the URL: expected state, type, limit, cursor/],
      ['limit=1&limit=2', /limit was given 2 times/],
    ] as const) {
      it(`refuse ${query}`, async () => {
        const answer = await get(`/tasks?${query}`);
        expect(answer.status).to.equal(400);
        expect(detail(answer)).to.match(says);
      });
    }
  });

  describe('deleted', () => {
    it('are cancelled and shown', async () => {
      await submit();
      const answer = await remove('t1');
      expect(answer.status).to.equal(200);
      expect(parsed(answer)).to.nested.include({ id: 't1', state: 'cancelled', 'error.status': 409 });
      expect(door.desk.cancelled).to.deep.equal([['t1', 'cancelled by a client at 127.0.0.1']]);
    });

    it('answer 409 with their state when they have ended', async () => {
      await submit();
      door.desk.end('t1', { value: 7 });
      const answer = await remove('t1');
      expect(answer.status).to.equal(409);
      expect(parsed(answer)).to.include({ state: 'done', detail: 'the task is done already' });
    });

    it('need no body, whatever the headers say', async () => {
      await submit();
      const headers = { 'content-type': 'application/json' };
      expect((await request(`${door.url}/tasks/t1`, { method: 'DELETE', headers })).status).to.equal(200);
    });
  });

  it('know their methods', async () => {
    const allowed = async (method: string, path: string): Promise<unknown> => {
      const { status, headers } = await request(door.url + path, { method });
      return [status, headers['allow']];
    };
    expect(await allowed('PUT', '/tasks')).to.deep.equal([405, 'GET, POST, HEAD']);
    expect(await allowed('POST', '/tasks/t1')).to.deep.equal([405, 'GET, DELETE, HEAD']);
  });
});
