// Tasks that throw, end their thread, return what cannot be sent, or say odd things of their progress: each costs itself only.
import { expect } from 'chai';
import { decodeFrame, encodeBatch, FRAME_HEADER_BYTES } from '../../../../src/common/protocol/framing.ts';
import { OUTCOMES, STACK_CHARS_MAX, Tag } from '../../../../src/common/protocol/messages.ts';
import { ExecutorProbe, type Ended } from '../../../support/executor-probe.ts';
import { eventually } from '../../../support/wait.ts';

/** Whether master and slave still understand each other after this ending was sent, alone and with a message behind it. */
function canBeSent({ outcome, value, stack, runMs }: Ended): boolean {
  const end = [Tag.Result, 'm-1', 1, OUTCOMES.indexOf(outcome), value, runMs, false] as const;
  const { frames, tooLarge } = encodeBatch([stack === undefined ? end : [...end, stack], [Tag.Leave]]);
  return (
    tooLarge.length === 0 && frames.every((frame) => decodeFrame(frame.subarray(FRAME_HEADER_BYTES))?.length === 2)
  );
}

/** No half of a surrogate pair. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

describe('an executor', () => {
  let probe: ExecutorProbe;
  beforeEach(() => (probe = new ExecutorProbe()));
  afterEach(() => probe.close());
  const goesOn = async (): Promise<void> => {
    expect((await probe.end(probe.run('fib', { n: 80 }))).value).to.equal(23416728348467685n);
  };

  it('fails a task that throws with message and stack', async () => {
    const { outcome, value, stack } = await probe.end(
      probe.script('function inner() { throw new TypeError("no"); } inner();'),
    );
    expect([outcome, value]).to.deep.equal(['failed', 'no']);
    expect(stack).to.match(/^TypeError: no\n {4}at inner /);
    const later = await probe.end(probe.script('return Promise.reject(new Error("later"))'));
    expect([later.outcome, later.value]).to.deep.equal(['failed', 'later']);
    expect(later.stack).to.contain('Error: later');
    await goesOn();
  });

  for (const [what, code, message] of [
    ['a text', 'throw "text"', 'text'],
    ['nothing', 'throw undefined', 'undefined'],
    ['null', 'throw null', 'null'],
    ['a number', 'throw 5', '5'],
    ['a symbol', 'throw Symbol("s")', 'Symbol(s)'],
    ['an object with a message', 'throw { message: "m", stack: 7 }', 'm'],
    ['an object whose message is none', 'throw { message: 5, toString: () => "shown" }', 'shown'],
    ['an object without a prototype', 'throw Object.create(null)', 'it threw something that cannot be shown'],
    [
      'what throws when it is read',
      'throw { get message() { throw 1 }, get stack() { throw 2 } }',
      'it threw something that cannot be shown',
    ],
    [
      'what throws at every touch',
      'const all = () => { throw 1 }; throw new Proxy({}, { get: all, has: all, getPrototypeOf: all })',
      'it threw something that cannot be shown',
    ],
    ['a function', 'throw function f() {}', 'function f() {}'],
  ] as const) {
    it(`fails a task that throws ${what}`, async () => {
      const ended = await probe.end(probe.script(code));
      expect([ended.outcome, ended.value, ended.stack === undefined || what === 'a function']).to.deep.equal([
        'failed',
        message,
        true,
      ]);
      expect(canBeSent(ended)).to.equal(true);
      await goesOn();
    });
  }

  it('cuts what is too long, not inside a character', async () => {
    const code = 'const error = new Error("😀".repeat(1e6)); error.stack = "x" + "😀".repeat(1e6); throw error;';
    const ended = await probe.end(probe.script(code));
    expect([(ended.value as string).length, ended.stack!.length]).to.deep.equal([2000, STACK_CHARS_MAX - 1]);
    expect([ended.value as string, ended.stack!].every((text) => isWellFormed(text))).to.equal(true);
    expect(canBeSent(ended)).to.equal(true);
  });

  for (const [what, code, message] of [
    ['calls process.exit', 'process.exit(3)', 'called process.exit(3)'],
    ['calls process.exit(1)', 'process.exit(1)', 'called process.exit(1)'],
    ['calls process.exit() of a success', 'process.exit()', 'called process.exit(0)'],
    [
      'throws where nobody catches',
      'return new Promise(() => setTimeout(() => { throw new Error("stray") }))',
      'its worker thread ended (stray)',
    ],
    [
      'throws nothing where nobody catches',
      'return new Promise(() => setTimeout(() => { throw null }))',
      'its worker thread ended (null)',
    ],
    [
      'leaves a promise rejected',
      'Promise.reject(new Error("left")); return new Promise(() => setTimeout(() => 0, 1e6))',
      'its worker thread ended (left)',
    ],
    ['recurses without end', 'function f() { f(); } f();', 'Maximum call stack size exceeded'],
  ] as const) {
    it(`fails a task that ${what}, and runs what was with it in its thread`, async () => {
      probe.believeShort('script');
      const before = probe.script('return 1');
      const bad = probe.script(code);
      const behind = probe.script('return 1');
      expect(await probe.end(bad)).to.include({ outcome: 'failed', value: message, times: 1 });
      for (const task of [before, behind])
        expect(await probe.end(task)).to.include({ outcome: 'done', value: 1, times: 1 });
      expect(probe.fatal).to.equal(undefined);
    });
  }

  for (const [what, code] of [
    ['a function', 'return () => 1'],
    ['a symbol', 'return { a: [Symbol()] }'],
    ['a Map with keys of any kind', 'return new Map([[{ a: 1 }, 2]])'],
    ['a Set', 'return { a: new Set([1]) }'],
    ['a Date', 'return new Date()'],
    ['typed arrays other than bytes', 'return new BigInt64Array(2)'],
    ['itself', 'const a = {}; a.a = a; return a'],
    ['nesting without end', 'let a = {}; for (let i = 0; i < 1e5; i++) a = [a]; return a'],
    ['the same thing over and over', 'let a = {}; for (let i = 0; i < 60; i++) a = { a, b: a }; return a'],
    ['an integer of millions of bits', 'return [1n << 10000000n]'],
    ['a getter that throws', 'return { get a() { throw new Error("got") } }'],
  ] as const) {
    it(`fails a task whose result holds ${what}`, async () => {
      const ended = await probe.end(probe.script(code));
      expect(ended.outcome).to.equal('failed');
      expect(ended.value).to.match(
        what.startsWith('a getter') ? /^got$/ : /^its result (cannot be sent|is larger|is an integer)/,
      );
      expect(canBeSent(ended)).to.equal(true);
      await goesOn();
    });
  }

  it('takes every plain value as a result', async () => {
    for (const code of [
      'undefined',
      'NaN',
      '-0',
      '"\\ud800"',
      '-(10n ** 400n)',
      '{ a: [null, undefined, [1n, { b: new Uint8Array(2) }]], __proto__: null }',
      'Array(3)',
      'JSON.parse(\'{"__proto__": {"a": 1}, "": 2}\')',
      'new (class Point { x = 1; })()',
    ]) {
      const ended = await probe.end(probe.script(`return ${code}`));
      expect(ended.outcome, `${code}: ${String(ended.value)}`).to.equal('done');
      expect(canBeSent(ended), code).to.equal(true);
    }
  });

  it('hands on the progress of a task in a tight loop while it runs, at most ten times a second', async () => {
    const endless = probe.script('for (let i = 0; ; i++) context.progress(i / 1e9, "step " + i);');
    await eventually('it has said something five times', () => probe.texts.length >= 5);
    const [count, startedAt] = [probe.texts.length, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(probe.texts.length - count).to.be.at.most(Math.ceil((performance.now() - startedAt) / 100) + 1);
    expect(probe.texts[0]).to.equal('step 0');
    expect(probe.ended.has(endless)).to.equal(false);
  });

  it('hands on what a task said last before it waits for something', async () => {
    probe.script(
      'context.progress(0.1, "first"); context.progress(0.2, "second"); context.progress(0.3, "third"); return new Promise(() => setTimeout(() => 0, 1e6))',
    );
    await eventually('both', () => probe.texts.length === 2);
    expect([probe.texts, probe.progress]).to.deep.equal([
      ['first', 'third'],
      [0.1, 0.3],
    ]);
  });

  it('hands on no progress of a task that has ended', async () => {
    await probe.end(
      probe.script('context.progress(0.1, "in time"); setTimeout(() => context.progress(0.9, "late"), 10); return 1;'),
    );
    await probe.end(probe.script('return new Promise((resolve) => setTimeout(resolve, 200))'));
    expect(probe.texts).to.deep.equal(['in time']);
  });

  it('makes plain numbers and texts of odd progress', async () => {
    const say = (args: string): string =>
      `context.progress(${args}); const end = Date.now() + 110; while (Date.now() < end);`;
    const odd = [
      '0.5, "half"',
      'NaN',
      'Infinity, 5',
      '-Infinity, {}',
      '"0.7", null',
      'undefined, "😀".repeat(300)',
      '2n, "x" + "😀".repeat(300)',
      'Symbol(), Symbol()',
      '',
    ];
    expect(
      (await probe.end(probe.script(`${odd.map((args) => `{ ${say(args)} }`).join('\n')} return 1;`))).outcome,
    ).to.equal('done');
    expect(probe.progress).to.deep.equal([0.5, 0.5, 1, 0, 0, 0, 0, 0, 0]);
    expect(probe.texts.map((text) => text.length)).to.deep.equal([4, 0, 0, 0, 0, 400, 399, 399, 0]);
    expect(probe.texts.every((text) => isWellFormed(text))).to.equal(true);
  });
});
