// Reads a board's JSON as a test needs it: its panels with queries, and every PromQL on it.
import type { Board, BoardPanel } from '../../src/monitor/boards/board-spec.ts';

export interface BoardQuery {
  /** Title of its panel. */
  readonly panel: string;
  readonly refId: string;
  readonly expr: string;
}

/** A panel with queries, as far as tests look into it. */
export interface QueryPanel extends BoardPanel {
  readonly description: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly fieldConfig: { readonly defaults: Readonly<Record<string, unknown>> };
}

/** All panels but rows and notes. */
export function queryPanels(board: Board): QueryPanel[] {
  return board.panels.filter(({ targets }) => targets !== undefined) as QueryPanel[];
}

/** Every PromQL of a board. */
export function queriesOf(board: Board): BoardQuery[] {
  return queryPanels(board).flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => ({ panel: title, refId, expr })),
  );
}

/** The board as Grafana gets it. */
export function stored(board: Board): Board {
  return JSON.parse(JSON.stringify(board)) as Board;
}
