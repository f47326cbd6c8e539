// Who goes first while tasks wait, how many of a type run at once, and for how long one may wait or run: over HTTP.
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster } from '../support/cluster.ts';
import { parsed } from '../support/http-door.ts';
import { invariantsHold, streamOf, submit } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

const work = (text: string, workMs: number, more: object = {}): object => ({
  type: 'reverse',
  params: { text, workMs },
  ...more,
});

/** For a slave that stands still while the test looks: it is not silent for too long for half a minute. */
const PATIENT = ['--poll-interval', '10s'];

describe('while tasks wait', () => {
  afterEach(stopAll);

  /** A slave that stands still, with both of its slots taken: until `goOn` whatever comes waits at the master. */
  async function blocked(...args: readonly string[]): Promise<{ cluster: Cluster; goOn: () => void }> {
    const cluster = await startCluster({ master: [...PATIENT, ...args], slaves: [[]] });
    const [slave] = cluster.slaves;
    slave!.kill('SIGSTOP');
    for (const text of ['first', 'second']) await submit(cluster.master, work(text, 1));
    await eventually('all slots are taken', async () => (await cluster.master.slaves())[0]!.leases === 2);
    return { cluster, goOn: () => slave!.kill('SIGCONT') };
  }

  const waiting = (cluster: Cluster, count: number): Promise<boolean> =>
    eventually(`${count} wait`, async () => (await cluster.master.metrics()).sum('lanyard_queue_length') === count);

  it('those of high priority go first, those of low priority last, and equals in the order in which they came', async () => {
    const { cluster, goOn } = await blocked();
    const urgency = ['low', 'normal', 'high', 'low', 'normal', 'high'];
    const results = await streamOf(
      cluster.master,
      urgency.map((priority, i) => work(`${priority}${i}`, 20, { priority })),
    );
    await waiting(cluster, urgency.length);
    goOn();
    await results.end();
    expect(results.json().map(({ index }) => index)).to.deep.equal([2, 5, 1, 4, 0, 3]);
    await invariantsHold(cluster.master);
  });

  it('a request of GET /task with high priority passes those that wait', async () => {
    const { cluster, goOn } = await blocked();
    const results = await streamOf(
      cluster.master,
      Array.from({ length: 10 }, (_, i) => work(`${i}`, 100)),
    );
    const answer = cluster.master.get('/task?type=fib&n=80&priority=high');
    await waiting(cluster, 11);
    goOn();
    const urgent = await answer;
    expect(urgent.body).to.equal('23416728348467685');
    expect(results.lines.length, 'ten of 100 ms wait').to.be.below(5);
  });

  it('a full queue refuses with its length for programs to read', async () => {
    const { cluster, goOn } = await blocked('--queue-limit', '3');
    const results = await streamOf(
      cluster.master,
      Array.from({ length: 5 }, (_, i) => work(`${i}`, 1)),
    );
    await results.until(2);
    const refused = results.json().slice(0, 2);
    for (const line of refused) expect(line).to.nested.include({ 'error.status': 429, 'error.queueLength': 3 });
    const answer = await cluster.master.get('/task?type=fib&n=1');
    expect([answer.status, parsed(answer)['queueLength']]).to.deep.equal([429, 3]);
    goOn();
    await results.end();
    expect(results.lines).to.have.length(5);
  });
});

describe('a limit', () => {
  afterEach(stopAll);

  it('on a type (--limit) holds back its tasks and lets others pass', async () => {
    const cluster = await startCluster({ master: ['--limit', 'reverse=1'], slaves: [['--concurrency', '4']] });
    const askedAt = performance.now();
    const results = await streamOf(cluster.master, [
      ...Array.from({ length: 4 }, (_, i) => work(`${i}`, 200)),
      { type: 'fib', params: { n: 80 } },
    ]);
    await results.end();
    expect(results.json().map(({ index }) => index)).to.deep.equal([4, 0, 1, 2, 3]);
    expect(performance.now() - askedAt, 'one after the other').to.be.above(4 * 200 - 10);
    await invariantsHold(cluster.master);
  });

  it('on the run ends that task alone and its neighbours go on', async () => {
    const cluster = await startCluster({ slaves: [['--concurrency', '2']] });
    const neighbour = cluster.master.get('/task?type=burn&ms=1500');
    await eventually('it runs', async () => (await cluster.slaves[0]!.metrics()).sum('lanyard_tasks_running') === 1);
    const askedAt = performance.now();
    const ended = await cluster.master.get('/task?type=burn&ms=3600000&runTimeout=300ms');
    expect([ended.status, parsed(ended)['type']]).to.deep.equal([504, 'urn:lanyard:problem:run-limit-passed']);
    expect(performance.now() - askedAt).to.be.within(290, 1500 * (process.env['CI'] === 'true' ? 3 : 1));
    expect((await neighbour).status).to.equal(200);
    await invariantsHold(cluster.master);
  });

  it('on the wait ends a task that gets no place in time, not one that runs longer', async () => {
    const cluster = await startCluster({ slaves: [[]] });
    await cluster.master.get('/task?type=fib&n=3'); // the thread is there
    const runs = cluster.master.get('/task?type=reverse&text=ab&workMs=2500&waitTimeout=1s');
    await eventually('it runs', async () => (await cluster.slaves[0]!.metrics()).sum('lanyard_tasks_running') === 1);
    const next = cluster.master.get('/task?type=fib&n=1');
    await eventually('all slots are taken', async () => (await cluster.master.slaves())[0]!.leases === 2);
    const late = await cluster.master.get('/task?type=fib&n=2&waitTimeout=100ms');
    expect([late.status, parsed(late)['type']]).to.deep.equal([504, 'urn:lanyard:problem:deadline-passed']);
    expect([(await runs).body, (await next).body]).to.deep.equal(['ba', '1']);
  });
});
