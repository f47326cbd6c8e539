// The one place that bounds how many task types become labels.
import { expect } from 'chai';
import { ByType, OTHER_TYPES, TYPES_MAX } from '../../../../src/common/prometheus/by-type.ts';

interface Count {
  times: number;
}

function counting(types: readonly string[]): ReadonlyMap<string, number> {
  const counts = new ByType<Count>(() => ({ times: 0 }));
  for (const type of types) counts.of(type).times++;
  return new Map(Array.from(counts, ([type, { times }]) => [type, times]));
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${i}`);

describe('what is kept by type', () => {
  it('is one thing per type, made when it is first asked for', () => {
    expect(counting([])).to.deep.equal(new Map());
    expect(counting(['a', 'b', 'a'])).to.deep.equal(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    );
  });

  it('has a label of its own for a hundred types, and `other` for all that come later', () => {
    expect(TYPES_MAX).to.equal(100);
    expect([...counting(names(100)).keys()]).to.deep.equal(names(100));
    const counts = counting([...names(103), 't101', 't0', 't99']);
    expect([...counts.keys()]).to.deep.equal([...names(100), OTHER_TYPES]);
    expect([counts.get(OTHER_TYPES), counts.get('t0'), counts.get('t99')]).to.deep.equal([4, 2, 2]);
  });

  it('puts a type that is called `other` with the others', () => {
    const counts = counting(['other', ...names(101)]);
    expect(counts.size).to.equal(100);
    expect(counts.get('other')).to.equal(3);
  });

  it('takes names that mean something to JavaScript', () => {
    expect(counting(['__proto__', 'constructor', '__proto__']).get('__proto__')).to.equal(2);
  });

  it('has what it was told of from the start', () => {
    expect([...new ByType(() => 0, ['fib', 'burn'])]).to.deep.equal([
      ['fib', 0],
      ['burn', 0],
    ]);
  });
});
