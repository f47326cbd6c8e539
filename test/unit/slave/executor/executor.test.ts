// The executor with real worker threads: how many there are, what goes to them, what comes back.
import { expect } from 'chai';
import { ExecutorProbe } from '../../../support/executor-probe.ts';
import { fibonacci } from '../../../support/reference.ts';
import { eventually } from '../../../support/wait.ts';

const FOREVER = { ms: 3_600_000 };

describe('an executor', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  it('starts no thread before there is a task, and one for one task', async () => {
    probe = new ExecutorProbe({ concurrency: 4 });
    expect([probe.executor.threads, probe.threads]).to.deep.equal([0, 0]);
    expect((await probe.end(probe.run('fib', { n: 80 }))).value).to.equal(23416728348467685n);
    expect((await probe.end(probe.run('fib', { n: 81 }))).value).to.equal(fibonacci(81));
    expect([probe.executor.threads, probe.threads]).to.deep.equal([1, 1]);
  });

  it('runs as many tasks at once as it may, and no more', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    const tasks = Array.from({ length: 5 }, () => probe.run('burn', FOREVER));
    for (const task of tasks.slice(0, 2)) await probe.running(task);
    await eventually('three wait', () => probe.executor.waiting === 3);
    expect(probe.started).to.have.members(tasks.slice(0, 2));
    expect([probe.executor.threads, probe.threads]).to.deep.equal([2, 2]);
  });

  it('brings every result to its task, thousands of them, in batches', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    const alone: number[] = [];
    // A busy machine may hold up the threads while all are handed over: then few are there at once.
    do {
      const before = probe.started.length;
      const tasks = Array.from({ length: 3000 }, (_, n) => probe.run('fib', { n: n % 500 }));
      for (const [n, task] of tasks.entries()) {
        const { outcome, value, times } = await probe.end(task);
        expect([outcome, value, times]).to.deep.equal(['done', fibonacci(n % 500), 1]);
      }
      alone.push(probe.started.length - before);
    } while (Math.min(...alone) >= 1500 && alone.length < 3);
    // Were each sent alone, each would be reported as started.
    expect(Math.min(...alone)).to.be.below(1500);
    expect(probe.executor.waiting).to.equal(0);
  });

  it('starts tasks in the order in which they came', async () => {
    probe = new ExecutorProbe();
    const tasks = Array.from({ length: 5 }, () => probe.run('reverse', { text: 'ab', workMs: 20 }));
    await probe.end(tasks[4]!);
    expect(probe.started).to.deep.equal(tasks);
    expect([...probe.ended.keys()]).to.deep.equal(tasks);
  });

  it('measures how long a task ran', async () => {
    probe = new ExecutorProbe();
    const { runMs } = await probe.end(probe.run('reverse', { text: 'ab', workMs: 100 }));
    expect(runMs).to.be.within(98, 1000);
    expect(probe.executor.runTimes.meanMs).to.equal(runMs);
  });

  it('fails a task of a type that it does not have, and goes on', async () => {
    probe = new ExecutorProbe();
    const { outcome, value } = await probe.end(probe.run('nope', {}));
    expect(outcome).to.equal('failed');
    expect(value).to.contain('nope');
    expect((await probe.end(probe.run('fib', { n: 8 }))).value).to.equal(21n);
  });

  it('fails a task that throws with its message, and goes on', async () => {
    probe = new ExecutorProbe();
    const { outcome, value } = await probe.end(probe.run('reverse', { text: null }));
    expect(outcome).to.equal('failed');
    expect(value).to.match(/iterable/);
    expect((await probe.end(probe.run('fib', { n: 8 }))).value).to.equal(21n);
  });

  it('hands on progress, at most ten times a second', async () => {
    probe = new ExecutorProbe();
    await probe.end(probe.run('burn', { ms: 400 }));
    expect(probe.progress.length).to.be.within(1, 4);
    expect(probe.progress).to.deep.equal([...probe.progress].sort((a, b) => a - b));
  });

  it('keeps a long task from delaying short ones while another thread is free', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    await probe.learn('reverse', { text: 'ab' });
    const long = probe.run('burn', FOREVER);
    await probe.running(long);
    for (let i = 0; i < 100; i++)
      expect((await probe.end(probe.run('reverse', { text: `a${i}` }))).outcome).to.equal('done');
    expect(probe.ended.has(long)).to.equal(false);
  });

  it('knows how long its oldest task has been running', async () => {
    probe = new ExecutorProbe();
    expect(probe.executor.oldestAgeMs()).to.equal(0);
    const task = probe.run('burn', FOREVER);
    await probe.running(task);
    await eventually('it is 100 ms old', () => probe.executor.oldestAgeMs() > 100);
    probe.executor.cancel(task);
    await probe.end(task);
    await probe.end(probe.run('fib', { n: 1 }));
    expect(probe.executor.oldestAgeMs()).to.equal(0);
  });

  it('reports nothing after it was closed', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    const task = probe.run('burn', FOREVER);
    probe.run('burn', FOREVER);
    probe.run('burn', FOREVER);
    await probe.running(task);
    await probe.close();
    expect([probe.ended.size, probe.fatal, probe.executor.threads]).to.deep.equal([0, undefined, 0]);
  });
});
