// People's names of groups: what stands behind each in the pool, and how many may have an algorithm of their own.
import { expect } from 'chai';
import { findAlgorithm } from '../../../src/master/balancing/registry.ts';
import {
  algorithmOfGroup,
  algorithmsOfGroups,
  OWN_ALGORITHMS_MAX,
  setAlgorithmOfGroup,
} from '../../../src/master/group-algorithms.ts';
import { Pool } from '../../../src/master/pool/pool.ts';

describe('the algorithm of a group by its name', () => {
  let pool: Pool;
  const fewest = findAlgorithm('least-connections')!;

  beforeEach(() => (pool = new Pool(findAlgorithm('round-robin')!)));

  it('is that of task types, forwarded service and registered backends of this name', () => {
    expect(setAlgorithmOfGroup(pool, 'web', fewest)).to.be.undefined;
    for (const group of ['web', 'forward:web', 'service:web'])
      expect(pool.group(group).algorithm.name, group).to.equal('least-connections');
    for (const group of ['forward:webs', 'compute', 'WEB'])
      expect(pool.group(group).algorithm.name, group).to.equal('round-robin');
    expect(algorithmsOfGroups(pool)).to.deep.equal({ web: 'least-connections' });
  });

  for (const name of ['compute', 'compute-calls']) {
    it(`is that of tasks and of clients' calls when it is called ${name}`, () => {
      setAlgorithmOfGroup(pool, name, fewest);
      expect(['compute', 'compute-calls'].map((group) => pool.group(group).algorithm)).to.deep.equal([fewest, fewest]);
      expect(algorithmsOfGroups(pool)).to.deep.equal({ compute: 'least-connections' });
      expect(algorithmOfGroup(pool, name)).to.equal(fewest);
      setAlgorithmOfGroup(pool, 'compute', undefined);
      expect([algorithmsOfGroups(pool), pool.ownAlgorithms.size]).to.deep.equal([{}, 0]);
    });
  }

  it('needs a plain name', () => {
    for (const name of ['', 'forward:web', 'a b', 'x'.repeat(129), 'web\n', '../web']) {
      const failure = setAlgorithmOfGroup(pool, name, fewest);
      expect(failure, name).to.include({ code: 'BAD_PARAMETER' });
      expect(failure?.message.length).to.be.below(200);
      expect(failure?.message)
        .to.match(/letters, digits, dots, dashes or underscores/)
        .and.not.contain('\n');
    }
    expect(pool.ownAlgorithms.size).to.equal(0);
  });

  it(`is given to at most ${OWN_ALGORITHMS_MAX} names, and to another when one was taken back`, () => {
    for (let n = 0; n < OWN_ALGORITHMS_MAX; n++) expect(setAlgorithmOfGroup(pool, `s${n}`, fewest)).to.be.undefined;
    const failure = setAlgorithmOfGroup(pool, 'more', fewest);
    expect(failure).to.include({ code: 'CONFLICT' });
    expect(failure?.message).to.match(/100 groups .* take one back .* before more gets one/);
    expect(setAlgorithmOfGroup(pool, 's7', findAlgorithm('least-load')), 'one that has its own').to.be.undefined;
    expect(setAlgorithmOfGroup(pool, 'more', undefined), 'which has none').to.be.undefined;
    setAlgorithmOfGroup(pool, 's0', undefined);
    expect(setAlgorithmOfGroup(pool, 'more', fewest)).to.be.undefined;
    expect(Object.keys(algorithmsOfGroups(pool))).to.have.length(OWN_ALGORITHMS_MAX);
  });

  it('may be called as nothing else should', () => {
    setAlgorithmOfGroup(pool, '__proto__', fewest);
    setAlgorithmOfGroup(pool, 'constructor', fewest);
    expect(JSON.stringify(algorithmsOfGroups(pool))).to.equal(
      '{"__proto__":"least-connections","constructor":"least-connections"}',
    );
  });
});
