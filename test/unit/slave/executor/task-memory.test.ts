// Tasks that need too much memory: each costs itself only, whatever it fills its thread with. That this file ends at all shows that
// the process survives each.
import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { ExecutorProbe } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';

const LIMIT_MB = 96;
const MESSAGE = `ran out of memory: it needed more than ${LIMIT_MB} MB on its thread (--task-memory of the slave)`;

/** Ways to need more and more memory. V8 alone ends the process for those marked, at one large allocation near its limit. */
const HOGS: Readonly<Record<string, string>> = {
  'small objects': 'let list = null; for (let i = 0; ; i++) list = { next: list, i };',
  'arrays of arrays': 'const all = []; for (;;) all.push(new Array(1e5).fill(1.5));',
  'one long array (fatal to V8)': 'const all = []; for (let i = 0; ; i++) all.push(i * 1.5);',
  'an array joined to itself (fatal to V8)': 'let all = [1.5, 2, 3]; for (;;) all = all.concat(all);',
  'a Map (fatal to V8)': 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i });',
  'a Set of strings (fatal to V8)': 'const set = new Set(); for (let i = 0; ; i++) set.add("k" + i);',
  'an object as dictionary (fatal to V8)': 'const all = {}; for (let i = 0; ; i++) all["k" + i] = i;',
  'copies of a long array (fatal to V8)':
    'const one = new Array(5e6).fill(1.5), all = []; for (;;) all.push(one.slice());',
  'long strings': 'const all = []; for (let i = 0; ; i++) all.push(("x" + i).repeat(1000) + i);',
  JSON: 'let all = [1]; for (;;) all = [JSON.parse(JSON.stringify(all)), all, JSON.parse(JSON.stringify(all))];',
  BigInts: 'const all = []; for (;;) all.push(1n << 1000000n);',
  'Buffers, which are outside the heap': 'const all = []; for (;;) all.push(Buffer.alloc(1e6, 1));',
  'WebAssembly memory': 'const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 16 }));',
  'strings outside the heap': 'const all = []; for (;;) all.push(Buffer.alloc(2e6, 65).toString("latin1"));',
  'typed arrays that are never written': 'const all = []; for (;;) all.push(new Float64Array(1e6));',
};

describe('an executor with a limit on memory', function () {
  this.timeout(120_000);
  let probe: ExecutorProbe;
  beforeEach(() => {
    probe = new ExecutorProbe({ taskMemoryBytes: LIMIT_MB * 1024 ** 2 });
  });
  afterEach(() => probe.close());

  for (const [what, code] of Object.entries(HOGS)) {
    it(`ends a task that fills its thread with ${what}, and goes on`, async () => {
      const hog = probe.script(code);
      const waiting = probe.run('fib', { n: 80 });
      const { outcome, value, times } = await probe.end(hog, 60_000);
      expect([outcome, value, times]).to.deep.equal(['failed', MESSAGE, 1]);
      expect((await probe.end(waiting)).value).to.equal(23416728348467685n);
      expect([probe.threads, probe.fatal]).to.deep.equal([1, undefined]);
    });
  }

  it('ends a task that hoards while it waits for something', async () => {
    const code = 'const all = []; return new Promise(() => setInterval(() => all.push(new Array(1e5).fill(1.5)), 1));';
    expect((await probe.end(probe.script(code), 30_000)).value).to.equal(MESSAGE);
  });

  it('does not count garbage: a task may use any amount one after the other', async () => {
    const code =
      'let sum = 0; for (let i = 0; i < 400; i++) sum += new Array(1e6).fill(1)[i] + Buffer.alloc(1e6, 1)[i]; return sum;';
    expect(await probe.end(probe.script(code), 60_000)).to.include({ outcome: 'done', value: 800 });
  });

  it('leaves the tasks of other threads alone', async () => {
    await probe.close();
    probe = new ExecutorProbe({ concurrency: 2, taskMemoryBytes: LIMIT_MB * 1024 ** 2 });
    const neighbour = probe.run('reverse', { text: 'ab', workMs: 2000 });
    await probe.running(neighbour);
    const hog = probe.script(HOGS['Buffers, which are outside the heap']!);
    expect((await probe.end(hog)).value).to.equal(MESSAGE);
    expect(await probe.end(neighbour)).to.include({ outcome: 'done', value: 'ba', times: 1 });
  });

  it('does not blame a task for what the one before it held when the thread was asked', async () => {
    await probe.close();
    const clock = new ManualClock();
    probe = new ExecutorProbe({ clock, taskMemoryBytes: LIMIT_MB * 1024 ** 2 });
    await probe.end(probe.run('fib', { n: 1 }));
    clock.advance(49); // threads are asked every 50 ms, and taken for stuck after 5
    probe.executor.runTimes.record('script', 1, 0.001); // so the next two go together
    const given = new Int32Array(new SharedArrayBuffer(12));
    // Answers that it holds far too much, and ends when it was asked.
    const full = `if (given[0] === 2) return 1;
      const [ask, used] = [process.memoryUsage, { heapUsed: 1e12, arrayBuffers: 0, external: 0 }];
      let asked = 0;
      process.memoryUsage = () => {
        if (++asked === 2) { process.memoryUsage = ask; Atomics.store(given, 0, 2); }
        return used;
      };
      Atomics.store(given, 0, 1);
      while (Atomics.load(given, 0) !== 2);
      return 1;`;
    const next = 'Atomics.add(given, 1, 1); Atomics.notify(given, 1); while (Atomics.load(given, 2) === 0); return 2;';
    const [hog, innocent] = [full, next].map((code) => probe.submit('script', { code, given }, {}));
    await eventually('the first one runs', () => given[0] === 1);
    clock.advance(1);
    // Nothing is heard until the second one runs.
    expect(Atomics.wait(given, 1, 0, 30_000)).not.to.equal('timed-out');
    await eventually('the thread is replaced', () => given[1] === 2);
    Atomics.store(given, 2, 1);
    expect(await probe.end(innocent!)).to.include({ outcome: 'done', value: 2, times: 1 });
    expect(await probe.end(hog!)).to.include({ outcome: 'done', value: 1, times: 1 });
  });

  it('replaces a thread in which many short tasks have left too much behind, at no cost to them', async () => {
    const code =
      'globalThis.kept ??= []; globalThis.kept.push(new Array(1e5).fill(1.5)); return globalThis.kept.length';
    const sizes: number[] = [];
    for (let i = 0; i < 500; i++) {
      const { outcome, value } = await probe.end(probe.script(code));
      sizes.push(value as number);
      expect(outcome, `task ${i}`).to.equal('done');
      if (sizes.at(-1)! < sizes.at(-2)!) return;
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect.fail(`the same thread all along, with ${sizes.at(-1)} arrays left behind`);
  });
});
