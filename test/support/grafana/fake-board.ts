// A small board in Grafana's model: a row and two panels for the cluster, and for every slave a row and two panels.
import type { Board, BoardPanel, BoardSlave, BoardSpec, GridPos } from '../../../src/monitor/boards/board-spec.ts';
import { panelIdOf } from '../../../src/monitor/boards/panel-id.ts';

const SECTION_HEIGHT = 9;

export function fakeBoard({ cluster, clusterDataSource, slaves }: BoardSpec): Board {
  return {
    title: `Lanyard ${cluster}`,
    tags: ['lanyard'],
    schemaVersion: 39,
    timezone: 'browser',
    time: { from: 'now-15m', to: 'now' },
    refresh: '5s',
    templating: { list: [] },
    annotations: { list: [] },
    panels: [
      ...section('Cluster', clusterDataSource, 0),
      ...slaves.flatMap(({ name, dataSource }: BoardSlave, i) =>
        section(name, dataSource ?? 'none', (i + 1) * SECTION_HEIGHT),
      ),
    ],
  };
}

function section(title: string, dataSource: string, y: number): BoardPanel[] {
  const row = { collapsed: false, panels: [] };
  return [
    { id: panelIdOf(title), title, type: 'row', gridPos: { x: 0, y, w: 24, h: 1 }, ...row },
    chart(`CPU of ${title}`, dataSource, { x: 0, y: y + 1, w: 12, h: 8 }),
    chart(`Requests of ${title}`, dataSource, { x: 12, y: y + 1, w: 12, h: 8 }),
  ];
}

function chart(title: string, uid: string, gridPos: GridPos): BoardPanel {
  const datasource = { type: 'prometheus', uid };
  return {
    id: panelIdOf(title),
    title,
    type: 'timeseries',
    gridPos,
    datasource,
    targets: [{ refId: 'A', datasource, expr: 'up', legendFormat: title }],
    fieldConfig: { defaults: { unit: 'short', custom: { fillOpacity: 10 } }, overrides: [] },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'none' },
    },
  };
}
