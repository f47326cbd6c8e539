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

describe('while tasks wait', () => {
  afterEach(stopAll);

  async function blocked(cluster: Cluster): Promise<void> {
    await submit(cluster.master, work('first', 400));
    await submit(cluster.master, work('second', 1));
    await eventually('all slots are taken', async () => (await cluster.master.slaves())[0]!.leases === 2);
  }

  it('those of high priority go first, those of low priority last, and equals in the order in which they came', async () => {
    const cluster = await startCluster({ slaves: [[]] });
    await blocked(cluster);
    const urgency = ['low', 'normal', 'high', 'low', 'normal', 'high'];
    const results = await streamOf(
      cluster.master,
      urgency.map((priority, i) => work(`${priority}${i}`, 20, { priority })),
    );
    await results.end();
    expect(results.json().map(({ index }) => index)).to.deep.equal([2, 5, 1, 4, 0, 3]);
    await invariantsHold(cluster.master);
  });

  it('a request of GET /task with high priority passes those that wait', async () => {
    const cluster = await startCluster({ slaves: [[]] });
    await blocked(cluster);
    const results = await streamOf(
      cluster.master,
      Array.from({ length: 10 }, (_, i) => work(`${i}`, 100)),
    );
    const urgent = await cluster.master.get('/task?type=fib&n=80&priority=high');
    expect(urgent.body).to.equal('23416728348467685');
    expect(results.lines.length, 'ten of 100 ms wait').to.be.below(5);
  });

  it('a full queue refuses with its length for programs to read', async () => {
    const cluster = await startCluster({ master: ['--queue-limit', '3'], slaves: [[]] });
    await blocked(cluster);
    const results = await streamOf(
      cluster.master,
      Array.from({ length: 5 }, (_, i) => work(`${i}`, 1)),
    );
    await results.until(2);
    const refused = results.json().slice(0, 2);
    for (const line of refused) expect(line).to.nested.include({ 'error.status': 429, 'error.queueLength': 3 });
    const answer = await cluster.master.get('/task?type=fib&n=1');
    expect([answer.status, parsed(answer)['queueLength']]).to.deep.equal([429, 3]);
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
