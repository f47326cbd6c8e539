// The board of the grid for Grafana: load of each substation, how the requests are distributed, and what the gateway answers.
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import { LegendDisplayMode, LegendPlacement, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { DashboardCursorSync, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** Its uid, and that of the Prometheus that it asks when nothing else is said. */
export const BOARD_UID = 'lanyard_smart_grid';
export const DATA_SOURCE_UID = 'lanyard-prometheus';

const HALF = { w: 12, h: 9 };
/** Of Grafana 10.4; later ones bring it up to their own. */
const SCHEMA_VERSION = 39;

interface PanelText {
  readonly title: string;
  readonly description: string;
  readonly unit?: string;
  readonly expr: string;
  readonly legend: string;
}

/** The same uid gives the same JSON. */
export function smartGridBoard(dataSource = DATA_SOURCE_UID): object {
  const panels = [
    lines({
      title: 'Load of each substation',
      description: 'Vehicles that are charging now: what least-load goes by.',
      expr: 'substation_active_sessions',
      legend: '{{substation}}',
    }),
    bars({
      title: 'Distribution of requests',
      description: 'Charges that each substation has done: even under an even load.',
      expr: 'gateway_charges_total',
      legend: '{{substation}}',
    }),
    lines({
      title: 'Charges per second',
      description: 'Of each substation, over the last minute.',
      unit: 'reqps',
      expr: 'rate(gateway_charges_total[1m])',
      legend: '{{substation}}',
    }),
    lines({
      title: 'Requests that wait',
      description: 'At the gateway, until the vehicle is charged.',
      expr: 'gateway_waiting_requests',
      legend: 'waiting',
    }),
  ];
  const board = {
    uid: BOARD_UID,
    title: 'Smart grid',
    description: 'Substations behind a Lanyard master. Provisioned from a file: save a copy to make it yours.',
    tags: ['smart-grid'],
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: 'now-5m', to: 'now' },
    refresh: '5s',
    schemaVersion: SCHEMA_VERSION,
    templating: { list: [] },
    annotations: { list: [] },
    panels: panels.map((panel, i) => placed(panel, i, dataSource)),
  };
  return JSON.parse(JSON.stringify(board)) as object; // queries of the SDK carry a function
}

function lines({ title, description, unit = 'short', expr, legend }: PanelText): Panel {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .legend(legendBelow())
    .targets([new DataqueryBuilder().refId('A').expr(expr).legendFormat(legend)])
    .build();
}

function bars({ title, description, unit = 'short', expr, legend }: PanelText): Panel {
  return new bargauge.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .targets([new DataqueryBuilder().refId('A').expr(expr).legendFormat(legend).instant()])
    .build();
}

function legendBelow(): VizLegendOptionsBuilder {
  const legend = new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List);
  return legend.placement(LegendPlacement.Bottom).showLegend(true).calcs([]);
}

/** Two beside each other. */
function placed(
  { transparent: _transparent, repeatDirection: _direction, ...panel }: Panel,
  index: number,
  dataSource: string,
): object {
  const gridPos = { ...HALF, x: (index % 2) * HALF.w, y: Math.floor(index / 2) * HALF.h };
  return { ...panel, id: index + 1, gridPos, datasource: { type: 'prometheus', uid: dataSource } };
}
