// The slaves that a monitor knows; the property test compares with a naive model.
import { expect } from 'chai';
import { SlaveSet } from '../../../src/monitor/slave-set.ts';
import { slaveInfo } from '../../support/slave-info.ts';

describe('a set of slaves', () => {
  const [a, b, c] = [slaveInfo('a'), slaveInfo('b'), slaveInfo('c')];
  let set: SlaveSet;
  const names = (): string[] => set.list.map(({ name }) => name);

  beforeEach(() => (set = new SlaveSet()));

  it('is sorted by name, whatever came first', () => {
    for (const slave of [c, slaveInfo('x', { name: 'B' }), a, b]) expect(set.joined(slave)).to.be.true;
    expect(names()).to.deep.equal(['B', 'a', 'b', 'c']);
  });

  it('says whether anything changed', () => {
    expect(set.joined(a)).to.be.true;
    expect(set.joined({ ...a })).to.be.false;
    expect(set.joined({ ...a, metricsPort: 1 })).to.be.true;
    expect(set.left('b')).to.be.false;
    expect(set.left('a')).to.be.true;
    expect(set.replaceAll([])).to.be.false;
    expect(set.replaceAll([a, b])).to.be.true;
    expect(set.replaceAll([b, a])).to.be.false;
    expect(set.replaceAll([a, c])).to.be.true;
    expect(set.addAll([a])).to.be.false;
    expect(set.addAll([a, b])).to.be.true;
    expect(set.replaceAll([a, b])).to.be.true;
    expect(names()).to.deep.equal(['a', 'b']);
  });

  it('keeps what it knows when others are added, and drops it when all are replaced', () => {
    set.replaceAll([a, b]);
    set.addAll([c]);
    expect(names()).to.deep.equal(['a', 'b', 'c']);
    set.replaceAll([c]);
    expect([names(), set.size, set.has('a'), set.has('c')]).to.deep.equal([['c'], 1, false, true]);
  });

  it('has each name once: who takes a name is there instead of who had it', () => {
    set.replaceAll([a, b]);
    expect(set.joined(slaveInfo('new', { name: 'a' }))).to.be.true;
    expect(set.list.map(({ instanceId }) => instanceId)).to.deep.equal(['new', 'b']);
    expect(set.left('a')).to.be.false;
    expect(names()).to.deep.equal(['a', 'b']);
  });

  it('lets two slaves change names', () => {
    set.replaceAll([a, b]);
    set.replaceAll([slaveInfo('a', { name: 'b' }), slaveInfo('b', { name: 'a' })]);
    expect(set.list.map(({ instanceId, name }) => [name, instanceId])).to.deep.equal([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('gives the very same list until something changes, and never changes one that it gave', () => {
    set.replaceAll([a, b]);
    const { list } = set;
    set.joined({ ...a });
    expect(set.list).to.equal(list);
    set.left('a');
    expect(list).to.have.length(2);
    expect(set.list).not.to.equal(list);
  });
});
