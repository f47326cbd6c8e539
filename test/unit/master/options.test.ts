// Algorithms on the command line of ./master: one for all, and those of single groups.
import { expect } from 'chai';
import { readMasterOptions } from '../../../src/master/options.ts';
import { withoutExit } from '../../support/without-exit.ts';

describe('the algorithms of ./master', () => {
  withoutExit();
  afterEach(() => Reflect.deleteProperty(process.env, 'LANYARD_ALGORITHM'));

  function read(...argv: string[]): unknown[] {
    const { algorithm, groupAlgorithms } = readMasterOptions(argv);
    return [algorithm.name, Object.fromEntries([...groupAlgorithms].map(([group, { name }]) => [group, name]))];
  }

  it('are round-robin when nothing is said', () => {
    expect(read()).to.deep.equal(['round-robin', {}]);
  });

  it('are given by name, and for single groups by option, of which the last counts', () => {
    const web = [
      '--algorithm',
      'web=pick-first',
      '--algorithm=web=least_connections',
      '--algorithm',
      'a.b-c=least-load',
    ];
    expect(read('least-load', ...web)).to.deep.equal([
      'least-load',
      { web: 'least-connections', 'a.b-c': 'least-load' },
    ]);
  });

  it('may all stand in the option, or in the environment; a name alone on the command line goes before that', () => {
    expect(read('--algorithm', 'least-load')).to.deep.equal(['least-load', {}]);
    process.env['LANYARD_ALGORITHM'] = 'least-load,web=least-connections';
    expect(read()).to.deep.equal(['least-load', { web: 'least-connections' }]);
    expect(read('pick-first')).to.deep.equal(['pick-first', { web: 'least-connections' }]);
    process.env['LANYARD_ALGORITHM'] = 'least_difference';
    expect(read()).to.deep.equal(['least-difference', {}]);
  });

  for (const text of [
    'web=',
    'web=fastest',
    '=least-load',
    'a b=least-load',
    'web:least-load',
    'forward:web=least-load',
  ]) {
    it(`are not read from ${text}`, () => {
      expect(() => read('--algorithm', text)).to.throw('exit with code 2');
    });
  }
});
