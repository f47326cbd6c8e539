// Tasks that end before their time: withdrawn, cancelled, or with the thread that ran them. Nobody else's task may suffer.
import { expect } from 'chai';
import { ExecutorProbe, UNSENT } from '../../../support/executor-probe.ts';
import { doomed, threads } from '../../../support/worker-threads.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import type { SlaveTask } from '../../../../src/slave/executor/slave-task.ts';
import { eventually, sleep } from '../../../support/wait.ts';

const FREE_AGAIN_MS = 1000 * (process.env['CI'] === 'true' ? 3 : 1);
const FOREVER = { ms: 3_600_000 };
const QUICK = { text: 'ab' };

/** An executor that never looks whether a thread takes long, so what is behind a long task stays there. */
const blindProbe = (): ExecutorProbe => new ExecutorProbe({ clock: new ManualClock() });

/** Closed as long as it is 0: whoever waits for it stands still. */
let gate: Int32Array;

/** A task that is believed to be short, but is not: it is sent along with others, and goes on until `letGo`. */
function surprise(probe: ExecutorProbe): SlaveTask {
  gate = new Int32Array(new SharedArrayBuffer(4));
  probe.believeShort('script');
  return probe.run('script', { code: 'Atomics.wait(given, 0, 0); return "dc";', given: gate });
}

function letGo(): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

describe('an executor', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  describe('that takes a task back', () => {
    it('gives one that waits, and never runs it', async () => {
      probe = new ExecutorProbe();
      const long = probe.run('burn', FOREVER);
      const waiting = probe.run('fib', { n: 80 });
      await probe.running(long);
      expect(probe.executor.withdraw(waiting)).to.equal(true);
      expect(probe.executor.withdraw(waiting), 'a second time').to.equal(false);
      probe.executor.cancel(long);
      await probe.end(probe.run('fib', { n: 1 }));
      expect(probe.ended.has(waiting)).to.equal(false);
    });

    it('gives one that is in a thread behind another, and never runs it', async () => {
      probe = blindProbe();
      probe.believeShort('reverse');
      const front = surprise(probe);
      const behind = [probe.run('reverse', QUICK), probe.run('reverse', QUICK), probe.run('reverse', QUICK)];
      await probe.running(front);
      expect(probe.executor.waiting, 'all were sent as one batch').to.equal(0);
      expect(probe.executor.withdraw(behind[1]!)).to.equal(true);
      letGo();
      for (const task of [front, behind[0]!, behind[2]!]) expect((await probe.end(task)).outcome).to.equal('done');
      expect(probe.ended.has(behind[1]!)).to.equal(false);
    });

    it('does not give one that runs, has ended, or was never here', async () => {
      probe = new ExecutorProbe();
      const ended = probe.run('fib', { n: 1 });
      await probe.end(ended);
      const long = probe.run('burn', FOREVER);
      await eventually('it says how far it is, so it runs', () => probe.progress.length > 0);
      expect(probe.executor.withdraw(long)).to.equal(false);
      expect(probe.executor.withdraw(ended)).to.equal(false);
    });

    it('can run more tasks than a thread has room for, after any number was taken back', async () => {
      probe = blindProbe();
      for (let round = 0; round < 6; round++) {
        probe.believeShort('reverse');
        const front = surprise(probe);
        const behind = Array.from({ length: 100 }, () => probe.run('reverse', QUICK));
        await probe.running(front);
        for (const task of behind) probe.executor.withdraw(task);
        letGo();
        await probe.end(front);
      }
      const last = Array.from({ length: 600 }, () => probe.run('reverse', QUICK));
      for (const task of last) expect((await probe.end(task)).outcome).to.equal('done');
    });
  });

  describe('that cancels a task', () => {
    it('which waits reports it as cancelled at once', async () => {
      probe = new ExecutorProbe();
      await probe.running(probe.run('burn', FOREVER));
      const waiting = probe.run('fib', { n: 80 });
      probe.executor.cancel(waiting);
      expect(probe.ended.get(waiting)).to.include({ outcome: 'cancelled', times: 1 });
    });

    it('which runs in a tight loop has the thread free within a second', async () => {
      probe = new ExecutorProbe();
      const long = probe.run('burn', FOREVER);
      await eventually('it says how far it is', () => probe.progress.length > 0);
      const cancelledAt = performance.now();
      probe.executor.cancel(long);
      expect((await probe.end(long)).outcome).to.equal('cancelled');
      expect(performance.now() - cancelledAt).to.be.below(FREE_AGAIN_MS);
      expect((await probe.end(probe.run('fib', { n: 80 }))).value).to.equal(23416728348467685n);
      expect([probe.threads, probe.ended.get(long)!.times]).to.deep.equal([1, 1]);
    });

    it('several at once in one thread, running, ended unreported or behind it, has the thread free within a second', async () => {
      probe = blindProbe();
      probe.believeShort('script');
      const cells = new Int32Array(new SharedArrayBuffer(4));
      const given = { code: 'Atomics.store(given, 0, 1); for (;;);', given: cells };
      const [before, endless, behind] = [probe.script(UNSENT), probe.run('script', given), probe.script('return 1')];
      await eventually('the endless one runs', () => cells[0] === 1);
      const cancelledAt = performance.now();
      for (const task of [endless, before, behind, endless]) probe.executor.cancel(task);
      expect((await probe.end(probe.script('return 2'))).value).to.equal(2);
      expect(performance.now() - cancelledAt).to.be.below(FREE_AGAIN_MS);
      for (const task of [before, endless, behind])
        expect(await probe.end(task)).to.include({ outcome: 'cancelled', times: 1 });
    });

    it('that ends at that very moment reports it once', async () => {
      probe = new ExecutorProbe();
      const cells = new Int32Array(new SharedArrayBuffer(4));
      const endings = new Set<string>();
      for (let i = 0; i < 40; i++) {
        Atomics.store(cells, 0, 0);
        const code =
          'Atomics.store(given, 0, 1); const end = performance.now() + 1; while (performance.now() < end); return 1;';
        const task = probe.run('script', { code, given: cells });
        while (cells[0] === 0) await new Promise((resolve) => setImmediate(resolve));
        for (const endMs = performance.now() + 0.9 + i / 100; performance.now() < endMs;);
        probe.executor.cancel(task);
        const { outcome, times } = await probe.end(task);
        expect(times).to.equal(1);
        endings.add(outcome);
        expect(await probe.end(probe.script('return 2'))).to.include({ outcome: 'done', value: 2 });
        expect(probe.ended.get(task)!.times).to.equal(1);
      }
      expect([...endings]).to.include.members(['cancelled']);
    });

    it('lets the tasks of the other threads go on', async () => {
      probe = new ExecutorProbe({ concurrency: 2 });
      const long = probe.run('burn', FOREVER);
      await probe.running(long);
      const neighbour = probe.run('reverse', { text: 'ab', workMs: 1500 });
      await probe.running(neighbour);
      probe.executor.cancel(long);
      await probe.end(long);
      expect(await probe.end(neighbour)).to.include({ outcome: 'done', value: 'ba', times: 1 });
    });

    it('runs again what was behind it in its thread', async () => {
      probe = blindProbe();
      probe.believeShort('reverse');
      const front = surprise(probe);
      const behind = [probe.run('reverse', QUICK), probe.run('reverse', QUICK)];
      await probe.running(front);
      await sleep(10);
      probe.executor.cancel(front);
      expect((await probe.end(front)).outcome).to.equal('cancelled');
      for (const task of behind) expect(await probe.end(task)).to.include({ outcome: 'done', value: 'ba', times: 1 });
    });

    it('which has ended in its thread, unreported, does no harm to the one that runs there now', async () => {
      probe = blindProbe();
      probe.believeShort('reverse');
      probe.believeShort('script');
      const quick = probe.script(UNSENT);
      const now = surprise(probe);
      await probe.running(quick);
      await sleep(10);
      expect(probe.ended.has(quick), 'its result waits for the batch').to.equal(false);
      probe.executor.cancel(quick);
      letGo();
      expect(await probe.end(now)).to.include({ outcome: 'done', value: 'dc', times: 1 });
      expect((await probe.end(quick)).times).to.equal(1);
    });

    it('hundreds of times among others costs none of them its result', async () => {
      probe = new ExecutorProbe({ concurrency: 2 });
      await probe.learn('fib', { n: 50 });
      const kept = [];
      for (let i = 0; i < 300; i++) {
        kept.push(probe.run('fib', { n: i }));
        const dropped = probe.run('fib', { n: 2000 });
        if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        probe.executor.cancel(dropped);
      }
      for (const task of kept) expect(await probe.end(task)).to.include({ outcome: 'done', times: 1 });
    });
  });

  describe('whose thread dies', () => {
    /** Ends a thread from outside, as a crash in native code or running out of memory would. */
    const killThread = (): void => void [...threads][0]!.terminate();

    it('fails the task that ran there, says why, and runs the others again', async () => {
      probe = blindProbe();
      probe.believeShort('reverse');
      const front = surprise(probe);
      const behind = [probe.run('reverse', QUICK), probe.run('reverse', QUICK)];
      const waiting = probe.run('fib', { n: 80 });
      await probe.running(front);
      await sleep(10);
      killThread();
      const { outcome, value } = await probe.end(front);
      expect(outcome).to.equal('failed');
      expect(value).to.contain('thread ended');
      for (const task of behind) expect(await probe.end(task)).to.include({ outcome: 'done', value: 'ba', times: 1 });
      expect((await probe.end(waiting)).value).to.equal(23416728348467685n);
      expect(probe.ended.get(front)!.times).to.equal(1);
      expect([probe.threads, probe.fatal]).to.deep.equal([1, undefined]);
    });

    it('while it is idle needs no more than a new one', async () => {
      probe = new ExecutorProbe();
      await probe.end(probe.run('fib', { n: 1 }));
      killThread();
      await eventually('it is gone', () => probe.executor.threads === 0);
      expect((await probe.end(probe.run('fib', { n: 80 }))).outcome).to.equal('done');
    });

    it('while it starts is given another', async () => {
      probe = new ExecutorProbe();
      doomed.next = 2;
      const task = probe.run('fib', { n: 80 });
      expect((await probe.end(task)).outcome).to.equal('done');
    });

    it('three times in a row before it is ready gives up', async () => {
      probe = new ExecutorProbe();
      doomed.next = 3;
      probe.run('fib', { n: 80 });
      expect(await eventually('it gives up', () => probe.fatal)).to.contain('before they are ready');
    });
  });
});
