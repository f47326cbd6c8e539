import { expect } from 'chai';
import { hostsWithOneId } from '../../../support/board-spec.ts';
import { distinctTitles, panelIdOf } from '../../../../src/monitor/boards/panel-id.ts';

describe('panel ids', () => {
  it('are those that stored boards have: FNV-1a, folded to 31 bits', () => {
    const published = { '': 0x811c9dc5, a: 0xe40c292c, foobar: 0xbf9cf968 };
    for (const [title, hash] of Object.entries(published)) {
      expect(panelIdOf(title)).to.equal((hash % 0x7fffffff) + 1);
    }
  });

  it('are positive and fit 31 bits', () => {
    for (let i = 0; i < 10_000; i++) expect(panelIdOf(`host-${i}: CPU`)).to.be.within(1, 2 ** 31 - 1);
  });

  it('differ on a board of 10 000 plausible titles, each still that of its title', () => {
    const names = Array.from(
      { length: 5000 },
      (_, i) => [`s${i}`, `host-${i * 7919}`, `rack-${i % 40}.node_${i}`][i % 3]!,
    );
    const titles = names.flatMap((name) => [`${name}: CPU`, `${name}: tasks and load`]);
    const distinct = distinctTitles(titles);
    expect(new Set(distinct.map(panelIdOf)).size).to.equal(10_000);
    const changed = distinct.filter((title, i) => title !== titles[i]);
    expect(changed.length).to.be.below(5);
  });

  it('meet now and then: the later title gets a number, the earlier one stays', () => {
    const [first, second] = hostsWithOneId().map((host) => `${host}: CPU`) as [string, string];
    expect(panelIdOf(first)).to.equal(panelIdOf(second));
    const distinct = distinctTitles([first, 'Cluster', second]);
    expect(distinct).to.deep.equal([first, 'Cluster', `${second} (2)`]);
    expect(new Set(distinct.map(panelIdOf)).size).to.equal(3);
  });

  it('differ for equal titles, which count up', () => {
    expect(distinctTitles(['a', 'a', 'b', 'a'])).to.deep.equal(['a', 'a (2)', 'b', 'a (3)']);
  });
});
