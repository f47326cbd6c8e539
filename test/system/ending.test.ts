// How nodes end: the first signal drains and exits 0, an echo of it changes nothing, a second one later exits at once.
import { expect } from 'chai';
import {
  startCluster,
  startMaster,
  startSlave,
  stopAll,
  type Cluster,
  type Master,
  type Slave,
} from '../support/cluster.ts';
import type { Answer } from '../support/http.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { submit, taskOf } from '../support/submit.ts';
import { eventually, sleep } from '../support/wait.ts';

const SLACK = process.env['CI'] === 'true' ? 3 : 1;

const runsAt = async (slave: Slave): Promise<boolean> => (await slave.metrics()).sum('lanyard_tasks_running') === 1;

/** Sends a task of `workMs` and waits until it runs; another one if it ended before that could be seen. */
async function underWay(cluster: Cluster, workMs: number): Promise<{ answer: Promise<Answer> }> {
  const { master, slaves } = cluster;
  const answer = master.get(`/task?type=reverse&text=ab&workMs=${workMs}`);
  const ended = answer.then(() => 'ended' as const);
  const seen = async (): Promise<'runs' | undefined> => ((await runsAt(slaves[0]!)) ? 'runs' : undefined);
  const found = await Promise.race([ended, eventually('it runs', seen)]);
  return found === 'runs' ? { answer } : underWay(cluster, workMs);
}

/** Submits a task that does not end by itself, and waits until the first slave runs it. */
async function endless({ master, slaves }: Cluster): Promise<string> {
  const id = await submit(master, { type: 'reverse', params: { text: 'ab', workMs: 3_600_000 } });
  await eventually('it runs', () => runsAt(slaves[0]!));
  return id;
}

/** For a slave that stands still while the test looks: it is not silent for too long for half a minute. */
const PATIENT = ['--poll-interval', '10s'];

async function refusal(master: Master): Promise<unknown> {
  const { status, headers, body } = await master.get('/task?type=fib&n=80');
  return [status, Number(headers['retry-after']) > 0, (JSON.parse(body) as { type: string }).type];
}

const DRAINING = [503, true, 'urn:lanyard:problem:draining'];

describe('a master', () => {
  afterEach(stopAll);

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`that gets ${signal} refuses new work with 503, answers what runs, lets its slaves go and exits 0`, async () => {
      const cluster = await startCluster({ master: PATIENT, slaves: [[]] });
      const { master, slaves } = cluster;
      const { answer } = await underWay(cluster, 1500);
      // The task does not end before all has been looked at, however long that takes.
      slaves[0]!.kill('SIGSTOP');
      master.kill(signal);
      await master.log('draining');
      expect(await refusal(master)).to.deep.equal(DRAINING);
      expect((await master.get('/health/ready')).status).to.equal(503);
      expect((await master.get('/health/live')).status).to.equal(200);
      slaves[0]!.kill('SIGCONT');
      expect(await answer).to.include({ status: 200, body: 'ba' });
      expect(await master.exited).to.deep.equal({ code: 0, signal: null });
      await slaves[0]!.log('looking for a master', () => slaves[0]!.logs.some(({ msg }) => msg.includes('lost')));
      expect(slaves[0]!.exit).to.equal(undefined);
    });
  }

  it('takes a second signal within half a second for an echo of the first', async () => {
    const cluster = await startCluster({ slaves: [[]] });
    const { answer } = await underWay(cluster, 1200);
    // Both reach it together, however slow this process is.
    cluster.master.kill('SIGSTOP');
    cluster.master.kill('SIGINT');
    cluster.master.kill('SIGTERM');
    cluster.master.kill('SIGCONT');
    expect((await answer).status).to.equal(200);
    expect((await cluster.master.exited).code).to.equal(0);
  });

  it('exits at once at a second signal later than that', async () => {
    const cluster = await startCluster({ slaves: [[]] });
    const { answer } = await underWay(cluster, 20_000);
    const failed = answer.then(String, () => 'connection lost');
    cluster.master.kill('SIGINT');
    await sleep(700);
    const secondAt = performance.now();
    cluster.master.kill('SIGINT');
    await cluster.master.exited;
    expect(performance.now() - secondAt).to.be.below(500 * SLACK);
    expect(cluster.master.exit?.code, 'what was under way is lost').not.to.equal(0);
    expect(await failed).to.equal('connection lost');
  });

  it('answers 503 to what has not ended within the drain time, and exits 0', async () => {
    const cluster = await startCluster({ master: ['--drain-timeout', '500ms'], slaves: [[]] });
    const { answer } = await underWay(cluster, 20_000);
    cluster.master.kill('SIGTERM');
    expect(await refusal(cluster.master)).to.deep.equal(DRAINING);
    const { status, body } = await answer;
    expect([status, (JSON.parse(body) as { type: string }).type]).to.deep.equal([503, DRAINING[2]]);
    expect(await cluster.master.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('without work and slaves exits 0 soon', async () => {
    const master = await startMaster();
    const askedAt = performance.now();
    master.kill('SIGTERM');
    expect((await master.exited).code).to.equal(0);
    expect(performance.now() - askedAt).to.be.below(1500 * SLACK);
  });
});

describe('a slave', () => {
  afterEach(stopAll);

  it('that gets SIGTERM finishes what runs, gives back what waits, takes nothing new, leaves and exits 0', async () => {
    const cluster = await startCluster({ master: ['first-available'], slaves: [[], []] });
    const { master, slaves } = cluster;
    const { answer } = await underWay(cluster, 4000);
    const behind = master.get('/task?type=fib&n=80'); // waits at s1 behind the long one
    await eventually('both are at s1', async () => (await master.slaves())[0]!.leases === 2);
    slaves[0]!.kill('SIGTERM');
    const [moved, fresh] = await Promise.all([behind, sleep(50).then(() => master.get('/task?type=fib&n=80'))]);
    expect([moved.headers['x-slave'], fresh.headers['x-slave']]).to.deep.equal(['s2', 's2']);
    const [draining] = await master.slaves();
    expect([draining!.name, draining!.state, draining!.leases]).to.deep.equal(['s1', 'draining', 1]);
    expect(slaves[0]!.exit, 'it still works').to.equal(undefined);
    const last = await answer;
    expect([last.status, last.headers['x-slave']]).to.deep.equal([200, 's1']);
    expect(await slaves[0]!.exited).to.deep.equal({ code: 0, signal: null });
    expect((await master.members(1))[0]!.name).to.equal('s2');
    const { reason } = await master.log('slave changed', ({ to }) => to === 'gone');
    expect(reason).to.equal('left');
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_attempts_returned_total', { reason: 'lost' }), 'nothing was lost').to.equal(0);
  });

  it('whose drain time is over leaves what still runs to others, and exits 0', async () => {
    const cluster = await startCluster({ master: ['first-available'], slaves: [['--drain-timeout', '300ms'], []] });
    const id = await endless(cluster);
    cluster.slaves[0]!.kill('SIGTERM');
    expect(await cluster.slaves[0]!.exited).to.deep.equal({ code: 0, signal: null });
    await eventually('the other one runs it', () => runsAt(cluster.slaves[1]!), 10_000);
    expect(await taskOf(cluster.master, id)).to.include({ state: 'running', slave: 's2' });
  });

  it('exits at once at a second signal later than half a second', async () => {
    const cluster = await startCluster({ master: ['first-available'], slaves: [[], []] });
    const id = await endless(cluster);
    cluster.slaves[0]!.kill('SIGINT');
    await sleep(700);
    const secondAt = performance.now();
    cluster.slaves[0]!.kill('SIGINT');
    await cluster.slaves[0]!.exited;
    expect(performance.now() - secondAt).to.be.below(500 * SLACK);
    await eventually('the other one runs it', () => runsAt(cluster.slaves[1]!), 10_000);
    expect(await taskOf(cluster.master, id)).to.include({ state: 'running', slave: 's2' });
  });

  it('that never found a master exits 0 soon', async () => {
    const slave = await startSlave(await freeDiscoveryPort());
    slave.kill('SIGTERM');
    expect(await slave.exited).to.deep.equal({ code: 0, signal: null });
  });
});
