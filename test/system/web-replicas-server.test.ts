// server.mjs of examples/web-replicas by itself: its answer, its delay, and its limit.
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect } from 'chai';
import { endPrograms, refusalOf, startProgram } from '../support/example-program.ts';
import { type Answer, request } from '../support/http.ts';
import { eventually } from '../support/wait.ts';

const SERVER = 'examples/web-replicas/server.mjs';
const LONG = '/?delayMs=60000';

describe('the web server of examples/web-replicas', () => {
  after(endPrograms);

  it('says hello from its host, after the delay that is set or asked for', async () => {
    const { url } = await startProgram(SERVER, { SERVER_DELAY_MS: '300' });
    const timed = async (path: string): Promise<[Answer, number]> => {
      const beginMs = performance.now();
      return [await request(url + path), performance.now() - beginMs];
    };
    const [answer, ms] = await timed('/');
    expect(answer.body).to.equal(`Hello World from server ${hostname()}\n`);
    expect(ms).to.be.above(290);
    expect((await timed('/?delayMs=600'))[1]).to.be.above(590);
    expect((await timed('/?delayMs=soon'))[1]).to.be.above(290);
    expect((await request(`${url}/`, { method: 'POST' })).status).to.equal(405);
    expect((await request(`${url}/nothing`)).status).to.equal(404);
  });

  it('takes so many requests at once and refuses one more; who hangs up gives the place back', async () => {
    const { url } = await startProgram(SERVER, { SERVER_MAX_REQUESTS: '2', SERVER_NAME: 'web-1' });
    const metrics = async (): Promise<string> => (await request(`${url}/metrics`)).body;
    const first = new AbortController();
    const held = Promise.allSettled([request(url + LONG, { signal: first.signal }), request(url + LONG)]);
    await eventually('two are in hand', async () => (await metrics()).includes('web_active_requests 2\n'));
    const refused = await request(`${url}/?delayMs=0`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '1']);
    expect((await request(`${url}/health`)).status).to.equal(200);
    first.abort();
    await eventually('one is in hand', async () => (await metrics()).includes('web_active_requests 1\n'));
    expect((await request(`${url}/?delayMs=0`)).body).to.equal('Hello World from server web-1\n');
    expect(await metrics())
      .to.contain('web_refused_total 1\n')
      .and.to.contain('web_answered_total 1\n');
    endPrograms();
    await held;
  });

  it('on SIGTERM it answers what it has in hand, and ends', async () => {
    const { url, child } = await startProgram(SERVER, { SERVER_NAME: 'web-1' });
    const answered = request(`${url}/?delayMs=500`);
    await eventually('it is in hand', async () =>
      (await request(`${url}/metrics`)).body.includes('web_active_requests 1\n'),
    );
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    expect((await answered).body).to.equal('Hello World from server web-1\n');
    expect((await closed)[0]).to.equal(0);
  });

  it('an environment that will not do is refused with a sentence', async () => {
    expect(await refusalOf(SERVER, { SERVER_MAX_REQUESTS: '-1' })).to.equal(
      'SERVER_MAX_REQUESTS is a whole number from 0 to 10000, not "-1".\n',
    );
  });
});
