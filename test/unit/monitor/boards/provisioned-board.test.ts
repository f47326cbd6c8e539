import { expect } from 'chai';
import { queriesOf, queryPanels, stored } from '../../../support/board-queries.ts';
import { boardSpec } from '../../../support/board-spec.ts';
import { clusterBoard } from '../../../../src/monitor/boards/cluster-board.ts';
import { overviewBoard, OVERVIEW_UID } from '../../../../src/monitor/boards/provisioned-board.ts';

interface Variable {
  readonly name: string;
  readonly query: string;
  readonly datasource: unknown;
  readonly [field: string]: unknown;
}

const board = overviewBoard('the-prometheus');
const { list: variables } = board['templating'] as { list: Variable[] };

describe('The board that is provisioned', () => {
  it('has a uid of its own, and not the tag of the boards that the monitor keeps', () => {
    expect(board['uid']).to.equal(OVERVIEW_UID).and.equal('lanyard_overview');
    expect(board.tags).to.deep.equal(['lanyard-overview']);
  });

  it('asks one data source for everything', () => {
    const asked = [...queryPanels(board), ...variables].map(({ datasource }) => datasource);
    expect(asked.length).to.be.above(variables.length);
    for (const each of asked) expect(each).to.deep.equal({ type: 'prometheus', uid: 'the-prometheus' });
  });

  it('finds clusters, and the slaves of the chosen one, all of them at first', () => {
    expect(variables.map(({ name, query }) => [name, query])).to.deep.equal([
      ['cluster', 'label_values(lanyard_members, cluster)'],
      ['slave', 'label_values(lanyard_current_load{cluster="$cluster"}, slave)'],
    ]);
    const atEveryRefresh = 2;
    for (const each of variables) expect(each['refresh'], each.name).to.equal(atEveryRefresh);
    expect(variables[1]).to.deep.include({ multi: true, includeAll: true });
    expect(variables[1]!['current']).to.deep.include({ value: ['$__all'] });
    expect(variables[0]).not.to.have.any.keys('current');
  });

  it('repeats one row, with the two panels of a slave, for every slave', () => {
    const repeated = board.panels.filter(({ repeat }) => repeat !== undefined);
    expect(repeated.map(({ type, title, repeat }) => [type, title, repeat])).to.deep.equal([
      ['row', 'Slave $slave', 'slave'],
    ]);
    const after = board.panels.slice(board.panels.indexOf(repeated[0]!) + 1);
    expect(after.map(({ title }) => title)).to.deep.equal(['$slave: CPU', '$slave: tasks and load']);
  });

  it('asks what the board of the monitor asks, with variables for names', () => {
    const named = queriesOf(clusterBoard(boardSpec(['NAME'], 'CLUSTER')));
    const exprs = named.map(({ expr }) =>
      expr.replaceAll('="CLUSTER"', '="$cluster"').replaceAll('="NAME"', '=~"$slave"'),
    );
    expect(queriesOf(board).map(({ expr }) => expr)).to.deep.equal(exprs);
  });

  it('is plain JSON, the same every time', () => {
    expect(stored(board)).to.deep.equal(board);
    expect(JSON.stringify(overviewBoard('the-prometheus'))).to.equal(JSON.stringify(board));
  });
});
