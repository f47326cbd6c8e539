// A client that goes away frees what it held: its place in the queue, its running task's thread, and nothing of anyone else's.
import { Agent } from 'node:http';
import { expect } from 'chai';
import { startCluster, stopAll, type Master } from '../support/cluster.ts';
import { inParallel } from '../support/http.ts';
import { fibonacci } from '../support/reference.ts';
import { eventually, sleep } from '../support/wait.ts';

const FOREVER = 'type=burn&ms=600000';

describe('a client that goes away', () => {
  const agent = new Agent({ keepAlive: true });
  after(() => agent.destroy());
  afterEach(stopAll);

  interface Client {
    leave(): Promise<void>;
  }

  function client(master: Master, query: string): Client {
    const controller = new AbortController();
    const answer = master.get(`/task?${query}`, { signal: controller.signal }).then(
      ({ status, body }) => `${status} ${body}`,
      () => 'gone',
    );
    return {
      async leave() {
        controller.abort();
        expect(await answer).to.equal('gone');
      },
    };
  }

  const queueLength = async (master: Master): Promise<number> => (await master.metrics()).sum('lanyard_queue_length');

  it('frees its place in the queue', async () => {
    const { master } = await startCluster({ slaves: [[]] });
    const clients = Array.from({ length: 10 }, () => client(master, FOREVER));
    // One thread: one runs, one waits at the slave, eight wait at the master.
    await eventually('eight wait', async () => (await queueLength(master)) === 8);
    await clients[9]!.leave();
    await clients[4]!.leave();
    await eventually('six wait', async () => (await queueLength(master)) === 6);
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'cancelled' })).to.equal(2);
    for (const i of [0, 1, 2, 3, 5, 6, 7, 8]) await clients[i]!.leave();
    await eventually('nothing is left', async () => {
      const [slave] = await master.slaves();
      return (await queueLength(master)) === 0 && slave!.leases === 0 && slave!.weight === 0;
    });
  });

  it('frees the thread that runs its task within a second', async () => {
    const { master, slaves } = await startCluster({ slaves: [[]] });
    const busy = client(master, FOREVER);
    await eventually('it runs', async () => (await slaves[0]!.metrics()).sum('lanyard_tasks_running') === 1);
    await busy.leave();
    const askedAt = performance.now();
    expect((await master.get('/task?type=fib&n=80')).body).to.equal('23416728348467685');
    expect(performance.now() - askedAt).to.be.below(1000 * (process.env['CI'] === 'true' ? 3 : 1));
    const metrics = await slaves[0]!.metrics();
    expect(metrics.sum('lanyard_tasks_completed_total', { type: 'burn', outcome: 'cancelled' })).to.equal(1);
    expect((await master.slaves())[0]!.leases).to.equal(0);
  });

  it('costs no other client its answer, however many go and however short the tasks', async () => {
    const { master } = await startCluster({
      slaves: [
        ['--concurrency', '2'],
        ['--concurrency', '2'],
      ],
    });
    let left = 0;
    let served = 0;
    const leavers = inParallel(150, 8, async (i) => {
      const leaver = client(master, i % 3 === 0 ? 'type=reverse&text=a&workMs=50' : `type=fib&n=${5000 + i}`);
      await sleep(i % 20);
      await leaver.leave().catch(() => undefined); // some are answered before they leave
      left++;
    });
    const others = inParallel(1500, 32, async (i) => {
      const { status, body } = await master.get(`/task?type=fib&n=${i}`, { agent });
      expect([status, body]).to.deep.equal([200, fibonacci(i).toString()]);
      served++;
    });
    await Promise.all([leavers, others]);
    expect([left, served]).to.deep.equal([150, 1500]);
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'failed' })).to.equal(0);
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'cancelled' })).to.be.above(0);
    await eventually('all leases are settled', async () => (await master.slaves()).every(({ leases }) => leases === 0));
  });
});
