// Which steps of a test run go together.
import { expect } from 'chai';
import { groups } from '../../runner/groups.ts';
import { LINT, partsOf, SUITES, type Suite } from '../../runner/suites.ts';

const namesOf = (steps: Parameters<typeof groups>[0]): string[][] =>
  groups(steps).map(([first, others]) => [first, ...others].map(({ name }) => name));

describe('the steps of a test run', () => {
  it('run one after the other, but for those that run beside another one', () => {
    const steps = [{ name: 'a', beside: 'c' }, { name: 'b' }, { name: 'c' }, { name: 'd', beside: 'c' }];
    expect(namesOf(steps)).to.deep.equal([['b'], ['c', 'a', 'd']]);
  });

  it('run on their own when the one beside which they would run is not chosen', () => {
    expect(namesOf([{ name: 'a', beside: 'c' }, { name: 'b' }])).to.deep.equal([['a'], ['b']]);
  });

  it('run beside the first of all when the one beside which they would run does so itself', () => {
    const steps = [{ name: 'a', beside: 'b' }, { name: 'b', beside: 'c' }, { name: 'c' }, { name: 'd' }];
    expect(namesOf(steps)).to.deep.equal([['c', 'a', 'b'], ['d']]);
  });

  it('may not run beside each other in a circle', () => {
    const circle = [
      { name: 'a', beside: 'b' },
      { name: 'b', beside: 'a' },
    ];
    expect(() => groups([...circle, { name: 'c' }])).to.throw('a runs beside b');
    expect(() => groups([{ name: 'a', beside: 'a' }])).to.throw('a runs beside a');
  });

  it('are all run, each once', () => {
    const steps = [LINT, ...SUITES];
    expect(namesOf(steps).flat().sort()).to.deep.equal(steps.map(({ name }) => name).sort());
  });
});

describe('the files of a suite', () => {
  const suite: Suite = { name: 'system', testLimitSeconds: 1, suiteLimitSeconds: 1 };

  it('are shared out to its parts by turns, each file to one', () => {
    expect(partsOf(['a', 'b', 'c', 'd', 'e'], { ...suite, parts: 2 })).to.deep.equal([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ]);
  });

  it('are one part when nothing is said, and no part is empty', () => {
    expect(partsOf(['a', 'b'], suite)).to.deep.equal([['a', 'b']]);
    expect(partsOf(['a'], { ...suite, parts: 2 })).to.deep.equal([['a']]);
  });
});
