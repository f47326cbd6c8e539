// From drafts to a board: places panels left to right and top to bottom, gives them their ids, and puts them into the frame that
// all boards share.
import { DashboardCursorSync, defaultDashboard, type VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board, BoardPanel } from './board-spec.ts';
import type { PanelDraft } from './panel-drafts.ts';
import { distinctTitles, panelIdOf } from './panel-id.ts';

const BOARD_WIDTH = 24;
/** Of Grafana 10.4. Later ones bring older boards up to their own; what is newer than itself a Grafana may not know. */
const SCHEMA_VERSION = 39;

/** What a board says of itself. */
export interface BoardText {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** A board of these panels, for people who watch what happens now. */
export function board(text: BoardText, drafts: readonly PanelDraft[], variables: readonly VariableModel[] = []): Board {
  const { timezone, editable } = defaultDashboard();
  return {
    ...text,
    tags: [...text.tags],
    editable,
    timezone,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: 'now-15m', to: 'now' },
    refresh: '5s',
    schemaVersion: SCHEMA_VERSION,
    templating: { list: [...variables] },
    annotations: { list: [] },
    panels: placed(drafts),
  };
}

function placed(drafts: readonly PanelDraft[]): BoardPanel[] {
  const titles = distinctTitles(drafts.map(({ title }) => title));
  const line = { x: 0, y: 0, h: 0 };
  return drafts.map(({ w, h, body }, i) => {
    if (line.x + w > BOARD_WIDTH) Object.assign(line, { x: 0, y: line.y + line.h, h: 0 });
    const gridPos = { x: line.x, y: line.y, w, h };
    line.x += w;
    line.h = Math.max(line.h, h);
    const title = titles[i] ?? '';
    return { ...body, id: panelIdOf(title), title, gridPos };
  });
}
