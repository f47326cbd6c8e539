// A CPU-bound task never delays a load poll: a real slave, all of whose threads burn, is polled every 50 ms.
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { startSlave, stopAll } from '../support/cluster.ts';
import { FakeMaster } from '../support/fake-master.ts';
import { eventually, sleep } from '../support/wait.ts';
import { Tag } from '../../src/common/protocol/messages.ts';

const BUSY_MS = 10_000;
const POLL_INTERVAL_MS = 50;
const P99_MS = process.env['CI'] === 'true' ? 300 : 100;
/** When the test itself was held up for longer than this, a poll of that time says nothing about the slave. */
const OWN_LAG_MS = 25;
/** Far more than the test takes: the slave is killed at the end. */
const BURN_MS = 600_000;

interface Poll {
  readonly askedAt: number;
  readonly takenMs: number;
}

/** Polls every 50 ms for 10 s, without waiting for one answer before the next question, as a real master does. */
async function pollFor10s(master: FakeMaster): Promise<Poll[]> {
  const polls: Promise<Poll>[] = [];
  const measure = async (): Promise<Poll> => {
    const askedAt = performance.now();
    await master.poll();
    return { askedAt, takenMs: performance.now() - askedAt };
  };
  const endMs = performance.now() + BUSY_MS;
  while (performance.now() < endMs) {
    polls.push(measure());
    await sleep(POLL_INTERVAL_MS);
  }
  return Promise.all(polls);
}

/** Notes when this process could not run for a while. `stop` returns the times of its ends. */
function watchOwnLag(): () => [from: number, to: number][] {
  const lags: [number, number][] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last > OWN_LAG_MS) lags.push([last, now]);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return lags;
  };
}

describe('a slave whose threads are all busy for 10 s', () => {
  let master: FakeMaster;
  beforeEach(async () => {
    master = await FakeMaster.listen();
  });
  afterEach(() => master.close());
  afterEach(stopAll);

  it('answers load polls with a 99th percentile under 100 ms', async function () {
    this.timeout(BUSY_MS + 20_000);
    const threads = availableParallelism();
    await startSlave(master.discoveryPort, { args: ['--concurrency', threads.toString()] });
    await master.joined();
    for (let i = 0; i < threads; i++) master.task(`burn${i}`, 'burn', { ms: BURN_MS });
    await eventually('all threads burn', async () => (await master.poll()).running === threads);

    const ownLags = watchOwnLag();
    const polls = await pollFor10s(master);
    const lags = ownLags();
    expect(master.all(Tag.Result), 'the threads were busy all the time').to.deep.equal([]);
    const heldUp = ({ askedAt, takenMs }: Poll): boolean =>
      lags.some(([from, to]) => from < askedAt + takenMs && askedAt < to);
    const takenMs = polls.filter((poll) => !heldUp(poll)).map((poll) => poll.takenMs);
    takenMs.sort((a, b) => a - b);
    expect(takenMs.length, `of ${polls.length} polls, measured undisturbed`).to.be.above(30);
    const p99 = takenMs[Math.ceil(takenMs.length * 0.99) - 1]!;
    expect(p99, `p99 of ${takenMs.length} polls, median ${takenMs[takenMs.length >> 1]}`).to.be.below(P99_MS);
  });
});
