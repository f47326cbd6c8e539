// The built-in task types against independent values. Each is run as a worker thread runs it.
import { expect } from 'chai';
import fc from 'fast-check';
import { BURN_STEPS_PER_MS, burn, burnSteps } from '../../../../src/common/task-types/built-in/burn.ts';
import { countprimes } from '../../../../src/common/task-types/built-in/countprimes.ts';
import { fib } from '../../../../src/common/task-types/built-in/fib.ts';
import { reverse } from '../../../../src/common/task-types/built-in/reverse.ts';
import type { Params, TaskType } from '../../../../src/common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../../../../src/common/task-types/registry.ts';
import { weightOf } from '../../../../src/common/task-types/weight.ts';
import { backwards, fibonacci, primesUpTo } from '../../../support/reference.ts';

const run = (type: TaskType, params: Params, progress: (ratio: number) => void = () => undefined): unknown =>
  type.run(params, { progress });

describe('fib', () => {
  it('is exact', () => {
    expect(run(fib, { n: 0 })).to.equal(0n);
    expect(run(fib, { n: 1 })).to.equal(1n);
    expect(run(fib, { n: 2 })).to.equal(1n);
    expect(run(fib, { n: 80 })).to.equal(23416728348467685n);
    expect(run(fib, { n: 100 })).to.equal(354224848179261915075n);
  });

  it('is what fast doubling finds, for every n up to 300 and for the greatest', () => {
    for (let n = 0; n <= 300; n++) expect(run(fib, { n })).to.equal(fibonacci(n));
    expect(run(fib, { n: 100_000 }) === fibonacci(100_000)).to.equal(true);
  });
});

describe('countprimes', () => {
  it('counts the primes in [1, n]', () => {
    for (const [n, primes] of [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 2],
      [100, 25],
      [1000, 168],
      [10_000, 1229],
    ] as const) {
      expect(run(countprimes, { n }), `n = ${n}`).to.equal(primes);
    }
  });

  it('is what the sieve finds, for every n up to 500', () => {
    for (let n = 0; n <= 500; n++) expect(run(countprimes, { n })).to.equal(primesUpTo(n));
  });

  it('says how far it is, from 0 to 1 and never back', () => {
    const ratios: number[] = [];
    run(countprimes, { n: 3000 }, (ratio) => ratios.push(ratio));
    expect(ratios.length).to.be.within(50, 200);
    expect(ratios).to.deep.equal([...ratios].sort((a, b) => a - b));
    expect(ratios[0]).to.be.at.least(0);
    expect(ratios.at(-1)).to.be.at.most(1);
  });
});

describe('reverse', () => {
  it('turns text around', () => {
    expect(run(reverse, { text: '' })).to.equal('');
    expect(run(reverse, { text: 'a' })).to.equal('a');
    expect(run(reverse, { text: 'Lanyard' })).to.equal('draynaL');
  });

  it('keeps characters beyond 16 bits whole', () => {
    expect(run(reverse, { text: 'a😀b𝒳' })).to.equal('𝒳b😀a');
  });

  it('twice is the text itself, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const once = run(reverse, { text }) as string;
        expect(once).to.equal(backwards(text));
        expect(run(reverse, { text: once })).to.equal(text);
      }),
    );
  });

  it('sleeps for workMs before it answers', async () => {
    const startedAt = performance.now();
    expect(await run(reverse, { text: 'ab', workMs: 50 })).to.equal('ba');
    expect(performance.now() - startedAt).to.be.above(48);
  });
});

describe('burn', () => {
  it('is a fixed number of steps per millisecond', () => {
    expect(run(burn, { ms: 0 })).to.equal(1);
    expect(run(burn, { ms: 3 })).to.equal(burnSteps(1, 3 * BURN_STEPS_PER_MS));
    expect(run(burn, { ms: 3 })).to.equal(run(burn, { ms: 3 }));
  });

  it('takes about as long as it says', function () {
    run(burn, { ms: 20 }); // warm
    const startedAt = performance.now();
    run(burn, { ms: 200 });
    // A core half or six times as fast, or one that is shared, is no error.
    expect(performance.now() - startedAt).to.be.within(30, 3000);
  });

  it('does the steps of xorshift32', () => {
    let state = 1;
    for (let i = 0; i < 10; i++) {
      state = (state ^ (state << 13)) | 0;
      state = (state ^ (state >>> 17)) | 0;
      state = (state ^ (state << 5)) | 0;
      expect(burnSteps(1, i + 1)).to.equal(state);
    }
    expect(burnSteps(burnSteps(1, 500), 500)).to.equal(burnSteps(1, 1000));
  });

  it('says how far it is', () => {
    const ratios: number[] = [];
    run(burn, { ms: 300 }, (ratio) => ratios.push(ratio));
    expect(ratios).to.deep.equal([0, 100 / 300, 200 / 300]);
  });
});

describe('every built-in task type', () => {
  it('has a name of its own, a description, and a spec that is plain data', () => {
    const names = ['fib', 'countprimes', 'reverse', 'burn', 'mandelbrot'];
    expect(BUILT_IN_TASK_TYPES.map(({ name }) => name)).to.deep.equal(names);
    for (const type of BUILT_IN_TASK_TYPES) {
      const spec = specOf(type);
      expect(spec.description).not.to.equal('');
      expect(JSON.parse(JSON.stringify(spec))).to.deep.equal(spec);
      expect(spec).not.to.have.property('run');
    }
  });

  it('weighs what DESIGN §4 says', () => {
    const weight = (type: TaskType, params: Params): number => weightOf(type.weight, params);
    expect(weight(fib, { n: 80 })).to.equal(80);
    expect(weight(fib, { n: 0 })).to.equal(1);
    expect(weight(countprimes, { n: 300 })).to.equal(90_000);
    expect(weight(reverse, { text: 'a long text' })).to.equal(1);
    expect(weight(reverse, { text: 'a', workMs: 250 })).to.equal(250);
    expect(weight(burn, { ms: 5000 })).to.equal(5000);
  });

  it('fits an idle slave of one thread at its heaviest', () => {
    for (const { weight, schema } of BUILT_IN_TASK_TYPES) {
      const properties = schema['properties'] as Record<string, { maximum?: number }>;
      const heaviest = Object.fromEntries(
        Object.entries(properties).map(([name, { maximum }]) => [name, maximum ?? '']),
      );
      expect(weightOf(weight, heaviest)).to.be.at.most(1e11);
    }
  });
});
