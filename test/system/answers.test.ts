// What comes back over HTTP, field by field: DESIGN §5.
import { hostname } from 'node:os';
import { expect } from 'chai';
import { startCluster, startSlave, stopAll, type Cluster } from '../support/cluster.ts';
import { getJson } from '../support/http.ts';
import { fibonacci } from '../support/reference.ts';
import { eventually } from '../support/wait.ts';

const SLACK = process.env['CI'] === 'true' ? 3 : 1;
const JSON_WANTED = { headers: { accept: 'application/json' } };

describe('the HTTP door', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ slaves: [['--label', 'room=12', '--label', 'os=linux', '--max-load', '1e9']] });
  });
  after(stopAll);

  it('answers a task with the bare result and says which task and slave it was', async () => {
    const { status, headers, body } = await cluster.master.get('/task?type=fib&n=80');
    expect([status, body]).to.deep.equal([200, '23416728348467685']);
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
    expect(headers['x-slave']).to.equal('s1');
    expect(headers['x-task-id']).to.match(/^[0-9a-f]+-[0-9a-z]+$/);
  });

  it('gives every task an id of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => (await cluster.master.get('/task?type=fib&n=1')).headers['x-task-id']),
    );
    expect(new Set(ids).size).to.equal(50);
  });

  it('answers with all facts of the task as JSON when asked for it', async () => {
    const { headers, body } = await cluster.master.get('/task?type=countprimes&n=1000', JSON_WANTED);
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
    const report = JSON.parse(body) as Record<string, unknown>;
    expect(report).to.have.all.keys(
      ...['id', 'type', 'params', 'state', 'result', 'slave', 'attempts', 'queuedMs', 'runMs'],
    );
    expect(report).to.deep.include({ type: 'countprimes', params: { n: 1000 }, state: 'done', result: 168 });
    expect(report).to.include({ slave: 's1', attempts: 1, id: headers['x-task-id'] });
    expect(report['queuedMs']).to.be.at.least(0);
    expect(report['runMs']).to.be.above(0);
  });

  it('gives integers of any size as strings in JSON, small ones too', async () => {
    for (const n of [1, 80, 5000]) {
      const { body } = await cluster.master.get(`/task?type=fib&n=${n}`, JSON_WANTED);
      expect(JSON.parse(body)).to.deep.include({ result: fibonacci(n).toString() });
    }
  });

  it('measures how long a task ran and how long it waited', async () => {
    const url = '/task?type=reverse&text=ab&workMs=300';
    const answers = await Promise.all(Array.from({ length: 3 }, () => cluster.master.get(url, JSON_WANTED)));
    const reports = answers.map(({ body }) => JSON.parse(body) as { queuedMs: number; runMs: number });
    for (const { runMs } of reports) expect(runMs).to.be.within(290, 2000 * SLACK);
    // One thread and one place behind it: the third waits at the master until the first is done.
    expect(Math.max(...reports.map(({ queuedMs }) => queuedMs))).to.be.within(250, 2000 * SLACK);
  });

  it('gives text as text, whatever is in it', async () => {
    const query = new URLSearchParams({ type: 'reverse', text: 'a<b>&"é😀' });
    const { body, headers } = await cluster.master.get(`/task?${query.toString()}`);
    expect(body).to.equal('😀é"&>b<a');
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
    expect((await cluster.master.get('/task?type=reverse&text=')).body).to.equal('');
  });

  it('lists the slaves with what they have', async () => {
    const [slave] = await getJson<Record<string, unknown>[]>(`${cluster.master.url}/slaves`);
    expect(slave).to.deep.include({
      name: 's1',
      state: 'ready',
      maxLoad: 1e9,
      groups: ['compute'],
      leases: 0,
      weight: 0,
    });
    expect(slave!['labels']).to.deep.equal({ room: '12', os: 'linux' });
    expect(slave!['address']).to.equal(`127.0.0.1:${cluster.slaves[0]!.ports[0]}`);
    expect(Math.abs(Date.parse(slave!['joinedAt'] as string) - Date.now())).to.be.below(60_000);
    expect(slave).to.include.keys('id', 'load', 'cpu', 'slots', 'running');
    expect(slave!['cpu']).to.be.at.least(0.01);
    const one = await getJson<Record<string, unknown>>(`${cluster.master.url}/slaves/${slave!['id'] as string}`);
    expect(one).to.include({ id: slave!['id'], name: 's1' });
  });

  it('shows the load of a slave while it works, and its tasks with their progress', async () => {
    const { master } = cluster;
    const id = (await master.slaves())[0]!.id;
    const controller = new AbortController();
    const answer = master.get('/task?type=burn&ms=60000', { signal: controller.signal }).catch(() => 'gone');
    const task = await eventually('progress', async () => {
      const [first] = await getJson<{ progress: number }[]>(`${master.url}/slaves/${id}/tasks`);
      return first !== undefined && first.progress > 0 && first;
    });
    expect(task).to.include({ type: 'burn', state: 'running', weight: 60_000, attempt: 1, started: true });
    expect(task.progress).to.be.below(1);
    const [slave] = await master.slaves();
    expect(slave).to.include({ leases: 1, weight: 60_000 });
    expect(slave!.load).to.be.above(0);
    controller.abort();
    expect(await answer).to.equal('gone');
    await eventually('it is idle again', async () => (await master.slaves())[0]!.weight === 0);
  });

  it('lists the task types with parameters and weights', async () => {
    const types = await getJson<Record<string, unknown>[]>(`${cluster.master.url}/task-types`);
    expect(types.map(({ name }) => name)).to.deep.equal(['fib', 'countprimes', 'reverse', 'burn', 'mandelbrot']);
    expect(types[1]).to.deep.include({
      group: 'compute',
      result: 'number',
      weight: { factor: 1, parameter: 'n', power: 2 },
    });
    expect(types[0]!['schema']).to.nested.include({ 'properties.n.maximum': 100_000 });
  });

  it('says that it is there and ready', async () => {
    for (const path of ['/ok', '/health/live', '/health/ready']) {
      expect((await cluster.master.get(path)).status, path).to.equal(200);
    }
  });

  it('describes itself as OpenAPI and has a page for people', async () => {
    const api = await getJson<{ openapi: string; paths: object }>(`${cluster.master.url}/openapi.json`);
    expect(api.openapi).to.match(/^3\./);
    expect(api.paths).to.include.keys('/task', '/task-types', '/slaves', '/slaves/{id}', '/algorithm', '/health/ready');
    const { headers, body } = await cluster.master.get('/');
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.contain("default-src 'none'");
    expect(body).to.contain('<title>Lanyard</title>').and.to.contain('src="/assets/dashboard.js"');
    expect((await cluster.master.get('/assets/dashboard.js')).status).to.equal(200);
  });

  it('names a slave <hostname>-<port> when it is given no name', async () => {
    const { master } = cluster;
    const slave = await startSlave(master.discoveryPort);
    const names = (await master.members(2)).map(({ name }) => name);
    expect(names[1]).to.equal(`${hostname()}-${slave.ports[0]}`);
    expect((await slave.log('joined'))['as']).to.equal(names[1]);
  });
});
