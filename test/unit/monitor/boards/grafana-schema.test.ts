import { expect } from 'chai';
import { queryPanels, stored, type QueryPanel } from '../../../support/board-queries.ts';
import { boardSpec } from '../../../support/board-spec.ts';
import { grafanaSchemas, hasGrafanaSchemas, type GrafanaSchemas } from '../../../support/grafana-schemas.ts';
import type { Board } from '../../../../src/monitor/boards/board-spec.ts';
import { clusterBoard, SLAVES_ON_BOARD_MAX } from '../../../../src/monitor/boards/cluster-board.ts';
import { overviewBoard } from '../../../../src/monitor/boards/provisioned-board.ts';

const boards = (): [string, Board][] => [
  ['of no slave', clusterBoard(boardSpec(0))],
  ['of three slaves', clusterBoard(boardSpec(3))],
  ['of too many slaves', clusterBoard(boardSpec(SLAVES_ON_BOARD_MAX + 1))],
  ['provisioned', overviewBoard('prometheus')],
];

/** All that is wrong with a board, by every description that there is for a part of it. */
function faults(schemas: GrafanaSchemas, board: Board): string[] {
  const json = stored(board);
  const ofPanels = queryPanels(json).flatMap(({ type, options, fieldConfig, targets }) => [
    ...(type === 'timeseries' ? schemas.timeseriesOptions(options) : []),
    ...(type === 'timeseries' ? schemas.timeseriesField(fieldConfig.defaults['custom'] ?? {}) : []),
    ...targets.flatMap(schemas.prometheusTarget),
  ]);
  return [...schemas.dashboard(json), ...ofPanels];
}

/** A board of one slave with a change to the panel `title`. */
function changed(title: string, change: (panel: Changeable) => void): Board {
  const board = stored(clusterBoard(boardSpec(1)));
  change(queryPanels(board).find((panel) => panel.title === title) as unknown as Changeable);
  return board;
}

type Changeable = Record<string, unknown> & {
  targets: Record<string, unknown>[];
  options: Record<string, unknown>;
  fieldConfig: { defaults: Record<string, unknown>; overrides: { properties: Record<string, unknown>[] }[] };
};

describe("Grafana's description of a dashboard (needs ../shared)", () => {
  let schemas: GrafanaSchemas;
  before(function () {
    if (!hasGrafanaSchemas) this.skip();
    schemas = grafanaSchemas();
  });

  it('fits the boards (needs ../shared)', () => {
    for (const [what, board] of boards()) expect(faults(schemas, board), what).to.deep.equal([]);
  });

  it('describes lines, figures and targets of these boards (needs ../shared)', () => {
    const kinds = queryPanels(clusterBoard(boardSpec(1))).map(({ type }: QueryPanel) => type);
    expect([...new Set(kinds)]).to.deep.equal(['stat', 'timeseries']);
  });

  const wrong: [string, Board][] = [
    ['an unknown field of the board', { ...clusterBoard(boardSpec(1)), panel: [] }],
    ['no schema version', { ...clusterBoard(boardSpec(1)), schemaVersion: undefined }],
    ['an unknown field of a panel', changed('s1: CPU', (panel) => (panel['colour'] = 'red'))],
    ['a panel without a type', changed('s1: CPU', (panel) => delete panel['type'])],
    ['an id that is a text', changed('s1: CPU', (panel) => (panel['id'] = '1'))],
    ['a unit that is a number', changed('Members', (panel) => (panel.fieldConfig.defaults['unit'] = 1))],
    ['a target without an expression', changed('Members', (panel) => delete panel.targets[0]!['expr'])],
    ['an unknown field of a target', changed('Members', (panel) => (panel.targets[0]!['query'] = 'up'))],
    [
      'a legend without its list of sums',
      changed('s1: CPU', (panel) => (panel.options['legend'] = { showLegend: true })),
    ],
    [
      'an unknown way to stack',
      changed('s1: CPU', (panel) => (panel.fieldConfig.defaults['custom'] = { stacking: { mode: 'high' } })),
    ],
    [
      'an unknown setting of lines',
      changed('s1: CPU', (panel) => (panel.fieldConfig.defaults['custom'] = { width: 1 })),
    ],
    [
      'an override by a plain text',
      changed('Members', (panel) => (panel.fieldConfig.overrides[0]!.properties[0]!['value'] = 'green')),
    ],
  ];
  for (const [what, board] of wrong) {
    it(`does not fit ${what} (needs ../shared)`, () => expect(faults(schemas, board)).not.to.be.empty);
  }
});
