// Tasks whose time is over: those that wait, those that run, those behind others; and what becomes of their neighbours.
import { expect } from 'chai';
import { DEADLINE_TICK_MS } from '../../../../src/slave/executor/deadlines.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import type { SlaveTask } from '../../../../src/slave/executor/slave-task.ts';
import { ExecutorProbe, UNSENT } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';

const ENDLESS = 'for (;;);';
const SHORT = 'return 1;';
/** Runs until it is released. */
const [BEGUN, RELEASED] = [0, 1];
const HELD = 'Atomics.store(given, 0, 1); Atomics.wait(given, 1, 0); return 2;';

/** A thread that is at one task for so long is given no others. */
const STUCK_MS = 20;

const newCells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

function release(cells: Int32Array): void {
  Atomics.store(cells, RELEASED, 1);
  Atomics.notify(cells, RELEASED);
}

describe('an executor with limited tasks', () => {
  let clock: ManualClock;
  let probe: ExecutorProbe;
  beforeEach(() => {
    clock = new ManualClock();
    probe = new ExecutorProbe({ clock });
  });
  afterEach(() => probe.close());

  it('ends one that runs when its deadline has passed, not before, and has the thread free again', async () => {
    const task = probe.script(ENDLESS, { deadlineMs: 1000 });
    await probe.running(task);
    clock.advance(999);
    expect(probe.ended.has(task)).to.equal(false);
    clock.advance(1 + DEADLINE_TICK_MS);
    expect(await probe.end(task)).to.include({ outcome: 'expired', value: null, times: 1 });
    expect((await probe.end(probe.run('fib', { n: 80 }))).outcome).to.equal('done');
  });

  it('ends one that waits when its deadline has passed, at once, and never runs it', async () => {
    await probe.running(probe.script(ENDLESS));
    const waiting = probe.run('fib', { n: 1 }, 1);
    const late = probe.submit('fib', { n: 2 }, { deadlineMs: 500 });
    clock.advance(500 + DEADLINE_TICK_MS);
    expect(probe.ended.get(late)).to.include({ outcome: 'expired', runMs: 0, times: 1 });
    expect(probe.ended.has(waiting)).to.equal(false);
  });

  it('counts the run limit from the start, not from the arrival', async () => {
    const front = probe.script(ENDLESS);
    await probe.running(front);
    const behind = probe.script(ENDLESS, { runLimitMs: 100 });
    clock.advance(60_000);
    expect(probe.ended.size).to.equal(0);
    probe.executor.cancel(front);
    await probe.running(behind);
    clock.advance(99);
    expect(probe.ended.has(behind)).to.equal(false);
    clock.advance(1 + DEADLINE_TICK_MS);
    expect((await probe.end(behind)).outcome).to.equal('expired');
  });

  it('goes by whichever of the two limits comes first', async () => {
    const runs = probe.script(ENDLESS, { deadlineMs: 60_000, runLimitMs: 100 });
    await probe.running(runs);
    clock.advance(100 + DEADLINE_TICK_MS);
    expect((await probe.end(runs)).outcome).to.equal('expired');
    const total = probe.script(ENDLESS, { deadlineMs: clock.nowMs() + 100, runLimitMs: 60_000 });
    await probe.running(total);
    clock.advance(100 + DEADLINE_TICK_MS);
    expect((await probe.end(total)).outcome).to.equal('expired');
  });

  it('watches over none that has ended, was cancelled or given back', async () => {
    const limits = { deadlineMs: 60_000, runLimitMs: 30_000 };
    const done = probe.script(SHORT, limits);
    await probe.end(done);
    const runs = probe.script(ENDLESS, limits);
    await probe.running(runs);
    const [given, dropped] = [probe.script(SHORT, limits), probe.script(SHORT, limits)];
    expect(probe.executor.limited).to.equal(3);
    probe.executor.withdraw(given);
    probe.executor.cancel(dropped);
    expect(probe.executor.limited).to.equal(1);
    probe.executor.cancel(runs);
    await probe.end(runs);
    expect(probe.executor.limited).to.equal(0);
    clock.advance(120_000);
    expect([probe.ended.get(done)!.times, probe.ended.has(given)]).to.deep.equal([1, false]);
  });

  // Within 5 ms it is still where it ended; after that it is taken back from there.
  for (const [when, waitMs] of [
    ['at once', 1],
    ['later', 2 * DEADLINE_TICK_MS],
  ] as const) {
    it(`ends a task that finished in time but could not say so, ${when}, without harm to the one that runs`, async () => {
      probe.believeShort('script');
      const given = newCells();
      const ended = probe.script(UNSENT, { deadlineMs: DEADLINE_TICK_MS - 1 });
      const runs = probe.submit('script', { code: HELD, given }, {});
      clock.advance(DEADLINE_TICK_MS - 1); // no thread is there yet
      await eventually('the other one runs', () => given[BEGUN] === 1);
      clock.advance(waitMs);
      expect(probe.ended.get(ended)).to.include({ outcome: 'expired', times: 1 });
      release(given);
      expect(await probe.end(runs)).to.include({ outcome: 'done', value: 2, times: 1 });
      expect(probe.ended.get(ended)!.times).to.equal(1);
    });
  }
});

describe('an executor with an endless task among short ones', () => {
  let probe: ExecutorProbe;
  afterEach(() => probe.close());

  for (const [what, end] of [
    ['its run limit', (): void => undefined],
    ['a cancel', (endless): void => probe.executor.cancel(endless)],
  ] as const satisfies readonly (readonly [string, (endless: ReturnType<ExecutorProbe['script']>) => void])[]) {
    it(`reports it as started, ends it by ${what}, and loses no result of the others, on its only thread`, async () => {
      probe = new ExecutorProbe();
      probe.believeShort('script');
      const before = probe.script(SHORT, { runLimitMs: 50 });
      const endless = probe.script(ENDLESS, { runLimitMs: 500 });
      const behind = probe.script(SHORT);
      await probe.running(endless);
      const startedAt = performance.now();
      end(endless);
      expect((await probe.end(endless)).outcome).to.equal(what === 'a cancel' ? 'cancelled' : 'expired');
      if (what !== 'a cancel') expect(performance.now() - startedAt).to.be.within(400, 3000);
      for (const task of [before, behind])
        expect(await probe.end(task)).to.include({ outcome: 'done', value: 1, times: 1 });
    });
  }

  it('brings the short ones to an end without waiting for it, when another thread is free', async () => {
    probe = new ExecutorProbe({ concurrency: 2 });
    probe.believeShort('script');
    // A long one on the other thread, so that all of these go to the same one.
    const other = probe.script(`const end = Date.now() + 200; while (Date.now() < end); return 3;`, { weight: 1000 });
    await probe.running(other);
    const before = probe.script(SHORT);
    const endless = probe.script(ENDLESS);
    const behind = probe.script(SHORT);
    await probe.running(endless);
    for (const task of [before, behind])
      expect(await probe.end(task)).to.include({ outcome: 'done', value: 1, times: 1 });
    expect(probe.ended.has(endless)).to.equal(false);
    expect(probe.executor.threads).to.equal(2);
  });

  it('counts the first of two results of a task that ran twice, and stops a second run that takes long', async () => {
    const clock = new ManualClock(); // else a thread that is slow to begin is taken for stuck
    probe = new ExecutorProbe({ concurrency: 2, clock });
    probe.believeShort('script');
    const [other, first, second] = [newCells(), newCells(), newCells()];
    const held = (given: Int32Array, weight: number): SlaveTask =>
      probe.submit('script', { code: HELD, given }, { weight });
    const elsewhere = held(other, 1000);
    await eventually('one thread is taken', () => other[BEGUN] === 1);
    // The first run ends, its result unsent; the second never does.
    const code = `if (Atomics.add(given, 0, 1) > 0) for (;;); ${UNSENT}`;
    const twice = probe.submit('script', { code, given: second }, {});
    const long = held(first, 1);
    const rest = [probe.script(SHORT), probe.script(SHORT)]; // the first two, half of these, go together
    await eventually('it has ended, and the one behind it runs', () => first[BEGUN] === 1);
    clock.advance(STUCK_MS);
    expect(probe.executor.waiting, 'it is taken back').to.equal(3);
    release(other);
    expect((await probe.end(elsewhere)).value).to.equal(2);
    await eventually('it runs a second time', () => second[0] === 2);
    expect(probe.ended.has(twice)).to.equal(false);
    release(first);
    expect(await probe.end(long)).to.include({ outcome: 'done', value: 2, times: 1 });
    expect(await probe.end(twice)).to.include({ outcome: 'done', value: 1, times: 1 });
    clock.advance(STUCK_MS);
    for (const task of rest) expect((await probe.end(task)).value).to.equal(1);
    await eventually('nothing runs any more', () => probe.executor.inside === 0);
    expect((await probe.end(probe.script(SHORT))).value).to.equal(1);
  });
});
