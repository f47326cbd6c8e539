// Draining by HTTP, invariants, who may ask for them, and what /openapi.json says of everything.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { expect } from 'chai';
import type { ErrorCode } from '../../../../../src/common/errors.ts';
import { createLog } from '../../../../../src/common/log.ts';
import { ManualClock } from '../../../../../src/common/time/manual-clock.ts';
import { useSchemasAsDescriptions } from '../../../../../src/master/doors/http/endpoint.ts';
import { EventStream } from '../../../../../src/master/doors/http/event-stream.ts';
import { Guard } from '../../../../../src/master/doors/http/guard.ts';
import { addRoutes } from '../../../../../src/master/doors/http/routes.ts';
import { TaskWaits } from '../../../../../src/master/doors/http/task-waits.ts';
import { STATUS_CODES } from '../../../../../src/common/status-codes.ts';
import { FakeCluster, fakeSlave } from '../../../../support/fake-cluster.ts';
import { closeDoors, openDoor, parsed, sendJson, type OpenDoor } from '../../../../support/http-door.ts';
import { request, type Answer } from '../../../../support/http.ts';
import { ROOT } from '../../../../support/node-process.ts';

describe('the HTTP door', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  const post = (path: string): Promise<Answer> => request(door.url + path, { method: 'POST' });

  it('drains a slave and lets it work again', async () => {
    door.cluster.members.set('s1', fakeSlave('s1'));
    const drained = await post('/slaves/s1/drain');
    expect(drained.status).to.equal(200);
    expect(parsed(drained)).to.deep.equal({ ...fakeSlave('s1'), state: 'draining' });
    const resumed = await sendJson(`${door.url}/slaves/s1/resume`, {});
    expect(parsed(resumed)).to.include({ name: 's1', state: 'ready' });
  });

  it('answers a body that is not JSON with 400 and an example of one', async () => {
    const examples = { PUT: ['/algorithm', '{"name": "least-load"}'], POST: ['/tasks', '{"type": "fib", '] } as const;
    for (const [method, [path, example]] of Object.entries(examples))
      for (const body of ['{', 'least-load', '{"__proto__": {}}']) {
        const headers = { 'content-type': 'application/json' };
        const answer = await request(door.url + path, { method, headers, body });
        expect(answer.status, body).to.equal(400);
        expect(parsed(answer)['detail']).to.match(/^the body is not JSON .*; expected a JSON body such as /);
        expect(parsed(answer)['detail']).to.contain(example);
      }
  });

  it('answers 404 for a slave that is not there and 409 for one that cannot', async () => {
    door.cluster.members.set('s1', fakeSlave('s1', 'leaving'));
    for (const url of ['/slaves/s2/drain', '/slaves/s2/resume']) {
      const answer = await post(url);
      expect([answer.status, parsed(answer)['detail']]).to.deep.equal([
        404,
        'no slave has the id s2; GET /slaves lists them',
      ]);
    }
    expect((await post('/slaves/s1/resume')).status).to.equal(409);
    expect((await request(`${door.url}/slaves/s1/drain`)).headers['allow']).to.equal('POST');
  });

  it('answers 200 when the invariants hold, and the same document with 500 when not', async () => {
    const good = await request(`${door.url}/debug/invariants`);
    expect([good.status, parsed(good)]).to.deep.equal([200, { ok: true, violations: [], checked: { tasks: 3 } }]);
    door.cluster.view = { ok: false, violations: ['task t1 is in two states'], checked: { tasks: 3 } };
    const bad = await request(`${door.url}/debug/invariants`);
    expect([bad.status, parsed(bad)]).to.deep.equal([500, door.cluster.view]);
  });

  describe('lists registered backends', () => {
    const ask = (query: string): Promise<Answer> => request(`${door.url}/backends${query}`);

    it('of all services, up to 1000 at once', async () => {
      expect(parsed(await ask(''))).to.deep.equal({ backends: [], next: null });
      expect(door.cluster.asked).to.deep.equal({ service: undefined, limit: 1000, cursor: undefined });
    });

    it('filtered and paged as the URL says', async () => {
      door.cluster.registered = { backends: [], next: 'c2' };
      expect(parsed(await ask('?service=words&limit=7&cursor=c1'))).to.deep.equal({ backends: [], next: 'c2' });
      expect(door.cluster.asked).to.deep.equal({ service: 'words', limit: 7, cursor: 'c1' });
    });

    it('and refuses what is no page', async () => {
      for (const [query, what] of [
        ['?limit=0', 'limit must be a whole number from 1 to 1000; got 0'],
        ['?limit=1001', 'limit must be a whole number from 1 to 1000; got 1001'],
        ['?state=ready', 'unknown name state in the URL: expected service, limit, cursor'],
      ] as const) {
        const answer = await ask(query);
        expect([answer.status, parsed(answer)['detail']]).to.deep.equal([400, what]);
      }
      door.cluster.registered = { code: 'BAD_PARAMETER', message: 'this is no cursor' };
      expect((await ask('?cursor=x')).status).to.equal(400);
    });
  });

  describe('tells Prometheus whom to scrape', () => {
    const ask = (query: string, method = 'GET'): Promise<Answer> =>
      request(`${door.url}/prometheus/targets${query}`, { method });
    const targetsOf = ({ body }: Answer): string[] =>
      (JSON.parse(body) as { targets: string[] }[]).flatMap(({ targets }) => targets);

    beforeEach(() => {
      for (const [i, name] of ['a', 'b', 'c'].entries())
        door.cluster.scraped.push({ name, address: `10.0.0.${i + 1}`, metricsPort: 9100, labels: {} });
    });

    it('with 200, an empty list when there is nobody, and exactly the content type that it takes', async () => {
      const all = await ask('');
      expect([all.status, all.headers['content-type']]).to.deep.equal([200, 'application/json']);
      expect(JSON.parse(all.body)).to.deep.include({
        targets: ['10.0.0.2:9100'],
        labels: { cluster: 'lanyard', slave: 'b' },
      });
      expect(targetsOf(all)).to.have.length(3);
      door.cluster.scraped.length = 0;
      const none = await ask('');
      expect([none.status, none.headers['content-type'], none.body]).to.deep.equal([200, 'application/json', '[]']);
    });

    it('at one host, or at several', async () => {
      expect(targetsOf(await ask('?host=10.0.0.2'))).to.deep.equal(['10.0.0.2:9100']);
      expect(targetsOf(await ask('?host=10.0.0.3&host=10.0.0.1'))).to.deep.equal(['10.0.0.1:9100', '10.0.0.3:9100']);
      expect(targetsOf(await ask('?host=10.0.0.9'))).to.deep.equal([]);
    });

    it('and refuses a host that is no address, and any other name, with a sentence', async () => {
      for (const [query, what] of [
        ['?host=s1', 'host must be the IP address of a slave, such as 192.168.1.20, and may be repeated; got s1'],
        [
          '?host=10.0.0.1&host=',
          'host must be the IP address of a slave, such as 192.168.1.20, and may be repeated; got nothing',
        ],
        ['?slave=s1', 'unknown name slave in the URL: expected host, or nothing'],
      ] as const) {
        const answer = await ask(query);
        expect([answer.status, parsed(answer)['detail']]).to.deep.equal([400, what]);
      }
    });

    it('to be read only', async () => {
      expect(await ask('', 'HEAD')).to.include({ status: 200, body: '' });
      const wrong = await ask('', 'POST');
      expect([wrong.status, wrong.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
    });
  });

  it('has no endpoint that docs/http.md does not describe', async () => {
    const { paths } = parsed(await request(`${door.url}/openapi.json`)) as { paths: Record<string, object> };
    const text = readFileSync(path.join(ROOT, 'docs/http.md'), 'utf8');
    for (const [url, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods).filter((name) => name !== 'head')) {
        expect(text).to.contain(`\`${method.toUpperCase()} ${url}`);
      }
    }
  });

  it('lists every endpoint with parameters, bodies and answers in /openapi.json', async () => {
    type Operation = {
      summary: string;
      parameters?: { name: string; in: string; description: string; required: boolean; schema: { type: string } }[];
      requestBody?: { content: Record<string, unknown> };
      responses: Record<string, { description: string; content?: Record<string, unknown> }>;
    };
    const { paths } = parsed(await request(`${door.url}/openapi.json`)) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const names = (path: string, method: string): string[] =>
      (paths[path]![method]!.parameters ?? []).map(({ name, in: where }) => `${where}:${name}`);
    expect(names('/task', 'get')).to.have.members(
      ['type', 'timeout', 'waitTimeout', 'runTimeout', 'priority', 'retries']
        .map((n) => `query:${n}`)
        .concat('header:accept'),
    );
    expect(names('/tasks', 'get')).to.have.members(['query:state', 'query:type', 'query:limit', 'query:cursor']);
    expect(names('/tasks', 'post')).to.have.members(['header:accept', 'header:idempotency-key']);
    expect(names('/tasks/{id}', 'get')).to.have.members(['path:id', 'query:wait']);
    expect(names('/tasks/{id}', 'delete')).to.have.members(['path:id']);
    expect(names('/events', 'get')).to.have.members(['query:kinds']);
    expect(names('/backends', 'get')).to.deep.equal(['query:service', 'query:limit', 'query:cursor']);
    expect(names('/prometheus/targets', 'get')).to.deep.equal(['query:host']);
    for (const path of ['/slaves/{id}/drain', '/slaves/{id}/resume'])
      expect(names(path, 'post')).to.deep.equal(['path:id']);
    expect(paths).to.include.keys('/debug/invariants', '/algorithm', '/task-types', '/health/ready', '/metrics');
    expect(paths['/tasks']!['post']!.requestBody!.content).to.have.property('application/json');
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { summary, parameters = [], responses }] of Object.entries(methods)) {
        if (method === 'head') continue;
        const what = `${method} ${path}`;
        expect(summary, what).not.to.equal('');
        for (const { description, schema } of parameters) {
          expect(description, what).not.to.equal('');
          expect(schema.type, what).to.be.oneOf(['string', 'integer']);
        }
        expect(Object.keys(responses), what).to.include('403');
        for (const { description } of Object.values(responses))
          expect(description).not.to.match(/^(|Default Response)$/);
      }
    }
    expect(Object.keys(paths['/tasks']!['post']!.responses)).to.deep.equal([
      '200',
      '202',
      '400',
      '403',
      '413',
      '422',
      '429',
      '503',
    ]);
    const type = paths['/task']!['get']!.parameters!.find(({ name }) => name === 'type');
    expect(type).to.deep.include({ required: true });
  });
});

describe('from another machine', () => {
  const cluster = new FakeCluster();
  let app: FastifyInstance;

  before(() => {
    const clock = new ManualClock();
    const guard = new Guard({ machineNames: [], allowedHosts: [], open: false });
    const log = createLog('test', 'silent');
    const metrics = (): Promise<never> => Promise.reject(new Error('not asked for'));
    app = fastify();
    useSchemasAsDescriptions(app);
    app.setErrorHandler((error: Error & { code: ErrorCode }, _request, reply) =>
      reply.code(STATUS_CODES[error.code].http).send({ detail: error.message }),
    );
    const streams = { events: new EventStream(cluster, clock), waits: new TaskWaits(cluster.tasks, clock) };
    addRoutes(app, { cluster, guard, log, clock, metrics, ...streams });
    cluster.members.set('s1', fakeSlave('s1'));
  });
  after(() => app.close());

  type Method = 'GET' | 'POST' | 'DELETE';
  async function ask(method: Method, url: string, remoteAddress: string): Promise<[number, string]> {
    const payload = method === 'POST' ? { type: 'fib' } : undefined;
    const { statusCode, body } = await app.inject({ method, url, remoteAddress, ...(payload && { payload }) });
    return [statusCode, body];
  }

  it('slaves are not drained and invariants not checked', async () => {
    for (const [method, url] of [
      ['POST', '/slaves/s1/drain'],
      ['POST', '/slaves/s1/resume'],
      ['GET', '/debug/invariants'],
    ] as const) {
      const [status, body] = await ask(method, url, '10.0.0.9');
      expect([status, body]).to.satisfy(
        ([code, text]: [number, string]) => code === 403 && text.includes('--http-open'),
      );
      expect((await ask(method, url, '127.0.0.1'))[0]).to.equal(200);
    }
  });

  it('a task is cancelled by its submitter only, however the address is written', async () => {
    for (const [submitter, other, own] of [
      ['10.0.0.9', '10.0.0.8', '10.0.0.9'],
      ['10.0.0.9', '::ffff:10.0.0.8', '::ffff:10.0.0.9'],
      ['::ffff:10.0.0.9', '2001:db8::9', '10.0.0.9'],
      ['2001:db8::9', '10.0.0.9', '2001:DB8::9'],
    ] as const) {
      const id = (JSON.parse((await ask('POST', '/tasks', submitter))[1]) as { id: string }).id;
      const [status, body] = await ask('DELETE', `/tasks/${id}`, other);
      expect(status).to.equal(403);
      expect(body).to.contain("from the address that submitted it or the master's own machine only");
      expect((await ask('DELETE', `/tasks/${id}`, own))[0]).to.equal(200);
    }
  });

  it('a task of GET /task is nobody’s to cancel', async () => {
    const admitted = cluster.tasks.submit(cluster.tasks.all.get('t1')!.request, () => undefined);
    const id = admitted.ok ? admitted.id : '';
    expect((await ask('DELETE', `/tasks/${id}`, '10.0.0.9'))[0]).to.equal(403);
    const [status, body] = await ask('DELETE', `/tasks/${id}`, '::1');
    expect(status, "but the master's own machine may").to.equal(200);
    expect(JSON.parse(body)).to.include({ id, state: 'cancelled' });
    expect((await ask('GET', `/tasks/${id}`, '::1'))[0], 'it is forgotten at its end').to.equal(404);
  });

  it('is told so by /about, with what to do about it', async () => {
    const [, far] = await ask('GET', '/about', '10.0.0.9');
    expect(JSON.parse(far)).to.include({
      mayChange: false,
      whyNot: "the cluster is changed from the master's own machine only, unless it was started with --http-open",
    });
    const [, near] = await ask('GET', '/about', '127.0.0.1');
    expect(JSON.parse(near)).to.include({ mayChange: true, whyNot: null });
  });

  it('everyone may submit, look and listen', async () => {
    expect((await ask('POST', '/tasks', '10.0.0.9'))[0]).to.equal(202);
    for (const url of ['/tasks', '/tasks/t1', '/slaves']) expect((await ask('GET', url, '10.0.0.9'))[0]).to.equal(200);
  });
});
