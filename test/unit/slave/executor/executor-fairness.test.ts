// Tasks that were sent to a thread together: the end of one must not be the end of another, and a long one must not hold the rest.
import { expect } from 'chai';
import { ExecutorProbe, UNSENT } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';

const QUICK = { text: 'ab' };

describe('an executor with several tasks in one thread', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  it('runs again what another task took down with it: a cancelled one that had ended beside one that runs', async () => {
    probe = new ExecutorProbe();
    probe.believeShort('script');
    probe.believeShort('reverse');
    const ended = probe.script(UNSENT);
    const running = probe.run('reverse', { text: 'cd', workMs: 300 }, 1);
    await probe.running(ended);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(probe.ended.size, 'the first has ended in the thread, its result is not sent yet').to.equal(0);
    probe.executor.cancel(ended);
    expect((await probe.end(ended)).outcome).to.equal('cancelled');
    const innocent = await probe.end(running);
    expect([innocent.outcome, innocent.value, innocent.times]).to.deep.equal(['done', 'dc', 1]);
  });

  it('gives what is stuck behind a long task to a thread that is free', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    probe.believeShort('reverse');
    const long = probe.run('reverse', { text: 'cd', workMs: 3000 }, 1);
    const stuck = Array.from({ length: 5 }, () => probe.run('reverse', QUICK));
    await probe.running(long);
    await eventually('all but the long one have ended', () => stuck.every((task) => probe.ended.has(task)), 2000);
    expect(probe.ended.has(long)).to.equal(false);
  });
});
