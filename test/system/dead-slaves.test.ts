// kill -9 at slaves with work in hand: others take it over; with nobody left, every waiting and every new request gets 503 soon.
import { expect } from 'chai';
import { startCluster, startStopped, stopAll, type Cluster } from '../support/cluster.ts';
import type { Answer } from '../support/http.ts';
import { backwards } from '../support/reference.ts';
import { eventually, sleep } from '../support/wait.ts';

/** A test machine may be three times as slow as the figure (DESIGN §7). */
const SLACK = process.env['CI'] === 'true' ? 3 : 1;

describe('when slaves are killed', () => {
  afterEach(stopAll);

  /** Requests of about `workMs` each, sent at once; resolves when the first ones run at every slave. */
  async function underWay({ master, slaves }: Cluster, count: number, workMs: number): Promise<Promise<Answer>[]> {
    const answers = Array.from({ length: count }, (_, i) =>
      master.get(`/task?type=reverse&text=${i}x&workMs=${workMs}`),
    );
    await eventually('every slave runs a task', async () => {
      const pages = await Promise.all(slaves.map((slave) => slave.metrics()));
      return pages.every((page) => page.sum('lanyard_tasks_running') > 0);
    });
    return answers;
  }

  it('all requests of a killed slave are answered by the other one', async () => {
    const cluster = await startCluster({
      slaves: [
        ['--concurrency', '4'],
        ['--concurrency', '4'],
      ],
    });
    const { master, slaves } = cluster;
    const answers = await underWay(cluster, 40, 300);
    slaves[0]!.kill('SIGKILL');
    const all = await Promise.all(answers);
    all.forEach(({ status, body }, i) => expect([status, body]).to.deep.equal([200, backwards(`${i}x`)]));
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_attempts_returned_total', { reason: 'lost' }), 'work was lost').to.be.above(0);
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'done' })).to.equal(40);
    expect((await master.members(1)).map(({ name }) => name)).to.deep.equal(['s2']);
    const { reason } = await master.log('slave changed', ({ to }) => to === 'gone');
    expect(reason).to.equal('died');
  });

  it('a killed slave is no member after one second', async () => {
    const { master, slaves } = await startCluster();
    slaves[0]!.kill('SIGKILL');
    const isGone = async (): Promise<boolean> => (await master.slaves()).every(({ name }) => name === 's2');
    await eventually('it is no member', isGone, 1000 * SLACK);
    expect(await master.slaves()).to.have.length(1);
  });

  it('with none left, waiting and new requests get 503 with Retry-After within 3 s', async () => {
    const cluster = await startCluster();
    const { master, slaves } = cluster;
    const waiting = await underWay(cluster, 20, 5000);
    const killedAt = performance.now();
    for (const slave of slaves) slave.kill('SIGKILL');
    const early = master.get('/task?type=fib&n=80');
    await sleep(200);
    const late = master.get('/task?type=fib&n=80');
    const all = await Promise.all([...waiting, early, late]);
    expect(performance.now() - killedAt).to.be.below(3000 * SLACK);
    for (const { status, headers, body } of all) {
      expect(status).to.equal(503);
      expect(Number(headers['retry-after'])).to.be.above(0);
      expect(headers['content-type']).to.match(/^application\/problem\+json/);
      expect(JSON.parse(body)).to.include({ type: 'urn:lanyard:problem:no-slave', status: 503 });
      expect(body).to.contain('./slave');
    }
    expect((await master.get('/health/ready')).status).to.equal(503);
    expect((await master.metrics()).sum('lanyard_queue_length')).to.equal(0);
  });

  it('a request that waits for a first slave is answered when one comes in time', async () => {
    const { master } = await startCluster({ slaves: [] });
    const [slave] = await startStopped(master, []);
    const answer = master.get('/task?type=fib&n=80');
    await eventually('it waits', async () => (await master.metrics()).sum('lanyard_queue_length') === 1);
    slave!.kill('SIGCONT');
    expect(await answer).to.include({ status: 200, body: '23416728348467685' });
  });

  it('a task that was running at three slaves which died is not tried again', async () => {
    const { master, slaves } = await startCluster({ slaves: [[], [], [], []] });
    const answer = master.get('/task?type=reverse&text=poison&workMs=20000');
    const killed = new Set<string>();
    while (killed.size < 3) {
      const holder = await eventually('the task has started at a slave that lives', () => startedAt(killed));
      slaves.find((_, i) => `s${i + 1}` === holder)!.kill('SIGKILL');
      killed.add(holder);
    }
    const { status, body } = await answer;
    expect(status).to.equal(500);
    expect(JSON.parse(body)).to.include({ type: 'urn:lanyard:problem:lost-too-often' });
    await master.members(1);

    /** The name of the slave at which the one task has started, unless it was killed. */
    async function startedAt(dead: ReadonlySet<string>): Promise<string | undefined> {
      for (const { id, name } of await master.slaves()) {
        const { status: found, body: tasks } = await master.get(`/slaves/${id}/tasks`);
        const [task] = found === 200 ? (JSON.parse(tasks) as { started: boolean }[]) : [];
        if (task?.started === true && !dead.has(name)) return name;
      }
      return undefined;
    }
  });
});
