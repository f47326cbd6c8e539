// Boards that are merged: as the cluster wants them, and as Grafana keeps them.
import { mergeBoard } from '../../../src/monitor/grafana/board-merge.ts';
import type { Dashboard } from '../../../src/monitor/grafana/grafana.ts';
import type { Json } from '../../../src/monitor/grafana/overlay.ts';
import { fakeBoard } from './fake-board.ts';

/** Of the board. */
export const UID = 'lanyard-x';

/** The board that a cluster of these slaves wants. */
export function wanted(...names: string[]): ReturnType<typeof fakeBoard> {
  return fakeBoard({
    cluster: 'x',
    clusterDataSource: 'ds',
    slaves: names.map((name) => ({ name, dataSource: 'ds' })),
  });
}

/** A board as Grafana keeps it after it was saved. */
export function kept(dashboard: Dashboard, version = 1): Dashboard {
  return { ...(JSON.parse(JSON.stringify(dashboard)) as Dashboard), id: 7, version };
}

/** What is kept of `stored` (undefined: nothing is there) when it was brought up to date. */
export function saved(names: string[], stored: Dashboard | undefined): Dashboard {
  const merge = mergeBoard(UID, wanted(...names), stored);
  if (merge.do !== 'save') throw new Error(`nothing to save: ${merge.do}`);
  return kept(merge.dashboard);
}

/** What is to be done to `stored`. */
export function merged(names: string[], stored: Dashboard): string {
  return mergeBoard(UID, wanted(...names), stored).do;
}

export const panels = (board: Dashboard): Json[] => board['panels'] as Json[];
export const titles = (board: Dashboard): unknown[] => panels(board).map(({ title }) => title);

/** A panel of a user, as wide as the board, `y` grid rows from the top. */
export const mine = (id: number, y: number, more: object = {}): Json => ({
  ...{ id, title: `Mine ${id}`, type: 'text', gridPos: { x: 0, y, w: 24, h: 4 } },
  ...more,
});
