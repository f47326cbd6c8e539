// HTTP that is wrong in itself: methods, paths, bodies, names of other sites. Always a problem+json that says what to do.
import { hostname } from 'node:os';
import { expect } from 'chai';
import { algorithmNames } from '../../src/master/balancing/registry.ts';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { putJson, type Answer, type RequestOptions } from '../support/http.ts';

describe('the HTTP door refuses', () => {
  let master: Master;
  before(async () => {
    master = await startMaster({ args: ['--http-allowed-host', 'Lanyard.Example'] });
  });
  after(stopAll);

  const algorithm = (
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<Answer> => master.get('/algorithm', { method: 'PUT', headers, body });

  function expectProblem({ status, headers, body }: Answer, wanted: number, type: string, says: RegExp): void {
    expect(status, body).to.equal(wanted);
    expect(headers['content-type']).to.match(/^application\/problem\+json/);
    const problem = JSON.parse(body) as { type: string; status: number; detail: string };
    expect(problem).to.include({ type: `urn:lanyard:problem:${type}`, status: wanted });
    expect(problem.detail).to.match(says);
  }

  for (const [method, path, allow] of [
    ['POST', '/task?type=fib&n=80', 'GET'],
    ['HEAD', '/task?type=fib&n=80', 'GET'],
    ['PUT', '/slaves', 'GET, HEAD'],
    ['DELETE', '/slaves/abc', 'GET, HEAD'],
    ['OPTIONS', '/slaves', 'GET, HEAD'],
    ['POST', '/algorithm', 'GET, PUT, HEAD'],
    ['PATCH', '/algorithm', 'GET, PUT, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
    ['PUT', '/tasks', 'GET, POST, HEAD'],
    ['POST', '/tasks/abc', 'GET, DELETE, HEAD'],
    ['GET', '/slaves/abc/drain', 'POST'],
    ['HEAD', '/events', 'GET'],
    ['POST', '/metrics', 'GET, HEAD'],
  ] as const) {
    it(`${method} ${path} with 405 and Allow`, async () => {
      const answer = await master.get(path, { method });
      if (method === 'HEAD') expect(answer.status).to.equal(405);
      else expectProblem(answer, 405, 'method-not-allowed', new RegExp(`${method} .*${allow}`));
      expect(answer.headers['allow']).to.equal(allow);
    });
  }

  for (const path of [
    '/nothing',
    '/task/',
    '/tasks/a/b',
    '/slaves/a/b/c',
    '/TASK',
    '/.env',
    '/../etc/passwd',
    '/%00',
  ]) {
    it(`GET ${path} with 404`, async () => {
      expectProblem(await master.get(path), 404, 'not-found', /openapi\.json/);
    });
  }

  for (const path of [
    '/slaves/unknown',
    '/slaves/__proto__',
    '/slaves/unknown/tasks',
    '/tasks/unknown',
    '/tasks/__proto__',
  ]) {
    it(`GET ${path} with 404 that names the id`, async () => {
      expectProblem(await master.get(path), 404, 'not-found', /unknown|__proto__/);
    });
  }

  it('a path that is no path with 400 or 404', async () => {
    for (const path of ['/slaves/%', '/slaves/%ff']) expect((await master.get(path)).status).to.be.oneOf([400, 404]);
  });

  it('an algorithm that does not exist with 400 and all names, and keeps the old one', async () => {
    for (const name of ['fastest', '', '__proto__', 'constructor', 'Least-Load', 'x'.repeat(5000)]) {
      const answer = await putJson(`${master.url}/algorithm`, { name });
      expectProblem(answer, 400, 'unknown-algorithm', new RegExp(algorithmNames().join(', ')));
      expect(answer.body.length).to.be.below(500);
    }
    expect((await master.get('/algorithm')).body).to.contain('"name":"round-robin"');
  });

  it('an algorithm of a group that cannot be called so, or an algorithm that does not exist, and gives none', async () => {
    for (const group of ['', 'forward:web', '../web', 'x'.repeat(5000)]) {
      const answer = await putJson(`${master.url}/algorithm`, { name: 'least-load', group });
      expectProblem(answer, 400, 'bad-parameter', /letters, digits, dots, dashes or underscores/);
      expect(answer.body.length).to.be.below(500);
    }
    const answer = await putJson(`${master.url}/algorithm`, { name: 'fastest', group: 'web' });
    expectProblem(answer, 400, 'unknown-algorithm', new RegExp(algorithmNames().join(', ')));
    expect((await master.get('/algorithm')).body).to.contain('"groups":{}');
  });

  it('a body that is not JSON with 400', async () => {
    for (const body of ['{', '{"name": least-load}', 'least-load', '\u0000', '{"__proto__": {"name": "least-load"}}']) {
      expectProblem(await algorithm(body), 400, 'bad-parameter', /./);
    }
  });

  it('a body that is JSON of another shape with 400 and an example', async () => {
    for (const body of [
      '{}',
      'null',
      '[]',
      '"least-load"',
      '7',
      '{"name": 7}',
      '{"name": ["least-load"]}',
      '{"algorithm": "least-load"}',
      '{"name": null}',
      '{"group": "web"}',
      '{"name": 7, "group": "web"}',
      '{"name": "least-load", "group": 7}',
      '{"name": "least-load", "group": null}',
    ]) {
      expectProblem(await algorithm(body), 400, 'bad-parameter', /\{"name": "least-load"\}/);
    }
  });

  it('a body of another type, or none at all, with 400', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'rubbish']) {
      expect((await algorithm('name=least-load', { 'content-type': type })).status, type).to.equal(400);
    }
    expect((await master.get('/algorithm', { method: 'PUT' })).status).to.equal(400);
    expect((await algorithm('')).status).to.equal(400);
  });

  it('a body that is too large with 413, before it is sent', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': '1048577' };
    const answer = await master.get('/algorithm', { method: 'PUT', headers });
    expectProblem(answer, 413, 'body-too-large', /1048576 bytes/);
  });

  it('a body that is not JSON, and says which header and body are expected', async () => {
    const form = await algorithm('name=least-load', { 'content-type': 'application/x-www-form-urlencoded' });
    expectProblem(form, 400, 'bad-parameter', /content-type: application\/json/);
  });

  it('a URL or headers that are too large, and answers the next request', async () => {
    const answer = await master.get(`/task?type=reverse&text=${'a'.repeat(20_000)}`);
    expectProblem(answer, 431, 'body-too-large', /16 KiB/);
    expectProblem(await master.get('/slaves/%zz'), 400, 'bad-parameter', /%zz/);
    expect((await master.get('/slaves/%zz', { headers: { host: 'evil.example' } })).status).to.equal(403);
    expect((await master.get('/slaves', { method: 'HEAD' })).status).to.equal(200);
    expect((await master.get('/ok')).status).to.equal(200);
  });

  const withHost = (host: string, more: Record<string, string> = {}): RequestOptions => ({
    headers: { host, ...more },
  });

  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'evil.example:4242',
    '127.0.0.1.nip.example',
    'a b',
    '[::1',
    '127.0.0.1:99999999',
  ]) {
    it(`Host "${host}" with 403`, async () => {
      expectProblem(await master.get('/slaves', withHost(host)), 403, 'forbidden', /--http-allowed-host/);
      const task = await master.get('/task?type=fib&n=80', withHost(host));
      expect(task.status, 'tasks as well').to.equal(403);
    });
  }

  it('nobody who uses an address, localhost, the name of the machine, or an allowed name', async () => {
    const { port } = new URL(master.url);
    for (const host of [
      '127.0.0.1',
      `127.0.0.1:${port}`,
      '[::1]',
      '192.0.2.7',
      'localhost',
      `LOCALHOST:${port}`,
      hostname(),
      `${hostname()}:1`,
      'lanyard.example',
    ]) {
      expect((await master.get('/ok', withHost(host))).status, host).to.equal(200);
    }
  });

  it('an Origin of another site with 403, its own not', async () => {
    const { host } = new URL(master.url);
    for (const origin of [
      'http://evil.example',
      'null',
      `http://${host}0`,
      'http://127.0.0.1',
      'rubbish',
      `http://evil.example/${host}`,
    ]) {
      expectProblem(
        await master.get('/task?type=fib&n=1', withHost(host, { origin })),
        403,
        'forbidden',
        /another site/,
      );
      const change = await master.get('/algorithm', {
        method: 'PUT',
        headers: { host, origin, 'content-type': 'application/json' },
        body: '{"name":"least-load"}',
      });
      expect(change.status).to.equal(403);
    }
    expect((await master.get('/ok', withHost(host, { origin: `http://${host}` }))).status).to.equal(200);
    expect((await master.get('/algorithm')).body).to.contain('"name":"round-robin"');
  });
});

describe('the HTTP door answers', () => {
  after(stopAll);

  it('HEAD like GET, without the body', async () => {
    const master = await startMaster();
    for (const path of ['/ok', '/health/live', '/slaves', '/metrics', '/']) {
      const { status, body } = await master.get(path, { method: 'HEAD' });
      expect([path, status, body]).to.deep.equal([path, 200, '']);
    }
  });
});
