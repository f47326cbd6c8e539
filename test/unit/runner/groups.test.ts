// Which steps of a test run go together.
import { expect } from 'chai';
import { groups } from '../../runner/groups.ts';
import { LINT, SUITES } from '../../runner/suites.ts';

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

  it('are all run, each once', () => {
    const steps = [LINT, ...SUITES];
    expect(namesOf(steps).flat().sort()).to.deep.equal(steps.map(({ name }) => name).sort());
  });
});
