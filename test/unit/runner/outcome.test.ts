// The end of a test run names what failed: of a long run, people and machines often keep the last lines only.
import { expect } from 'chai';
import { failureLines, sumOf, type Outcome } from '../../runner/outcome.ts';

function outcome(suite: string, ...titles: string[]): Outcome {
  const failures = titles.map((title) => ({ title, reason: `${title} went wrong` }));
  return { suite, passed: 1, failed: titles.length, skipped: 0, seconds: 1, notes: [], failures };
}

describe('the end of a test run', () => {
  it('says nothing of failures when there are none', () => {
    expect(failureLines([outcome('unit'), outcome('lan')])).to.deep.equal([]);
  });

  it('names each test that failed with its suite and why', () => {
    const lines = failureLines([outcome('unit', 'a pool picks'), outcome('lan'), outcome('system', 'a task ends')]);
    expect(lines.join('\n')).to.equal(
      '\nFailed:\nunit: a pool picks\n   a pool picks went wrong\nsystem: a task ends\n   a task ends went wrong',
    );
  });

  it('counts those beyond twenty', () => {
    const titles = Array.from({ length: 23 }, (_, i) => `test ${i}`);
    expect(failureLines([outcome('unit', ...titles)]).at(-1)).to.equal('and 3 more, above');
  });
});

describe('the parts of a suite', () => {
  it('are counted together, and took as long as the longest', () => {
    const parts = [
      { ...outcome('system', 'a'), seconds: 7, notes: ['hung'] },
      outcome('system'),
      outcome('system', 'b'),
    ];
    const { failures, ...counts } = sumOf(parts);
    expect(counts).to.deep.equal({ suite: 'system', passed: 3, failed: 2, skipped: 0, seconds: 7, notes: ['hung'] });
    expect(failures.map(({ title }) => title)).to.deep.equal(['a', 'b']);
  });
});
