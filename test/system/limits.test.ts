// The bounds that a client meets: a full queue, a deadline, a task that no slave could take.
import { expect } from 'chai';
import { startCluster, startStopped, stopAll, type Master } from '../support/cluster.ts';
import type { Answer } from '../support/http.ts';
import { eventually } from '../support/wait.ts';

const SLACK = process.env['CI'] === 'true' ? 3 : 1;

/** For a slave that stands still while the test looks: it is not silent for too long for half a minute. */
const PATIENT = ['--poll-interval', '10s'];

const problem = ({ body }: Answer): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

async function waiting(master: Master, count: number): Promise<void> {
  await eventually(`${count} tasks wait`, async () => (await master.metrics()).sum('lanyard_queue_length') === count);
}

describe('a full queue', () => {
  afterEach(stopAll);

  it('refuses with 429, Retry-After and its length, and takes tasks again when there is room', async () => {
    const { master, slaves } = await startCluster({ master: [...PATIENT, '--queue-limit', '3'], slaves: [[]] });
    slaves[0]!.kill('SIGSTOP');
    // One thread: one runs, one waits at the slave, three in the queue.
    const accepted = Array.from({ length: 5 }, () => master.get('/task?type=reverse&text=ab&workMs=100'));
    await waiting(master, 3);
    const refused = await master.get('/task?type=fib&n=1');
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers['retry-after'])).to.be.above(0);
    expect(problem(refused)).to.include({ type: 'urn:lanyard:problem:queue-full', status: 429 });
    expect(problem(refused)['detail']).to.match(/\b3 tasks wait\b/);
    slaves[0]!.kill('SIGCONT');
    await Promise.race(accepted);
    expect((await master.get('/task?type=fib&n=1')).status).to.equal(200);
    for (const { status, body } of await Promise.all(accepted)) expect([status, body]).to.deep.equal([200, 'ba']);
  });

  it('of length 0 lets a task through that need not wait', async () => {
    const { master, slaves } = await startCluster({ master: [...PATIENT, '--queue-limit', '0'], slaves: [[]] });
    slaves[0]!.kill('SIGSTOP');
    // One thread: one runs, one waits at the slave, none may wait at the master.
    const busy = Array.from({ length: 2 }, () => master.get('/task?type=reverse&text=ab&workMs=100'));
    await eventually('all slots are taken', async () => (await master.slaves())[0]!.leases === 2);
    const refused = await master.get('/task?type=fib&n=1');
    expect([refused.status, problem(refused)['detail']]).to.deep.equal([
      429,
      'the queue of group compute is full: 0 tasks wait (--queue-limit)',
    ]);
    slaves[0]!.kill('SIGCONT');
    for (const { status } of await Promise.all(busy)) expect(status).to.equal(200);
    expect((await master.get('/task?type=fib&n=80')).body).to.equal('23416728348467685');
  });
});

describe('a deadline', () => {
  afterEach(stopAll);

  it('ends a running task with 504 and its thread is free again', async () => {
    const { master, slaves } = await startCluster({ slaves: [[]] });
    await master.get('/task?type=fib&n=1'); // the thread is up
    const askedAt = performance.now();
    const late = await master.get('/task?type=burn&ms=600000&timeout=200ms');
    const tookMs = performance.now() - askedAt;
    expect(late.status).to.equal(504);
    expect(problem(late)).to.include({ type: 'urn:lanyard:problem:deadline-passed', status: 504 });
    expect(late.headers['x-task-id']).to.be.a('string');
    expect(tookMs).to.be.within(199, 600 * SLACK);
    expect((await master.get('/task?type=fib&n=80')).body).to.equal('23416728348467685');
    expect(performance.now() - askedAt).to.be.below(200 + 1000 * SLACK);
    const metrics = await slaves[0]!.metrics();
    const ended = (outcome: string): number => metrics.sum('lanyard_tasks_completed_total', { type: 'burn', outcome });
    expect(ended('cancelled') + ended('expired'), 'by the master’s word or by its own clock').to.equal(1);
    expect((await master.metrics()).sum('lanyard_tasks_ended_total', { state: 'expired' })).to.equal(1);
    expect((await master.slaves())[0]!.leases).to.equal(0);
  });

  it('ends a waiting task, which is never run', async () => {
    const { master, slaves } = await startCluster({ master: PATIENT, slaves: [[]] });
    slaves[0]!.kill('SIGSTOP');
    const busy = Array.from({ length: 2 }, () => master.get('/task?type=reverse&text=ab&workMs=100'));
    await eventually('all slots are taken', async () => (await master.slaves())[0]!.leases === 2);
    expect((await master.get('/task?type=countprimes&n=100&timeout=100ms')).status).to.equal(504);
    slaves[0]!.kill('SIGCONT');
    expect((await Promise.all(busy)).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await slaves[0]!.metrics()).sum('lanyard_tasks_completed_total', { type: 'countprimes' })).to.equal(0);
    await waiting(master, 0);
  });
});

describe('a task heavier than the max load', () => {
  afterEach(stopAll);

  it('of every slave is refused with 422 and both numbers', async () => {
    const { master } = await startCluster({
      slaves: [
        ['--max-load', '1000'],
        ['--max-load', '2500'],
      ],
    });
    const askedAt = performance.now();
    const refused = await master.get('/task?type=fib&n=2501');
    expect(refused.status).to.equal(422);
    expect(performance.now() - askedAt, 'at once, not after a wait for a bigger slave').to.be.below(1000 * SLACK);
    expect(problem(refused)).to.include({ type: 'urn:lanyard:problem:too-heavy', status: 422 });
    expect(problem(refused)['detail']).to.match(/\b2501\b.*\b2500\b/);
    expect((await master.get('/task?type=countprimes&n=51')).status, '51² > 2500').to.equal(422);
  });

  it('of one slave goes to another', async () => {
    const { master } = await startCluster({
      slaves: [
        ['--max-load', '1000'],
        ['--max-load', '1e9'],
      ],
    });
    for (let i = 0; i < 4; i++) expect((await master.get('/task?type=fib&n=2000')).headers['x-slave']).to.equal('s2');
  });

  it('of the slaves that are there waits for nobody, but one that was queued takes a bigger slave that comes', async () => {
    const { master } = await startCluster({ slaves: [] });
    const loads = { small: '1000', big: '1e9' };
    const args = Object.entries(loads).map(([name, load]) => ['--max-load', load, '--name', name]);
    const [small, big] = await startStopped(master, ...args);
    const answer = master.get('/task?type=fib&n=2000');
    await waiting(master, 1);
    small!.kill('SIGCONT');
    await master.members(1);
    big!.kill('SIGCONT');
    expect((await answer).headers['x-slave']).to.equal('big');
  });
});
