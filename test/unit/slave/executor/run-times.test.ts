// What run times teach: expectations per type that lean to the slow side, and the mean from which the slots follow.
import { expect } from 'chai';
import fc from 'fast-check';
import { RunTimes } from '../../../../src/slave/executor/run-times.ts';
import { slotsFor, WINDOW_MS } from '../../../../src/slave/executor/slots.ts';

describe('run times', () => {
  it('expect the worst of a type that was never seen', () => {
    const times = new RunTimes();
    expect(times.expectedMs('fib', 80)).to.equal(Infinity);
    times.record('burn', 10, 10);
    expect(times.expectedMs('fib', 80)).to.equal(Infinity);
  });

  it('grow with the weight', () => {
    const times = new RunTimes();
    times.record('burn', 10, 20);
    expect(times.expectedMs('burn', 10)).to.equal(20);
    expect(times.expectedMs('burn', 20)).to.equal(40);
    expect(times.expectedMs('burn', 21), 'much heavier than any seen').to.equal(Infinity);
  });

  it('take a slow task seriously at once and forget it slowly', () => {
    const times = new RunTimes();
    for (let i = 0; i < 50; i++) times.record('fib', 1, 0.01);
    times.record('fib', 1, 1);
    expect(times.expectedMs('fib', 1)).to.equal(1);
    times.record('fib', 1, 0.01);
    expect(times.expectedMs('fib', 1)).to.be.within(0.9, 1);
    for (let i = 0; i < 230; i++) times.record('fib', 1, 0.01);
    expect(times.expectedMs('fib', 1)).to.be.below(0.03);
  });

  it('have a mean over all types that follows the newest', () => {
    const times = new RunTimes();
    expect(times.meanMs).to.equal(undefined);
    times.record('a', 1, 10);
    expect(times.meanMs).to.equal(10);
    for (let i = 0; i < 100; i++) times.record('b', 1, 2);
    expect(times.meanMs).to.be.closeTo(2, 0.1);
  });

  it('raise the mean for a task that already runs longer, never lower it', () => {
    const times = new RunTimes();
    times.observeAge(50);
    expect(times.meanMs, 'nothing is known').to.equal(undefined);
    times.record('a', 1, 1);
    times.observeAge(50);
    expect(times.meanMs).to.equal(50);
    times.observeAge(5);
    expect(times.meanMs).to.equal(50);
  });
});

describe('slots', () => {
  it('are the threads and one waiting task for each, while nothing is known or tasks are long', () => {
    for (const meanMs of [undefined, WINDOW_MS, 10, 1000, Infinity])
      expect(slotsFor(4, meanMs), `${meanMs}`).to.equal(8);
  });

  it('cover 5 ms of work when tasks are short', () => {
    expect(slotsFor(1, 1)).to.equal(1 + 5);
    expect(slotsFor(2, 0.1)).to.equal(2 + 2 * 50);
  });

  it('have an upper bound', () => {
    expect(slotsFor(1, 0)).to.equal(1 + 1024);
    expect(slotsFor(2, 1e-9)).to.equal(2 + 2048);
  });

  it('never fall as tasks get shorter', () => {
    const ms = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), ms, ms, (concurrency, a, b) => {
        expect(slotsFor(concurrency, Math.min(a, b))).to.be.at.least(slotsFor(concurrency, Math.max(a, b)));
        expect(slotsFor(concurrency, a)).to.be.at.least(2 * concurrency);
      }),
    );
  });
});
