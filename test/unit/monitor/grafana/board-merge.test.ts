// Merging: what a board gets, what stays the user's, and that doing it twice changes nothing.
import { expect } from 'chai';
import { panelIdOf } from '../../../../src/monitor/boards/panel-id.ts';
import { mergeBoard, mergePanels } from '../../../../src/monitor/grafana/board-merge.ts';
import type { Dashboard } from '../../../../src/monitor/grafana/grafana.ts';
import type { Json } from '../../../../src/monitor/grafana/overlay.ts';
import { kept, merged, mine, panels, saved, titles, UID, wanted } from '../../../support/grafana/merging.ts';

const place = (board: Dashboard, title: string): unknown =>
  panels(board).find((p) => p['title'] === title)?.['gridPos'];
const withPanels = (board: Dashboard, list: Json[]): Dashboard => ({ ...board, panels: list });
const change = (board: Dashboard, title: string, more: object): Dashboard =>
  withPanels(
    board,
    panels(board).map((p) => (p['title'] === title ? { ...p, ...more } : p)),
  );

/** As Grafana does it: what is below a row, up to the next one, moves into it, and the rest moves up. */
function collapse(board: Dashboard, title: string): Dashboard {
  const all = panels(board);
  const at = all.findIndex((p) => p['title'] === title);
  const next = all.findIndex((p, i) => i > at && p['type'] === 'row');
  const end = next < 0 ? all.length : next;
  const nested = all.slice(at + 1, end);
  const row = { ...all[at]!, collapsed: true, panels: nested };
  const up = (p: Json): Json => ({ ...p, gridPos: { ...(p['gridPos'] as object), y: y(p) - 8 } });
  return withPanels(board, [...all.slice(0, at), row, ...all.slice(end).map(up)]);
}
const y = (p: Json): number => (p['gridPos'] as { y: number }).y;

describe('merging a board', () => {
  it('makes a new board as it is wanted, with uid and tag, without id and version', () => {
    const board = wanted('s1');
    const merge = mergeBoard(UID, { ...board, tags: ['x'] }, undefined);
    expect(merge).to.deep.equal({ do: 'save', dashboard: { ...board, uid: UID, tags: ['x', 'lanyard'] } });
  });

  it('closes gaps of the wanted board at once, and has nothing to write the second time', () => {
    const board = wanted('s1');
    const apart = board.panels.map((panel) => ({
      ...panel,
      gridPos: { ...panel.gridPos, y: panel.gridPos.y * 3 + 5 },
    }));
    const merge = mergeBoard(UID, { ...board, panels: apart }, undefined);
    const { dashboard } = merge as { dashboard: Dashboard };
    expect(place(dashboard, 'Cluster')).to.deep.include({ y: 0 });
    expect(mergeBoard(UID, { ...board, panels: apart }, kept(dashboard))).to.deep.equal({ do: 'nothing' });
  });

  it('writes nothing when all is there, in whatever order Grafana keeps it and whatever it added', () => {
    const board = saved(['s1', 's2'], undefined);
    expect(merged(['s1', 's2'], board)).to.equal('nothing');
    expect(merged(['s1', 's2'], withPanels(board, panels(board).toReversed()))).to.equal('nothing');
    const added = panels(board).map((panel) => ({
      ...panel,
      pluginVersion: '11.4.0',
      ...(Array.isArray(panel['targets']) && {
        targets: [{ ...(panel['targets'] as object[])[0], editorMode: 'code' }],
      }),
    }));
    expect(merged(['s1', 's2'], withPanels(board, added))).to.equal('nothing');
  });

  it('keeps what Grafana or a user added to a panel of ours when another part of it changes', () => {
    const board = change(saved(['s1'], undefined), 'CPU of s1', { description: 'by me', datasource: { uid: 'old' } });
    const panel = panels(saved(['s1'], board)).find(({ title }) => title === 'CPU of s1');
    expect(panel).to.deep.include({ description: 'by me', datasource: { type: 'prometheus', uid: 'ds' } });
  });

  for (const [what, more] of Object.entries({
    'was given another title': { title: 'My CPU' },
    'was moved': { gridPos: { x: 3, y: 1, w: 12, h: 8 } },
    'asks something else': { targets: [{ refId: 'A', expr: 'down' }] },
    'asks one thing more': {
      targets: [
        { refId: 'A', expr: 'up' },
        { refId: 'B', expr: 'up' },
      ],
    },
    'is of another type': { type: 'stat' },
  })) {
    it(`mends a panel of ours that ${what}`, () => {
      const board = saved(['s1'], undefined);
      expect(panels(saved(['s1'], change(board, 'CPU of s1', more)))).to.deep.equal(panels(board));
    });
  }

  it('mends a panel of ours that is missing or there twice', () => {
    const board = saved(['s1'], undefined);
    expect(panels(saved(['s1'], withPanels(board, panels(board).slice(1))))).to.deep.equal(panels(board));
    const twice = [...panels(board), mine(panelIdOf('CPU of s1'), 90, { title: 'CPU of s1' })];
    expect(panels(saved(['s1'], withPanels(board, twice)))).to.deep.equal(panels(board));
  });

  it('keeps everything else of a board as the user left it', () => {
    const byUser = {
      title: 'Our board',
      tags: ['prod', 'lanyard'],
      time: { from: 'now-1d', to: 'now' },
      refresh: '1m',
      timezone: 'utc',
      templating: { list: [{ name: 'v', type: 'textbox' }] },
      annotations: { list: [{ name: 'deploys' }] },
      links: [{ title: 'home' }],
    };
    const board = { ...saved(['s1'], undefined), ...byUser };
    expect(merged(['s1'], board)).to.equal('nothing');
    const after = mergeBoard(UID, wanted('s1', 's2'), { ...board, version: 4 });
    expect(after).to.deep.include({ do: 'save' });
    const { dashboard } = after as { dashboard: Dashboard };
    expect(dashboard).to.deep.include({ ...byUser, version: 4, uid: UID });
    expect(dashboard, 'a numeric id').not.to.have.property('id');
  });

  it('leaves a board without our tag alone', () => {
    for (const tags of [[], ['Lanyard'], undefined, 'lanyard']) {
      expect(merged(['s1'], { ...saved(['s1'], undefined), tags })).to.equal('leave');
    }
  });

  it('takes a board without panels for one that lacks ours', () => {
    const { panels: _panels, ...bare } = saved(['s1'], undefined);
    expect(titles(saved(['s1'], bare))).to.deep.equal(titles(saved(['s1'], undefined)));
  });

  it('keeps panels of users below ours as they stand to each other, and closes the gap that ours left', () => {
    const board = saved(['s1'], undefined);
    const list = [
      mine(1, 0),
      ...panels(board).map((p) => ({ ...p, gridPos: { ...(p['gridPos'] as object), y: y(p) + 4 } })),
      mine(2, 22, { gridPos: { x: 0, y: 22, w: 12, h: 6 } }),
      mine(3, 22, { gridPos: { x: 12, y: 22, w: 12, h: 3 } }),
    ];
    const after = saved(['s1'], withPanels(board, list));
    expect([place(after, 'Mine 1'), place(after, 'Mine 2'), place(after, 'Mine 3')]).to.deep.equal([
      { x: 0, y: 18, w: 24, h: 4 },
      { x: 0, y: 22, w: 12, h: 6 },
      { x: 12, y: 22, w: 12, h: 3 },
    ]);
    expect(place(after, 'Cluster')).to.deep.include({ y: 0 });
    expect(merged(['s1'], after)).to.equal('nothing');
    expect(place(saved(['s1', 's2'], after), 'Mine 1')).to.deep.include({ y: 27 });
    expect(place(saved([], after), 'Mine 1')).to.deep.include({ y: 9 });
  });

  it('takes a copy of our panel, which Grafana gives a new id, for the user’s, also after its slave left', () => {
    const board = saved(['s1'], undefined);
    const copy = {
      ...panels(board).find(({ title }) => title === 'CPU of s1')!,
      id: 5,
      gridPos: { x: 0, y: 18, w: 12, h: 8 },
    };
    const after = withPanels(board, [...panels(board), copy]);
    expect(merged(['s1'], after)).to.equal('nothing');
    expect(titles(saved([], after))).to.deep.equal(['Cluster', 'CPU of Cluster', 'Requests of Cluster', 'CPU of s1']);
  });

  it('leaves a panel without a place where it is', () => {
    const board = saved(['s1'], undefined);
    const odd = { id: 4, type: 'text' };
    const after = saved(['s1', 's2'], withPanels(board, [...panels(board), odd]));
    expect(panels(after)).to.deep.include(odd);
    expect(merged(['s1', 's2'], after)).to.equal('nothing');
  });

  describe('with rows that a user collapsed', () => {
    it('keeps them so, without a write', () => {
      const board = collapse(collapse(saved(['s1', 's2'], undefined), 's1'), 'Cluster');
      expect(merged(['s1', 's2'], board)).to.equal('nothing');
    });

    it('keeps them so while slaves join and leave', () => {
      const board = collapse(saved(['s1', 's3'], undefined), 's3');
      const after = saved(['s1', 's2', 's3'], board);
      expect(titles(after).filter((title) => /^s\d/.test(String(title)))).to.deep.equal(['s1', 's2', 's3']);
      const row = panels(after).find(({ title }) => title === 's3')!;
      expect(row).to.deep.include({ collapsed: true, gridPos: { x: 0, y: 27, w: 24, h: 1 } });
      expect((row['panels'] as Json[]).map(({ title }) => title)).to.deep.equal(['CPU of s3', 'Requests of s3']);
      expect(titles(saved(['s1', 's2'], after)).slice(6)).to.deep.equal(['s2', 'CPU of s2', 'Requests of s2']);
    });

    it('mends panels inside them', () => {
      const board = collapse(saved(['s1'], undefined), 's1');
      const row = panels(board).find(({ title }) => title === 's1')!;
      const [cpu, requests] = row['panels'] as Json[];
      const changed = withPanels(board, [
        ...panels(board).slice(0, 3),
        { ...row, panels: [{ ...cpu, type: 'stat' }, requests] },
      ]);
      const after = saved(['s1'], changed);
      const again = panels(after).find(({ title }) => title === 's1')!;
      expect(again).to.deep.include({ collapsed: true });
      expect((again['panels'] as Json[]).map(({ type }) => type)).to.deep.equal(['timeseries', 'timeseries']);
      expect(merged(['s1'], after)).to.equal('nothing');
    });

    it('leaves a panel of the user in them, and saves it when the slave leaves', () => {
      const board = saved(['s1'], undefined);
      const inside = collapse(withPanels(board, [...panels(board), mine(9, 18)]), 's1');
      expect(merged(['s1'], inside)).to.equal('nothing');
      const joined = saved(['s1', 's2'], inside);
      const row = panels(joined).find(({ title }) => title === 's1')!;
      expect((row['panels'] as Json[]).map(({ title }) => title)).to.include('Mine 9');
      const after = saved([], inside);
      expect(titles(after)).to.deep.equal(['Cluster', 'CPU of Cluster', 'Requests of Cluster', 'Mine 9']);
      expect(place(after, 'Mine 9')).to.deep.include({ y: 9 });
    });

    it('opens them again when the user does', () => {
      const board = saved(['s1'], undefined);
      const row = panels(board)[0]!;
      const open = withPanels(board, [{ ...row, collapsed: false, panels: [] }, ...panels(board).slice(1)]);
      expect(merged(['s1'], open)).to.equal('nothing');
    });

    it('takes our panels out of a row of the user, and leaves theirs in it', () => {
      const board = saved(['s1'], undefined);
      const [cluster, cpu, ...others] = panels(board);
      const row = mine(3, 30, { type: 'row', collapsed: true, panels: [cpu, mine(4, 31)] });
      const after = saved(['s1'], withPanels(board, [cluster!, ...others, row]));
      expect(titles(after)).to.include('CPU of Cluster');
      const kept = panels(after).find(({ id }) => id === 3)!;
      expect((kept['panels'] as Json[]).map(({ id }) => id)).to.deep.equal([4]);
    });

    it('collapses rows that are wanted so, until the user opens one', () => {
      const collapsed = panels(collapse(saved(['s1'], undefined), 's1'));
      const first = mergePanels(collapsed, []);
      expect(first.map(({ title }) => title)).to.deep.equal(['Cluster', 'CPU of Cluster', 'Requests of Cluster', 's1']);
      expect(mergePanels(collapsed, first)).to.deep.equal(first);
      const open = panels(saved(['s1'], undefined));
      expect(mergePanels(collapsed, open)).to.deep.equal(open);
    });
  });
});
