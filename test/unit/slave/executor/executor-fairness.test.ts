// Tasks that were sent to a thread together: the end of one must not be the end of another, and a long one must not hold the rest.
import { expect } from 'chai';
import { systemClock, type Clock } from '../../../../src/common/time/clock.ts';
import { ExecutorProbe, UNSENT } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';

const QUICK = { text: 'ab' };
/** Says that it runs, and goes on for a while. */
const RUNS = "context.progress(0.5); return new Promise((resolve) => setTimeout(resolve, 300, 'dc'));";

/** The system's clock, but that no time passes until `goesOn`: no task seems to take long, however slow this machine is. */
class StoppedClock implements Clock {
  goesOn = false;
  nowMs(): number {
    return this.goesOn ? systemClock.nowMs() : 0;
  }
  after: Clock['after'] = (...args) => systemClock.after(...args);
  every: Clock['every'] = (...args) => systemClock.every(...args);
}

describe('an executor with several tasks in one thread', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  for (const [when, isSeen] of [
    ['before anybody saw that the other one takes long', false],
    ['after that', true],
  ] as const) {
    it(`loses nothing when a task is cancelled that had ended beside one that runs, ${when}`, async () => {
      const clock = new StoppedClock();
      probe = new ExecutorProbe({ clock });
      probe.believeShort('script');
      const ended = probe.script(UNSENT);
      const running = probe.script(RUNS);
      await eventually('both were begun, in one batch', () => probe.progress.length > 0);
      expect(probe.ended.size, 'the first has ended in the thread, its result is not sent yet').to.equal(0);
      clock.goesOn = isSeen;
      if (isSeen) await eventually('the first was taken out of the thread', () => probe.executor.waiting > 0);
      probe.executor.cancel(ended);
      clock.goesOn = true;
      expect((await probe.end(ended)).outcome).to.equal('cancelled');
      const innocent = await probe.end(running);
      expect([innocent.outcome, innocent.value, innocent.times]).to.deep.equal(['done', 'dc', 1]);
    });
  }

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
