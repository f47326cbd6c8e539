// PUT /algorithm while work flows: no request and no lease is lost, and picks follow the new algorithm at once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { algorithmNames } from '../../src/master/balancing/registry.ts';
import { startCluster, stopAll } from '../support/cluster.ts';
import { getJson, inParallel, putJson } from '../support/http.ts';
import { fibonacci } from '../support/reference.ts';
import { eventually, sleep } from '../support/wait.ts';

const NAMES = ['least-load', 'first-available', 'least-difference', 'round_robin'];
const REQUESTS = 2000;

interface AlgorithmView {
  readonly name: string;
  readonly available: readonly string[];
  readonly groups: Readonly<Record<string, string>>;
}

describe('PUT /algorithm', () => {
  const agent = new Agent({ keepAlive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-algorithm-'));
  const cpuFile = path.join(folder, 'cpu');
  before(() => writeFileSync(cpuFile, '0.5'));
  after(() => {
    agent.destroy();
    rmSync(folder, { recursive: true });
  });
  afterEach(stopAll);

  it('switches under load without losing a request or a lease', async () => {
    const { master } = await startCluster({ slaves: [[], [], []] });
    let finished = 0;
    let switches = 0;
    const load = inParallel(REQUESTS, 64, async (i) => {
      const n = i % 2 === 0 ? i : 80;
      const { status, body } = await master.get(`/task?type=fib&n=${n}`, { agent });
      expect([status, body]).to.deep.equal([200, fibonacci(n).toString()]);
      finished++;
    });
    while (finished < REQUESTS - 64) {
      const name = NAMES[switches++ % NAMES.length]!;
      const { status, body } = await putJson(`${master.url}/algorithm`, { name });
      expect(status).to.equal(200);
      expect((JSON.parse(body) as AlgorithmView).name).to.equal(name.replace('_', '-'));
      await sleep(5);
    }
    await load;
    expect(switches).to.be.at.least(NAMES.length);
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'done' })).to.equal(REQUESTS);
    expect(metrics.sum('lanyard_attempts_in_flight')).to.equal(0);
    for (const { leases, weight, load: now } of await master.slaves())
      expect([leases, weight, now]).to.deep.equal([0, 0, 0]);
  });

  it('keeps the leases that are open, and the next picks follow the new algorithm', async () => {
    // The load average of this machine may change between the polls of two slaves, which makes one of them the least loaded.
    const same = ['--cpu-source', `file:${cpuFile}`];
    const slaves = [[...same, '--concurrency', '2'], same, same];
    const { master } = await startCluster({ master: ['first-available'], slaves });
    const slaveOf = async (): Promise<unknown> => (await master.get('/task?type=fib&n=1')).headers['x-slave'];
    const long = master.get('/task?type=reverse&text=ab&workMs=1500');
    await eventually('it is under way', async () => (await master.slaves())[0]!.leases === 1);
    expect(await slaveOf()).to.equal('s1');
    await putJson(`${master.url}/algorithm`, { name: 'round-robin' });
    const [first] = await master.slaves();
    expect([first!.name, first!.leases, first!.weight]).to.deep.equal(['s1', 1, 1500]);
    expect([await slaveOf(), await slaveOf(), await slaveOf(), await slaveOf()]).to.deep.equal([
      's2',
      's3',
      's1',
      's2',
    ]);
    await putJson(`${master.url}/algorithm`, { name: 'least-load' });
    expect(new Set([await slaveOf(), await slaveOf()]), 's1 is loaded').to.deep.equal(new Set(['s3', 's2']));
    expect((await long).body).to.equal('ba');
    expect((await master.slaves())[0]!.leases).to.equal(0);
  });

  it('changes that of one group, which the command line may give too, and takes it back', async () => {
    const args = ['least-load', '--algorithm', 'compute=first-available', '--algorithm', 'web=least_connections'];
    const { master } = await startCluster({ master: args, slaves: [[], []] });
    const put = async (body: object): Promise<unknown> => {
      const answer = await putJson(`${master.url}/algorithm`, body);
      return (JSON.parse(answer.body) as AlgorithmView).groups;
    };
    const slaves = async (): Promise<unknown[]> => {
      const answers = [];
      for (let n = 0; n < 3; n++) answers.push(await master.get('/task?type=fib&n=1'));
      return answers.map(({ headers }) => headers['x-slave']);
    };
    const view = await getJson<AlgorithmView>(`${master.url}/algorithm`);
    expect(view.name).to.equal('least-load');
    expect(view.groups).to.deep.equal({ compute: 'first-available', web: 'least-connections' });
    expect(await slaves()).to.deep.equal(['s1', 's1', 's1']);
    await putJson(`${master.url}/algorithm`, { name: 'least-difference' });
    expect(await slaves(), 'that of all others is nothing to it').to.deep.equal(['s1', 's1', 's1']);
    expect(await put({ name: 'round-robin', group: 'compute' })).to.include({ compute: 'round-robin' });
    expect(await slaves()).to.deep.equal(['s2', 's1', 's2']);
    expect(await put({ name: null, group: 'compute' })).to.deep.equal({ web: 'least-connections' });
    expect(await slaves(), 'it follows the others again').to.deep.equal(['s1', 's1', 's1']);
    const { log } = await getJson<{ log: { what: string }[] }>(`${master.url}/history`);
    expect(log.filter(({ what }) => what === 'algorithm')).to.have.length(3);
    expect(log.at(-1)).to.include({ from: 'round-robin', to: 'least-difference', group: 'compute' });
  });

  it('is shown by GET /algorithm with all names', async () => {
    const { master } = await startCluster({ master: ['least_load'], slaves: [] });
    const view = await getJson<AlgorithmView>(`${master.url}/algorithm`);
    expect(view).to.deep.equal({ name: 'least-load', available: algorithmNames(), groups: {} });
  });
});
