// POST /slaves/{id}/drain and /resume: a slave ends what runs, takes nothing new, stays a member, and works again when told to.
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster, type Master } from '../support/cluster.ts';
import { parsed } from '../support/http-door.ts';
import type { Answer } from '../support/http.ts';
import { invariantsHold } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

describe('a slave that is drained over HTTP', () => {
  let cluster: Cluster;
  beforeEach(async () => (cluster = await startCluster({ master: ['first-available'] })));
  afterEach(() => invariantsHold(cluster.master));
  afterEach(stopAll);

  const post = (master: Master, path: string): Promise<Answer> => master.get(path, { method: 'POST' });
  const slaveOf = async (query: string): Promise<unknown> =>
    (await cluster.master.get(`/task?${query}`)).headers['x-slave'];

  it('ends what runs, gives back what waits, takes nothing new and stays, until it is resumed', async () => {
    const { master, slaves } = cluster;
    const long = master.get('/task?type=reverse&text=ab&workMs=1500');
    await eventually('it runs', async () => (await slaves[0]!.metrics()).sum('lanyard_tasks_running') === 1);
    const behind = master.get('/task?type=fib&n=80');
    await eventually('both are at s1', async () => (await master.slaves())[0]!.leases === 2);
    const drained = await post(master, '/slaves/s1/drain');
    expect([drained.status, parsed(drained)['state']]).to.deep.equal([200, 'draining']);
    expect((await behind).headers['x-slave'], 'moved on').to.equal('s2');
    expect(await slaveOf('type=fib&n=80')).to.equal('s2');
    const { status, headers } = await long;
    expect([status, headers['x-slave']]).to.deep.equal([200, 's1']);
    const [first] = await master.slaves();
    expect(first).to.include({ name: 's1', state: 'draining', leases: 0 });
    expect(slaves[0]!.exit, 'it stays').to.equal(undefined);
    const resumed = await post(master, '/slaves/s1/resume');
    expect([resumed.status, parsed(resumed)['state']]).to.deep.equal([200, 'ready']);
    expect(await slaveOf('type=fib&n=80')).to.equal('s1');
  });

  it('may be drained and resumed again and again, and be the last one: tasks wait for it', async () => {
    const { master } = cluster;
    for (const path of ['s1/drain', 's1/drain', 's1/resume', 's1/resume', 's1/drain', 's2/drain']) {
      expect((await post(master, `/slaves/${path}`)).status, path).to.equal(200);
    }
    const waiting = master.get('/task?type=fib&n=80');
    await eventually('it waits', async () => (await master.metrics()).sum('lanyard_queue_length') === 1);
    expect((await post(master, '/slaves/s2/resume')).status).to.equal(200);
    expect((await waiting).headers['x-slave']).to.equal('s2');
  });

  it('cannot be resumed when it was told to stop, and one that is not there answers 404', async () => {
    const { master, slaves } = cluster;
    const long = master.get('/task?type=reverse&text=ab&workMs=1500');
    await eventually('it runs', async () => (await slaves[0]!.metrics()).sum('lanyard_tasks_running') === 1);
    slaves[0]!.kill('SIGTERM');
    await eventually('it drains', async () => (await master.slaves())[0]!.state === 'draining');
    const refused = await post(master, '/slaves/s1/resume');
    expect([refused.status, parsed(refused)['type']]).to.deep.equal([409, 'urn:lanyard:problem:conflict']);
    expect((await post(master, '/slaves/s9/drain')).status).to.equal(404);
    expect((await long).status).to.equal(200);
    expect(await slaves[0]!.exited).to.deep.equal({ code: 0, signal: null });
  });
});
