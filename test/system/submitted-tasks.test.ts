// Submitted tasks in a real cluster: every one gets one right answer, asked for later or heard as it comes.
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster } from '../support/cluster.ts';
import { parsed, sendJson } from '../support/http-door.ts';
import { request, type Answer } from '../support/http.ts';
import { fibonacci } from '../support/reference.ts';
import { invariantsHold, streamOf, submit, submitAll, taskOf } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

const SLACK = process.env['CI'] === 'true' ? 3 : 1;
const FOREVER = { type: 'burn', params: { ms: 3_600_000 } };
const fib = (n: number, more: object = {}): object => ({ type: 'fib', params: { n }, ...more });

const running = (cluster: Cluster): Promise<unknown> =>
  eventually('it runs', async () => (await cluster.slaves[0]!.metrics()).sum('lanyard_tasks_running') > 0);
const remove = ({ master }: Cluster, id: string): Promise<Answer> =>
  request(`${master.url}/tasks/${id}`, { method: 'DELETE' });

describe('a submitted task', () => {
  let cluster: Cluster;
  before(async () => (cluster = await startCluster({ slaves: [[]] })));
  afterEach(() => invariantsHold(cluster.master));
  after(stopAll);

  it('is done when nobody waits for it, and its result is there for whoever asks', async () => {
    const id = await submit(cluster.master, fib(80));
    const task = await taskOf(cluster.master, id, '10s');
    expect(task).to.deep.include({ id, type: 'fib', params: { n: 80 }, state: 'done', result: '23416728348467685' });
    expect(task).to.include({ priority: 'normal', weight: 80, slave: 's1', attempts: 1, progress: 1 });
    expect(task['runMs']).to.be.above(0);
    const times = ['queuedAt', 'startedAt', 'endedAt'].map((name) => Date.parse(task[name] as string));
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    expect(Math.abs(times[0]! - Date.now())).to.be.below(60_000);
    const again = await taskOf(cluster.master, id);
    expect(again).to.include({ state: 'done', result: '23416728348467685', startedAt: task['startedAt'] });
    expect(await taskOf(cluster.master, id), 'and again').to.deep.equal(again);
  });

  it('answers a wait when it ends, not later', async () => {
    const id = await submit(cluster.master, { type: 'reverse', params: { text: 'ab', workMs: 300 } });
    const askedAt = performance.now();
    expect((await taskOf(cluster.master, id, '0')).state).to.be.oneOf(['queued', 'running']);
    expect(await taskOf(cluster.master, id, '30s')).to.include({ state: 'done', result: 'ba' });
    expect(performance.now() - askedAt).to.be.within(200, 1500 * SLACK);
  });

  it('shows its progress while it runs, and its thread is free within a second of DELETE', async () => {
    const id = await submit(cluster.master, { type: 'burn', params: { ms: 60_000 } });
    const task = await eventually('progress', async () => {
      const now = await taskOf(cluster.master, id);
      return (now['progress'] as number) > 0 && now;
    });
    expect(task).to.include({ state: 'running', slave: 's1', attempts: 1 });
    expect(task['startedAt']).to.be.a('string');
    const deleted = await remove(cluster, id);
    expect([deleted.status, parsed(deleted)['state']]).to.deep.equal([200, 'cancelled']);
    const askedAt = performance.now();
    expect((await cluster.master.get('/task?type=fib&n=80')).body).to.equal('23416728348467685');
    expect(performance.now() - askedAt).to.be.below(1000 * SLACK);
    expect(await taskOf(cluster.master, id)).to.include({ state: 'cancelled' });
    const again = await remove(cluster, id);
    expect([again.status, parsed(again)['state']]).to.deep.equal([409, 'cancelled']);
  });

  it('is cancelled while it waits, and never runs', async () => {
    const busy = await submit(cluster.master, FOREVER);
    await running(cluster);
    const ids = await submitAll(
      cluster.master,
      Array.from({ length: 5 }, () => fib(7)),
    );
    const waiting = ids[4]!.id;
    expect((await remove(cluster, waiting)).status).to.equal(200);
    expect((await remove(cluster, busy)).status).to.equal(200);
    for (const { id } of ids.slice(0, 4)) expect(await taskOf(cluster.master, id, '10s')).to.include({ state: 'done' });
    expect(await taskOf(cluster.master, waiting)).to.include({ state: 'cancelled', attempts: 0, slave: null });
  });

  it('that is past one of its limits is expired, and says which one', async () => {
    const ran = await submit(cluster.master, { ...FOREVER, runTimeoutMs: 200 });
    expect(await taskOf(cluster.master, ran, '10s')).to.nested.include({
      state: 'expired',
      'error.type': 'urn:lanyard:problem:run-limit-passed',
    });
    const late = await submit(cluster.master, { ...FOREVER, timeoutMs: 200 });
    expect(await taskOf(cluster.master, late, '10s')).to.nested.include({
      state: 'expired',
      'error.type': 'urn:lanyard:problem:deadline-passed',
    });
    const busy = await submit(cluster.master, FOREVER);
    await running(cluster);
    const queued = await submitAll(cluster.master, [FOREVER, fib(1, { waitTimeoutMs: 100 })]);
    expect(await taskOf(cluster.master, queued[1]!.id, '10s')).to.nested.include({
      state: 'expired',
      'error.status': 504,
    });
    for (const id of [busy, queued[0]!.id]) await remove(cluster, id);
  });

  it('that cannot be taken in is refused alone, with the status of its reason', async () => {
    const refused = await sendJson(`${cluster.master.url}/tasks`, fib(-1));
    expect(refused.status).to.equal(400);
    expect(parsed(refused)['detail']).to.match(/parameter n must be an integer from 0 to 100000, got -1/);
    expect((await sendJson(`${cluster.master.url}/tasks`, { type: 'fibo' })).status).to.equal(400);
    const tasks = await submitAll(cluster.master, [fib(1), fib(-1), { type: 'fib', n: 1 }, fib(2)]);
    expect(tasks.map((task) => ['id' in task, task.error?.['status']])).to.deep.equal([
      [true, undefined],
      [false, 400],
      [false, 400],
      [true, undefined],
    ]);
    expect(await taskOf(cluster.master, tasks[3]!.id, '10s')).to.include({ result: '1' });
  });

  it('is found in the list, newest first, page by page', async () => {
    const ids = (
      await submitAll(
        cluster.master,
        Array.from({ length: 25 }, (_, n) => fib(n)),
      )
    ).map(({ id }) => id);
    await taskOf(cluster.master, ids[24]!, '10s');
    await eventually('all are done', async () => {
      const { tasks } = parsed(await cluster.master.get('/tasks?state=running&type=fib')) as { tasks: unknown[] };
      return tasks.length === 0;
    });
    const listed: string[] = [];
    let next: string | null = '';
    for (let page = 0; next !== null && listed.length < 25; page++) {
      expect(page).to.be.below(100);
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const answer = await cluster.master.get(`/tasks?type=fib&state=done&limit=10${cursor}`);
      const body = parsed(answer) as { tasks: { id: string; type: string; state: string }[]; next: string | null };
      expect(body.tasks.length).to.be.at.most(10);
      for (const { type, state } of body.tasks) expect([type, state]).to.deep.equal(['fib', 'done']);
      listed.push(...body.tasks.map(({ id }) => id));
      next = body.next;
    }
    expect(listed.slice(0, 25)).to.deep.equal(ids.reverse());
    expect((await cluster.master.get('/tasks?cursor=no-cursor')).status).to.equal(400);
  });

  it('of GET /task can be looked at and cancelled while it runs, and is forgotten then', async () => {
    const answer = cluster.master.get('/task?type=burn&ms=60000');
    await running(cluster);
    const [slave] = await cluster.master.slaves();
    const [{ id } = { id: '' }] = JSON.parse((await cluster.master.get(`/slaves/${slave!.id}/tasks`)).body) as {
      id: string;
    }[];
    expect(await taskOf(cluster.master, id)).to.include({ type: 'burn', state: 'running' });
    const deleted = await remove(cluster, id);
    expect([deleted.status, parsed(deleted)['state']]).to.deep.equal([200, 'cancelled']);
    expect((await answer).status).to.equal(409);
    expect((await cluster.master.get(`/tasks/${id}`)).status).to.equal(404);
  });
});

describe('a batch', () => {
  let cluster: Cluster;
  beforeEach(async () => (cluster = await startCluster()));
  afterEach(stopAll);

  it('of a thousand tasks streams every result once and right, the short ones before the long one', async () => {
    // Hundreds of short ones take a busy machine less than that.
    const long = { type: 'reverse', params: { text: 'ab', workMs: 2000 } };
    const results = await streamOf(cluster.master, [long, ...Array.from({ length: 1000 }, (_, n) => fib(n)), fib(-1)]);
    expect(results.response.headers['x-task-count']).to.equal('1002');
    await eventually('the stream ends', () => results.ended, 30_000);
    const lines = results.json();
    expect(new Set(lines.map(({ index }) => index)).size).to.equal(1002);
    expect(lines).to.have.length(1002);
    for (const line of lines) {
      const index = line['index'] as number;
      if (index === 1001) expect(line).to.nested.include({ 'error.status': 400 });
      else expect(line['result']).to.equal(index === 0 ? 'ba' : fibonacci(index - 1).toString());
    }
    expect(
      lines.findIndex(({ index }) => index === 1001),
      'refused: at once',
    ).to.be.below(500);
    expect(
      lines.findIndex(({ index }) => index === 0),
      'the long one',
    ).to.be.above(300);
    await invariantsHold(cluster.master);
  });

  it('is cancelled when its client hangs up: within a second every thread is free', async () => {
    const results = await streamOf(cluster.master, [...Array.from({ length: 20 }, () => FOREVER), fib(-1)]);
    await results.until(1);
    await eventually('both slaves are busy', async () =>
      (await cluster.master.slaves()).every(({ leases }) => leases > 0),
    );
    results.leave();
    await eventually('nothing is left', async () => {
      const { tasks } = parsed(await cluster.master.get('/tasks?state=cancelled')) as { tasks: unknown[] };
      return tasks.length === 20;
    });
    const askedAt = performance.now();
    const answers = await Promise.all([1, 2].map(() => cluster.master.get('/task?type=fib&n=80')));
    expect(answers.map(({ body }) => body)).to.deep.equal(Array(2).fill('23416728348467685'));
    expect(performance.now() - askedAt).to.be.below(1000 * SLACK);
    await eventually('all leases are settled', async () =>
      (await cluster.master.slaves()).every(({ leases }) => leases === 0),
    );
    await invariantsHold(cluster.master);
  });

  it('with an Idempotency-Key goes on without its client, and each task is run once however often it is asked for', async () => {
    const options = { headers: { 'idempotency-key': 'nightly-2026' } };
    const tasks = Array.from({ length: 30 }, (_, n) => ({ type: 'reverse', params: { text: `a${n}`, workMs: 30 } }));
    const first = await streamOf(cluster.master, tasks, options);
    await first.until(3);
    first.leave();
    const again = await streamOf(cluster.master, tasks, options);
    expect(again.response.headers['idempotency-replayed']).to.equal('true');
    await eventually('the stream ends', () => again.ended, 10_000);
    const results = again.json().sort((a, b) => (a['index'] as number) - (b['index'] as number));
    expect(results.map(({ result }) => result)).to.deep.equal(
      tasks.map((_, n) => Array.from(`a${n}`).reverse().join('')),
    );
    const done = async (): Promise<number> => {
      const pages = await Promise.all(cluster.slaves.map((slave) => slave.metrics()));
      return pages.reduce((sum, page) => sum + page.sum('lanyard_tasks_completed_total', { type: 'reverse' }), 0);
    };
    expect(await done()).to.equal(30);
    expect((await sendJson(`${cluster.master.url}/tasks`, tasks.slice(1), options)).status).to.equal(422);
    expect(await done()).to.equal(30);
  });

  it('survives the death of a slave: every result once and right', async () => {
    const results = await streamOf(
      cluster.master,
      Array.from({ length: 40 }, (_, n) => ({ type: 'reverse', params: { text: `a${n}`, workMs: 50 } })),
    );
    await results.until(4);
    cluster.slaves[0]!.kill('SIGKILL');
    await eventually('the stream ends', () => results.ended, 20_000);
    const lines = results.json().sort((a, b) => (a['index'] as number) - (b['index'] as number));
    expect(lines.map(({ state, result }) => [state, result])).to.deep.equal(
      Array.from({ length: 40 }, (_, n) => ['done', Array.from(`a${n}`).reverse().join('')]),
    );
    expect(
      lines.some(({ attempts }) => attempts === 2),
      'something was lost with it',
    ).to.equal(true);
    await invariantsHold(cluster.master);
  });

  it('that outlasts the drain time of the master ends with 503 in every line', async () => {
    await stopAll();
    cluster = await startCluster({ master: ['--drain-timeout', '300ms'], slaves: [[]] });
    const results = await streamOf(cluster.master, [FOREVER, FOREVER]);
    await running(cluster);
    cluster.master.kill('SIGTERM');
    await cluster.master.log('draining');
    expect((await sendJson(`${cluster.master.url}/tasks`, [fib(1)])).status).to.equal(503);
    await results.end();
    const problems = results.json().map(({ error }) => (error as { type: string }).type);
    expect(problems).to.deep.equal(Array(2).fill('urn:lanyard:problem:draining'));
    expect(await cluster.master.exited).to.deep.equal({ code: 0, signal: null });
  });
});

describe('results', () => {
  afterEach(stopAll);

  it('are kept for --keep-results and no longer', async () => {
    const { master } = await startCluster({ master: ['--keep-results', '1s'], slaves: [[]] });
    const id = await submit(master, fib(80));
    await taskOf(master, id, '10s');
    const endedAt = performance.now();
    await eventually('it is forgotten', async () => (await master.get(`/tasks/${id}`)).status === 404, 10_000);
    expect(performance.now() - endedAt).to.be.within(900, 4000 * SLACK);
    expect(parsed(await master.get(`/tasks/${id}`))['detail']).to.contain('--keep-results');
  });

  it('are kept up to --keep-results-max, the latest', async () => {
    const { master } = await startCluster({ master: ['--keep-results-max', '5'], slaves: [[]] });
    const results = await streamOf(
      master,
      Array.from({ length: 50 }, (_, n) => fib(n)),
    );
    await results.end();
    expect(results.lines, 'whoever listened has them all').to.have.length(50);
    const ids = results.json().map(({ id }) => id as string);
    await eventually('five are left', async () => {
      return (parsed(await master.get('/tasks')) as { tasks: unknown[] }).tasks.length === 5;
    });
    for (const id of ids.slice(-5)) expect((await master.get(`/tasks/${id}`)).status).to.equal(200);
    expect((await master.get(`/tasks/${ids[0]}`)).status).to.equal(404);
  });
});
