// Forwarding with real masters, slaves and services: who gets requests, who does not, and what is said about it.
import { expect } from 'chai';
import { startMaster, startSlave, stopAll, type Master, type Slave } from '../support/cluster.ts';
import { getJson, putJson, type Answer } from '../support/http.ts';
import { NodeProcess } from '../support/node-process.ts';
import { eventually } from '../support/wait.ts';
import { closeServices, WebService, type Seen } from '../support/web-service.ts';

interface Member {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly load: number;
  readonly inFlight: number;
  readonly slots: number;
}

interface Service {
  readonly name: string;
  readonly algorithm: string;
  readonly waiting: number;
  readonly members: readonly Member[];
}

const FAST = ['--poll-interval', '200ms'];
const served = ({ headers }: Answer): string => String(headers['x-served-by']);
const seen = ({ body }: Answer): Seen => JSON.parse(body) as Seen;

describe('forwarding', () => {
  let master: Master;
  const slaves: Slave[] = [];
  /** Beside slaves: web. Without: api, by its metric; slow, of one place; bad. */
  let web: WebService[];
  let api: WebService[];
  let slow: WebService;
  let bad: WebService[];

  before(async () => {
    const start = (...names: string[]) => Promise.all(names.map((name) => WebService.start(name)));
    [web, api, bad] = await Promise.all([start('w1', 'w2'), start('a1', 'a2'), start('b1', 'b2')]);
    slow = await WebService.start('slow');
    const backends = [
      `api=${api.map(({ url }) => `${url}/v1`).join(',')}`,
      `bad=${bad.map(({ url }) => url).join(',')}`,
      `slow=${slow.url}`,
    ].flatMap((value) => ['--backend', value]);
    const about = [
      '--load-from',
      'api=/metrics#sessions',
      '--max-connections',
      'slow=1',
      '--health-path',
      'api=/health',
    ];
    master = await startMaster({ args: [...FAST, ...backends, ...about, '--queue-limit', '1'] });
    for (const { name, url } of web) {
      const args = ['--concurrency', '1', '--name', name, '--serve', `web=${url}`, '--health-path', '/health'];
      slaves.push(await startSlave(master.discoveryPort, { args }));
    }
    await ready('web', 2);
    await ready('api', 2);
    await ready('bad', 2);
    await ready('slow', 1);
  });
  afterEach(async () => {
    const found = await master.get('/debug/invariants');
    expect(found.status, found.body).to.equal(200);
  });
  after(async () => {
    await stopAll();
    await closeServices();
  });

  async function service(name: string): Promise<Service> {
    const services = await getJson<Service[]>(`${master.url}/services`);
    return services.find((each) => each.name === name) ?? { name, algorithm: '', waiting: 0, members: [] };
  }

  /** Waits until exactly so many members take requests. */
  async function ready(name: string, count: number): Promise<Service> {
    return eventually(`${count} ready for ${name}`, async () => {
      const found = await service(name);
      return found.members.filter(({ state }) => state === 'ready').length === count && found;
    });
  }

  function names(path: string, count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, async () => seen(await master.get(path)).service));
  }

  it('takes turns between services beside slaves, and says who served', async () => {
    const answers = [await master.get('/services/web/a/b?c=d%20e'), await master.get('/services/web/')];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers.map(served).sort()).to.deep.equal(['w1', 'w2']);
    expect(answers.map((answer) => seen(answer).service)).to.deep.equal(answers.map(served));
    const { url, headers } = seen(answers[0]!);
    expect(url).to.equal('/a/b?c=d%20e');
    expect(headers).to.include({ 'x-forwarded-prefix': '/services/web', 'x-forwarded-for': '127.0.0.1' });
    expect(headers.host).to.match(/^127\.0\.0\.1:\d+$/);
  });

  it('carries bodies to servers without slaves, below the path of their URL', async () => {
    const answer = await master.get('/services/api/x', { method: 'POST', body: 'hello' });
    expect(seen(answer)).to.include({ method: 'POST', url: '/v1/x', body: 'hello' });
    expect(`http://${served(answer)}`).to.be.oneOf(api.map(({ url }) => `${url}/v1`));
    expect((await service('api')).members.map(({ kind }) => kind)).to.deep.equal(['server', 'server']);
    expect(await master.slaves()).to.have.length(2);
  });

  it('goes by the load that the services say, each service by its own algorithm', async () => {
    const { status } = await putJson(`${master.url}/algorithm`, { name: 'least-load', group: 'api' });
    expect(status).to.equal(200);
    expect([(await service('api')).algorithm, (await service('web')).algorithm]).to.deep.equal([
      'least-load',
      'round-robin',
    ]);
    for (const [high, low] of [api, [...api].reverse()] as [WebService, WebService][]) {
      Object.assign(high, { sessions: 100 });
      Object.assign(low, { sessions: 1 });
      await eventually('the loads are read', async () => {
        const { members } = await service('api');
        return members.some(({ load, name }) => load >= 100 && `http://${name}` === `${high.url}/v1`);
      });
      await eventually('the other load too', async () => (await service('api')).members.some(({ load }) => load < 10));
      expect(await names('/services/api/', 8)).to.deep.equal(Array<string>(8).fill(low.name));
    }
  });

  it('sends nothing to a service that is down, and again when it is back', async () => {
    web[0]!.healthStatus = 500;
    await ready('web', 1);
    expect((await service('web')).members.find(({ name }) => name === 'w1')?.state).to.equal('down');
    expect(await names('/services/web/', 4)).to.deep.equal(['w2', 'w2', 'w2', 'w2']);
    await master.log(
      'member is down for its service',
      ({ member, reason }) => member === 'w1' && /500/.test(String(reason)),
    );
    web[0]!.healthStatus = 200;
    await ready('web', 2);
    expect(new Set(await names('/services/web/', 4))).to.deep.equal(new Set(['w1', 'w2']));
  });

  it('lets requests wait for a free place, as many as may, and frees the place of a client that leaves', async () => {
    slow.hold();
    const first = master.get('/services/slow/1');
    await eventually('it is under way', () => slow.held === 1);
    const second = master.get('/services/slow/2');
    await eventually('it waits', async () => (await service('slow')).waiting === 1);
    expect((await master.metrics()).sum('lanyard_forward_waiting', { service: 'slow' })).to.equal(1);
    const third = await master.get('/services/slow/3');
    expect(third.status).to.equal(429);
    expect(third.headers['retry-after']).to.equal('1');
    slow.release();
    expect((await Promise.all([first, second])).map(({ status }) => status)).to.deep.equal([200, 200]);
    slow.hold();
    const leaving = new AbortController();
    const left = master.get('/services/slow/4', { signal: leaving.signal }).catch(() => 'left');
    await eventually('it is under way', () => slow.held === 1);
    leaving.abort();
    expect(await left).to.equal('left');
    slow.release();
    expect((await master.get('/services/slow/5')).status).to.equal(200);
  });

  it('puts a member out that fails five times in a row, and says for how long', async () => {
    bad[0]!.status = 503;
    for (let i = 0; i < 12; i++) await master.get('/services/bad/');
    const count = bad[0]!.count;
    expect(count).to.be.within(5, 6);
    const { members } = await service('bad');
    expect(members.map(({ state }) => state)).to.deep.equal(['ejected', 'ready'].sort());
    for (let i = 0; i < 4; i++) expect((await master.get('/services/bad/')).status).to.equal(200);
    const { forMs } = await master.log('member is put out of its service: five requests in a row failed there');
    expect(forMs).to.equal(30_000);
    expect((await master.metrics()).sum('lanyard_forward_ejections_total', { service: 'bad' })).to.equal(1);
  });

  it('says that nobody serves it, after two seconds', async () => {
    const answer = await master.get('/services/nothing/');
    expect(answer.body).to.match(/nobody serves nothing now|no service is called/);
    expect(answer.status).to.be.oneOf([503, 404]);
  });

  it('loses no request when a slave is killed', async () => {
    const results = Array.from({ length: 40 }, () => master.get('/services/web/'));
    slaves[0]!.kill('SIGKILL');
    await eventually('the slave is gone', async () => (await service('web')).members.length === 1);
    results.push(...Array.from({ length: 10 }, () => master.get('/services/web/')));
    for (const { status, body } of await Promise.all(results)) expect(status, body).to.equal(200);
    await ready('web', 1);
  });

  it('ends what is under way when the master is told to stop, and takes nothing new', async () => {
    slow.hold();
    const under = master.get('/services/slow/last');
    await eventually('it is under way', () => slow.held === 1);
    master.kill('SIGTERM');
    await master.log('waiting for forwarded requests to end');
    const late = await master.get('/services/web/');
    const { type } = JSON.parse(late.body) as { readonly type: string };
    expect([late.status, type]).to.deep.equal([503, 'urn:lanyard:problem:draining']);
    const invariants = await master.get('/debug/invariants');
    expect(invariants.status, invariants.body).to.equal(200);
    slow.release();
    expect((await under).status).to.equal(200);
    expect((await master.exited).code).to.equal(0);
    master = await startMaster({ discoveryPort: master.discoveryPort, args: FAST });
    await ready('web', 1);
    expect(seen(await master.get('/services/web/')).service).to.equal('w2');
  });
});

describe('options of forwarding', () => {
  it('that are bad are refused with what was expected', async () => {
    const cases = [
      ['--backend', 'web=ftp://h1', 'name=http://host:port'],
      ['--backend', 'compute=http://127.0.0.1:1', 'stands for the slaves'],
      ['--backend', 'web=http://h:1,http://h:1', 'web=http://h:1 is there twice'],
      ['--health-path', 'api=/ok', 'there is no --backend api='],
      ['--forward-wait', '0', 'more than 0'],
      ['--forward-body-max', 'big', 'a size'],
    ] as const;
    const refuse = async ([flag, value, expected]: (typeof cases)[number]): Promise<void> => {
      const child = new NodeProcess('bin/master', { args: ['--interface', 'lo', flag, value] });
      expect((await child.exited).code, child.output).to.equal(2);
      expect(child.output).to.contain(flag).and.to.contain(expected);
    };
    await Promise.all(cases.map(refuse));
  });
});
