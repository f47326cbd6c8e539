// GET /task over real HTTP: what reaches the cluster, what comes back, and what a hang-up frees.
import { connect } from 'node:net';
import { expect } from 'chai';
import { closeDoors, openDoor, parsed } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

const JSON_WANTED = { headers: { accept: 'application/json' } };

describe('GET /task', () => {
  afterEach(closeDoors);

  it('asks for the task with its limits and answers with the bare result', async () => {
    const { url, desk } = await openDoor();
    const answer = request(`${url}/task?type=fib&n=80&timeout=5s&runTimeout=2s&priority=low&retries=2`);
    await eventually('it is admitted', () => desk.ids.length === 1);
    const { request: asked } = desk.all.get('t1')!;
    expect(asked).to.include({ type: 'fib', timeoutMs: 5000, runTimeoutMs: 2000, priority: 'low', retries: 2 });
    expect(asked.given).to.deep.equal({ form: 'query', values: new Map([['n', ['80']]]) });
    desk.end('t1', { value: 23416728348467685n });
    const { status, headers, body } = await answer;
    expect([status, body]).to.deep.equal([200, '23416728348467685']);
    expect(headers).to.include({ 'x-task-id': 't1', 'x-slave': 's1', 'content-type': 'text/plain; charset=utf-8' });
  });

  it('answers with all facts as JSON when asked', async () => {
    const { url, desk } = await openDoor();
    const answer = request(`${url}/task?type=fib&n=80`, JSON_WANTED);
    await eventually('it is admitted', () => desk.ids.length === 1);
    desk.end('t1', { value: { big: 2n ** 64n, bytes: Buffer.from('ab') }, params: { n: 80 } });
    expect(parsed(await answer)).to.deep.equal({
      id: 't1',
      type: 'fib',
      params: { n: 80 },
      state: 'done',
      result: { big: '18446744073709551616', bytes: 'YWI=' },
      slave: 's1',
      attempts: 1,
      queuedMs: 1.235,
      runMs: 2.5,
    });
  });

  it('answers with the problem of a task that failed, with its details', async () => {
    const { url, desk } = await openDoor();
    const answer = request(`${url}/task?type=fib`);
    await eventually('it is admitted', () => desk.ids.length === 1);
    const failure = { code: 'TASK_FAILED', message: 'boom', details: { stack: 'Error: boom\n at run' } } as const;
    desk.end('t1', { state: 'failed', failure });
    const { status, headers, body } = await answer;
    expect([status, headers['x-task-id'], headers['x-slave']]).to.deep.equal([500, 't1', 's1']);
    expect(JSON.parse(body)).to.include({ detail: 'boom', stack: 'Error: boom\n at run', status: 500 });
  });

  it('answers 429 with Retry-After and the length of the queue', async () => {
    const { url, desk } = await openDoor();
    const details = { queueLength: 7, retryAfterS: 3 };
    desk.refusing.set('fib', { code: 'QUEUE_FULL', message: '7 tasks wait', details });
    const answer = await request(`${url}/task?type=fib&n=80`);
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([429, '3']);
    expect(parsed(answer)).to.include({ queueLength: 7, detail: '7 tasks wait' });
  });

  it('answers a result that cannot be written down with a problem', async () => {
    const { url, desk } = await openDoor();
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const answer = request(`${url}/task?type=fib`, JSON_WANTED);
    await eventually('it is admitted', () => desk.ids.length === 1);
    desk.end('t1', { value: deep });
    expect((await answer).status).to.equal(500);
  });

  it('cancels the task when the client hangs up', async () => {
    const { url, desk } = await openDoor();
    const controller = new AbortController();
    const answer = request(`${url}/task?type=fib`, { signal: controller.signal }).catch(() => 'gone');
    await eventually('it is admitted', () => desk.ids.length === 1);
    controller.abort();
    expect(await answer).to.equal('gone');
    await eventually('it is cancelled', () => desk.cancelled.length > 0);
    expect(desk.cancelled).to.deep.equal([['t1', 'the client went away']]);
  });

  it('cancels all tasks of a connection with pipelined requests, but none that has ended', async () => {
    const { port, desk } = await openDoor();
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /task?type=fib HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(5));
    await eventually('all are admitted', () => desk.ids.length === 5);
    desk.end('t1', { value: 1 });
    desk.end('t3', { value: 1 });
    socket.destroy();
    await eventually('they are cancelled', () => desk.cancelled.length >= 3);
    expect(desk.cancelled.map(([id]) => id)).to.deep.equal(['t2', 't4', 't5']);
  });
});
