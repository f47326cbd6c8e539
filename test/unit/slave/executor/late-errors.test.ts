// What a task leaves behind in its thread may throw, or end the thread, long after the task has ended: that costs nobody else anything.
import { expect } from 'chai';
import type { SlaveTask } from '../../../../src/slave/executor/slave-task.ts';
import { ExecutorProbe } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';
import { threads } from '../../../support/worker-threads.ts';

/** What is left behind, once another task runs there; `mark()` comes before the end. */
const LATE: Readonly<Record<string, string>> = {
  'a timer that throws': 'mark(); throw new Error("late");',
  'a timer that throws nothing': 'mark(); throw null;',
  'a timer that throws again and again': 'setInterval(() => { mark(); throw new Error("late"); }, 1);',
  'an immediate that throws': 'setImmediate(() => { mark(); throw new Error("late"); });',
  'a tick that throws': 'process.nextTick(() => { mark(); throw new Error("late"); });',
  'a microtask that throws': 'queueMicrotask(() => { mark(); throw new Error("late"); });',
  'a file that is read, after which it throws':
    'process.getBuiltinModule("fs").stat("/", () => { mark(); throw new Error("late"); });',
  'a promise that is rejected': 'mark(); Promise.reject(new Error("late"));',
  'an async function that throws': 'void (async () => { await null; mark(); throw 7; })();',
  'a timer that calls process.exit': 'mark(); process.exit(3);',
  'a microtask that calls process.exit': 'queueMicrotask(() => { mark(); process.exit(0); });',
};

/** Leaves `late` behind, until cell 0 says that another task has begun. */
const sloppyCode = (late: string): string => `
  const mark = () => Atomics.add(given, 1, 1);
  const wait = setInterval(() => {
    if (Atomics.load(given, 0) === 0) return;
    clearInterval(wait);
    ${late}
  }, 1);
  return 1;`;

/** Is at something of its own, without keeping its thread busy, until cell 1 says that what was left behind has come to its end. */
const PATIENT = `
  Atomics.add(given, 0, 1);
  return new Promise((resolve) => {
    const wait = setInterval(() => {
      if (Atomics.load(given, 1) === 0) return;
      clearInterval(wait);
      setTimeout(resolve, 5, 5);
    }, 1);
  });`;

describe('an executor', () => {
  let probe: ExecutorProbe;
  let cells: Int32Array;
  beforeEach(() => {
    probe = new ExecutorProbe();
    cells = new Int32Array(new SharedArrayBuffer(8));
  });
  afterEach(() => probe.close());
  const script = (code: string): SlaveTask => probe.submit('script', { code, given: cells }, {});

  for (const [what, late] of Object.entries(LATE)) {
    it(`does not blame a task for ${what}, left behind by the one before it`, async () => {
      expect(await probe.end(script(sloppyCode(late)))).to.include({ outcome: 'done', value: 1 });
      const [thread] = threads;
      const [innocent, behind] = [script(PATIENT), script('return 6')];
      expect(await probe.end(innocent)).to.include({ outcome: 'done', value: 5, times: 1 });
      expect(cells[0], 'how often it ran').to.equal(what.includes('process.exit') ? 2 : 1);
      expect(await probe.end(behind)).to.include({ outcome: 'done', value: 6, times: 1 });
      await eventually('its thread is replaced', () => !threads.has(thread!));
      expect((await probe.end(script('return 7'))).value).to.equal(7);
      expect(probe.fatal).to.equal(undefined);
    });

    it(`replaces an idle thread for ${what}, and goes on`, async () => {
      Atomics.store(cells, 0, 1);
      await probe.end(script(sloppyCode(late)));
      const [thread] = threads;
      await eventually('its thread is replaced', () => !threads.has(thread!));
      expect(await probe.end(script('return 7'))).to.include({ outcome: 'done', value: 7, times: 1 });
    });
  }

  for (const [what, code, message] of [
    ['in a timer', 'setTimeout(() => { throw new Error("own") })', 'its worker thread ended (own)'],
    ['in a microtask', 'queueMicrotask(() => { throw new Error("own") })', 'its worker thread ended (own)'],
    ['in a promise', 'Promise.reject(new Error("own"))', 'its worker thread ended (own)'],
    ['by calling process.exit', 'setTimeout(() => process.exit(3))', 'called process.exit(3)'],
  ] as const) {
    it(`blames a task for what it does itself ${what}, whatever others left behind`, async () => {
      await probe.end(script(sloppyCode('mark(); throw new Error("late");')));
      const own = `return new Promise(() => { ${code}; });`;
      expect(await probe.end(script(own))).to.include({ outcome: 'failed', value: message, times: 1 });
      expect((await probe.end(script('return 7'))).value).to.equal(7);
    });
  }

  it('leaves alone what a task throws and catches in microtasks of its own, and those that are none', async () => {
    const code = `
      try { queueMicrotask(5); } catch ({ code }) {
        return new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(code))));
      }`;
    expect((await probe.end(script(code))).value).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
