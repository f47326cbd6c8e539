// POST /tasks with Accept: application/x-ndjson: the results as they come, no faster than the client reads, until it hangs up.
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { closeDoors, openDoor, parsed, sendJson, streamTasks, type OpenDoor } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually, sleep } from '../../../../support/wait.ts';

const fibs = (count: number): unknown[] => Array.from({ length: count }, (_, n) => ({ type: 'fib', params: { n } }));
const KEY = { headers: { 'idempotency-key': 'batch-1' } };

describe('a stream of results', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  it('begins before any task has ended and says how many lines there will be', async () => {
    const results = await streamTasks(door.url, fibs(3));
    const { statusCode, headers } = results.response;
    expect(statusCode).to.equal(200);
    expect(headers).to.include({ 'content-type': 'application/x-ndjson; charset=utf-8', 'x-task-count': '3' });
    expect(results.text).to.equal('');
  });

  it('has a line per task in the order in which they end', async () => {
    const results = await streamTasks(door.url, fibs(3));
    door.desk.end('t3', { value: 2n ** 64n });
    await results.until(1);
    expect(results.json()).to.deep.equal([
      {
        index: 2,
        id: 't3',
        type: 'fib',
        state: 'done',
        result: '18446744073709551616',
        slave: 's1',
        attempts: 1,
        queuedMs: 1.235,
        runMs: 2.5,
      },
    ]);
    const failure = { code: 'DEADLINE_PASSED', message: 'too late', details: { timeoutMs: 5 } } as const;
    door.desk.end('t1', { state: 'expired', failure, slave: undefined, attempts: 0 });
    door.desk.end('t2', { value: null });
    await results.end();
    const [, second, third] = results.json();
    expect(second).to.deep.include({ index: 0, id: 't1', state: 'expired', slave: null, attempts: 0 });
    expect(second).to.nested.include({ 'error.status': 504, 'error.detail': 'too late', 'error.timeoutMs': 5 });
    expect(second).not.to.have.property('result');
    expect(third).to.deep.include({ index: 1, id: 't2', result: null });
    expect(door.desk.cancelled).to.deep.equal([]);
  });

  it('has a line at once for a task that was refused or has ended', async () => {
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait' });
    const results = await streamTasks(door.url, [{ type: 'full' }, 7, { type: 'fib' }]);
    await results.until(2);
    const [full, rubbish] = results.json();
    expect(full).to.have.all.keys('index', 'error').and.nested.include({ index: 0, 'error.status': 429 });
    expect(rubbish).to.nested.include({ index: 1, 'error.status': 400 });
    door.desk.end('t1');
    await results.end();
    expect(results.lines).to.have.length(3);
  });

  it('ends at once when nothing was taken in', async () => {
    const results = await streamTasks(door.url, [7, 8]);
    await results.end();
    expect(results.json().map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('is for a single task as well, whose refusal keeps its status', async () => {
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait' });
    const refused = await streamTasks(door.url, { type: 'full' });
    expect(refused.response.statusCode).to.equal(429);
    const results = await streamTasks(door.url, { type: 'fib' });
    door.desk.end('t1', { value: 1 });
    await results.end();
    expect(results.json()[0]).to.include({ index: 0, result: 1 });
  });

  it('shows a result that cannot be written down as an error of its task alone', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const results = await streamTasks(door.url, fibs(2));
    door.desk.end('t1', { value: deep });
    door.desk.end('t2', { value: 1 });
    await results.end();
    const [first, second] = results.json();
    expect(first).to.nested.include({ index: 0, 'error.status': 500 });
    expect(second).to.include({ index: 1, result: 1 });
  });

  it('carries 10 000 results that end in one tick', async function () {
    this.timeout(20_000);
    const results = await streamTasks(door.url, fibs(10_000));
    for (const id of door.desk.ids) door.desk.end(id, { value: id });
    await results.end();
    const lines = results.json() as { index: number; result: string }[];
    expect(lines.map(({ index }) => index)).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => i));
    expect(lines.every(({ index, result }) => result === `t${index + 1}`)).to.equal(true);
  });

  it('does not write while the client does not read, and goes on when it does', async function () {
    this.timeout(20_000);
    let reads = 0;
    const value = {
      get text() {
        reads++;
        return 'x'.repeat(100_000);
      },
    };
    const results = await streamTasks(door.url, fibs(400));
    results.response.pause();
    for (const id of door.desk.ids) door.desk.end(id, { value });
    await eventually('some is written', () => reads > 0);
    let before = -1;
    await eventually('no more is written', async () => {
      const isStill = before === reads;
      before = reads;
      await sleep(100);
      return isStill;
    });
    expect(reads, '40 MB do not fit into the buffers of sockets').to.be.below(200);
    results.response.resume();
    await eventually('the stream ends', () => results.ended, 15_000);
    expect(results.lines).to.have.length(400);
    expect(reads).to.equal(400);
  });

  it('cancels what has not ended when the client hangs up', async () => {
    const results = await streamTasks(door.url, fibs(3));
    door.desk.end('t2');
    await results.until(1);
    results.leave();
    await eventually('the others are cancelled', () => door.desk.cancelled.length >= 2);
    expect(door.desk.cancelled).to.deep.equal([
      ['t1', 'the client went away'],
      ['t3', 'the client went away'],
    ]);
    expect(door.desk.waiting).to.equal(0);
  });

  it('cancels them also when the client hangs up before they are taken in', async () => {
    let open = (): void => undefined;
    door.desk.delay = () => new Promise((resolve) => (open = resolve));
    const controller = new AbortController();
    const headers = { 'content-type': 'application/json', accept: 'application/x-ndjson' };
    const body = JSON.stringify(fibs(2));
    const gone = request(`${door.url}/tasks`, { method: 'POST', headers, body, signal: controller.signal }).catch(
      () => 'gone',
    );
    await eventually('they are submitted', () => door.desk.submissions.length === 1);
    controller.abort();
    expect(await gone).to.equal('gone');
    await request(`${door.url}/ok`); // the door has seen the hang-up
    open();
    await eventually('they are cancelled', () => door.desk.cancelled.length === 2);
  });

  it('cancels them also on a connection with pipelined requests', async () => {
    const socket = connect(door.port, '127.0.0.1');
    const body = JSON.stringify(fibs(2));
    const head = `POST /tasks HTTP/1.1\r\nHost: localhost\r\naccept: application/x-ndjson\r\ncontent-type: application/json`;
    const post = `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    socket.write(`GET /task?type=fib HTTP/1.1\r\nHost: localhost\r\n\r\n${post}${post}`);
    await eventually('all are taken in', () => door.desk.ids.length === 5);
    await eventually('all are followed', () => door.desk.waiting === 5);
    socket.destroy();
    await eventually('all are cancelled', () => door.desk.cancelled.length === 5);
  });

  it('cancels nothing when the connection closes after the end', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await streamTasks(door.url, fibs(2), { agent });
    door.desk.end('t1');
    door.desk.end('t2');
    await first.end();
    const second = await streamTasks(door.url, fibs(1), { agent });
    expect(second.response.socket === first.response.socket || door.desk.ids.length === 3).to.equal(true);
    agent.destroy();
    second.leave();
    await eventually('the second is cancelled', () => door.desk.cancelled.length > 0);
    expect(door.desk.cancelled.map(([id]) => id)).to.deep.equal(['t3']);
  });

  it('cancels nothing when there is an Idempotency-Key, and is taken up again with it', async () => {
    const first = await streamTasks(door.url, fibs(3), KEY);
    door.desk.end('t1', { value: 'one' });
    await first.until(1);
    first.leave();
    await eventually('nobody listens', () => door.desk.waiting === 0);
    door.desk.end('t2', { value: 'two' });
    const again = await streamTasks(door.url, fibs(3), KEY);
    expect(again.response.headers['idempotency-replayed']).to.equal('true');
    await again.until(2);
    door.desk.end('t3', { value: 'three' });
    await again.end();
    expect(again.json().map(({ index, result }) => [index, result])).to.deep.equal([
      [0, 'one'],
      [1, 'two'],
      [2, 'three'],
    ]);
    expect(door.desk.cancelled).to.deep.equal([]);
    const places = await sendJson(`${door.url}/tasks`, fibs(3), KEY);
    const { tasks } = parsed(places) as { tasks: { id: string }[] };
    expect(tasks.map(({ id }) => id)).to.deep.equal(['t1', 't2', 't3']);
  });

  it('says so when a result is no longer kept', async () => {
    await sendJson(`${door.url}/tasks`, fibs(1), KEY);
    door.desk.forget('t1');
    const again = await streamTasks(door.url, fibs(1), KEY);
    await again.end();
    expect(again.json()[0]).to.nested.include({ index: 0, id: 't1', 'error.status': 404 });
  });

  it('cuts off a client that reads nothing for ten minutes', async function () {
    this.timeout(20_000);
    const results = await streamTasks(door.url, fibs(400));
    results.response.pause();
    for (const id of door.desk.ids.slice(1)) door.desk.end(id, { value: 'x'.repeat(100_000) });
    await sleep(300); // what fits is in the buffers of the sockets
    door.clock.advance(9 * 60_000);
    expect(door.desk.cancelled).to.deep.equal([]);
    door.clock.advance(3 * 60_000);
    await eventually('it is cut off', () => door.desk.cancelled.length === 1);
    expect(door.desk.cancelled[0]![0]).to.equal('t1');
  });
});
