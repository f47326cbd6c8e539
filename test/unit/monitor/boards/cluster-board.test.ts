import { expect } from 'chai';
import { boardSlave, boardSpec, hostsWithOneId } from '../../../support/board-spec.ts';
import { queriesOf, queryPanels, stored } from '../../../support/board-queries.ts';
import type { BoardPanel, BoardSlave } from '../../../../src/monitor/boards/board-spec.ts';
import { clusterBoard, SLAVES_ON_BOARD_MAX } from '../../../../src/monitor/boards/cluster-board.ts';
import { panelIdOf } from '../../../../src/monitor/boards/panel-id.ts';

/** Stated in docs: what a slave adds to the board's JSON, beside its name, which stands in it eight times. */
const BYTES_PER_SLAVE_MAX = 2000;
const NAMES_PER_SLAVE = 8;
const BYTES_OF_CLUSTER_MAX = 12_000;

const size = (slaves: number | readonly string[]): number => JSON.stringify(clusterBoard(boardSpec(slaves))).length;
const titles = (panels: readonly BoardPanel[]): string[] => panels.map(({ title }) => title);

describe('The board of a cluster', () => {
  it('says whose it is, what is kept, and shows the last 15 minutes', () => {
    const { panels: _panels, ...board } = clusterBoard(boardSpec(3, 'lab'));
    expect(board).to.include({ title: 'Lanyard: lab', refresh: '5s', timezone: 'browser', editable: true });
    expect(board.tags).to.deep.equal(['lanyard']);
    expect(board['time']).to.deep.equal({ from: 'now-15m', to: 'now' });
    expect(board['description']).to.match(/monitor.*up to date.*you add.*remove the tag "lanyard"/s);
    expect(board).not.to.have.any.keys('uid', 'id', 'version');
  });

  it('has a row for the cluster and a row for the slaves, each slave with two panels side by side', () => {
    const { panels } = clusterBoard(boardSpec(2));
    const rows = panels.filter(({ type }) => type === 'row');
    expect(titles(rows)).to.deep.equal(['Cluster', 'Slaves']);
    const slaves = panels.slice(panels.indexOf(rows[1]!) + 1);
    expect(titles(slaves)).to.deep.equal(['s1: CPU', 's1: tasks and load', 's2: CPU', 's2: tasks and load']);
    expect(slaves.map(({ gridPos: { x, w } }) => [x, w])).to.deep.equal([0, 12, 0, 12].map((x) => [x, 12]));
    expect(slaves[0]!.gridPos.y).to.equal(slaves[1]!.gridPos.y);
    expect(slaves[2]!.gridPos.y).to.equal(slaves[0]!.gridPos.y + slaves[0]!.gridPos.h);
  });

  it('names slaves without metrics at the end instead of showing empty panels', () => {
    const dark = (count: number): BoardSlave[] =>
      Array.from({ length: count }, (_, i) => ({ name: `d${i + 1}`, dataSource: undefined }));
    const spec = boardSpec(2);
    const note = (count: number): BoardPanel =>
      clusterBoard({ ...spec, slaves: [...dark(count), ...spec.slaves] }).panels.at(-1)!;
    expect(titles(clusterBoard({ ...spec, slaves: [...dark(2), ...spec.slaves] }).panels.slice(-5))).to.deep.equal([
      ...['s1: CPU', 's1: tasks and load', 's2: CPU', 's2: tasks and load'],
      'Slaves without metrics',
    ]);
    expect(JSON.stringify(note(2))).to.contain('of d1, d2: started with `--metrics-port off`');
    expect(JSON.stringify(note(25)))
      .to.contain('d20 and 5 more: started')
      .and.not.to.contain('d21');
    expect(note(0).title).to.equal('s2: tasks and load');
  });

  it('shows of the cluster what an operator asks first', () => {
    const { panels } = clusterBoard(boardSpec(0));
    expect(titles(panels)).to.deep.equal([
      'Cluster',
      ...['Members', 'Algorithm', 'Tasks that end well', 'CPU of the master'],
      ...['Tasks per second', 'Waiting and in flight', 'Time from admission to answer'],
      ...['Load of the slaves', 'Share of requests', 'Attempts without an answer'],
      'Slaves',
    ]);
  });

  it('gives every panel the id of its title', () => {
    for (const { id, title } of clusterBoard(boardSpec(SLAVES_ON_BOARD_MAX + 1)).panels)
      expect(id).to.equal(panelIdOf(title));
  });

  it('numbers the later of two titles with the same id, and leaves the earlier one as it is without the later', () => {
    const [first, second] = hostsWithOneId();
    const { panels } = clusterBoard(boardSpec([first, second]));
    expect(titles(panels.slice(-4))).to.deep.equal([
      ...[`${first}: CPU`, `${first}: tasks and load`],
      ...[`${second}: CPU (2)`, `${second}: tasks and load`],
    ]);
    for (const { id, title } of panels) expect(id, title).to.equal(panelIdOf(title));
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    expect(clusterBoard(boardSpec([first])).panels).to.deep.equal(panels.slice(0, -2));
  });

  it('gives every panel with queries a unit, a line on what to look for, and targets A, B, C … with a legend', () => {
    for (const { title, description, targets, fieldConfig } of queryPanels(clusterBoard(boardSpec(1)))) {
      expect(description, title).to.match(/^[A-Z].{30,}\.$/);
      expect(fieldConfig.defaults['unit'], title).to.be.a('string').and.not.equal('');
      expect(targets.map(({ refId }) => refId).join(''), title).to.equal('ABCDEFGH'.slice(0, targets.length));
      for (const { expr, legendFormat } of targets) {
        expect(expr, title).to.include('{cluster="lanyard"');
        expect(legendFormat, title).not.to.equal('');
      }
    }
  });

  it('asks the Prometheus of the master about the cluster, and that of a slave about the slave', () => {
    const spec = { ...boardSpec(1), slaves: [boardSlave('s1', 'p1'), boardSlave('s2', 'p2')] };
    for (const { title, datasource, targets } of queryPanels(clusterBoard(spec))) {
      const slave = /^(s\d): /.exec(title)?.[1];
      const uid = { s1: 'p1', s2: 'p2' }[slave ?? ''] ?? 'prometheus-of-master';
      expect(datasource, title).to.deep.equal({ type: 'prometheus', uid });
      for (const { expr } of targets) expect(expr.includes(`slave="${slave}"`), expr).to.equal(slave !== undefined);
    }
  });

  it('takes rates over the interval that Grafana makes from that of the scrapes', () => {
    for (const { expr } of queriesOf(clusterBoard(boardSpec(1)))) {
      const windows = [...expr.matchAll(/\[(.*?)\]/g)].map(([, window]) => window);
      expect(
        windows.filter((window) => window !== '$__rate_interval'),
        expr,
      ).to.be.empty;
      expect(/_total|_bucket/.test(expr), expr).to.equal(windows.length > 0);
    }
  });

  it('escapes names', () => {
    const spec = { ...boardSpec(0, 'a"b'), slaves: [boardSlave('s\\1"}')] };
    for (const { expr } of queriesOf(clusterBoard(spec))) expect(expr).to.include(String.raw`cluster="a\"b"`);
    const [{ expr } = { expr: '' }] = queriesOf(clusterBoard(spec)).slice(-1);
    expect(expr).to.equal(String.raw`lanyard_current_load{cluster="a\"b",slave="s\\1\"}"}`);
  });

  it('is plain JSON, the same for the same spec', () => {
    const spec = boardSpec(3);
    const board = clusterBoard(spec);
    expect(stored(board)).to.deep.equal(board);
    expect(JSON.stringify(clusterBoard(structuredClone(spec)))).to.equal(JSON.stringify(board));
  });

  it(`gives ${SLAVES_ON_BOARD_MAX} slaves panels of their own, and says how many more there are and where to look`, () => {
    const full = clusterBoard(boardSpec(SLAVES_ON_BOARD_MAX));
    expect(titles(full.panels)).not.to.include('More slaves');
    const { panels } = clusterBoard(boardSpec(SLAVES_ON_BOARD_MAX + 7));
    expect(titles(panels.slice(0, -1))).to.deep.equal(titles(full.panels));
    const note = panels.at(-1)!;
    expect(note).to.include({ type: 'text', title: 'More slaves' });
    expect((note['options'] as { content: string }).content).to.match(/\*\*7 more slaves\*\*.*Explore.*GET \/slaves/s);
  });

  it(`weighs at most ${BYTES_OF_CLUSTER_MAX} bytes, and ${BYTES_PER_SLAVE_MAX} more for every slave beside its name`, () => {
    expect(size(0)).to.be.below(BYTES_OF_CLUSTER_MAX);
    for (const length of [1, 16, 128]) {
      const name = 'n'.repeat(length);
      expect(size([name]) - size(0), name).to.be.below(BYTES_PER_SLAVE_MAX + length * NAMES_PER_SLAVE);
    }
    expect(size(100)).to.be.below(BYTES_OF_CLUSTER_MAX + 100 * (BYTES_PER_SLAVE_MAX + 4 * NAMES_PER_SLAVE));
  });
});
