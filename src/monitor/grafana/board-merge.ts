// What to write so that a stored board has the panels that the cluster wants, and everything that users made of it. Pure. Ours are the
// panels, at the top, and the tag; time range, title, variables, links and all other panels belong to the users.
import type { Board } from '../boards/board-spec.ts';
import { panelIdOf } from '../boards/panel-id.ts';
import type { Dashboard } from './grafana.ts';
import { canonical, isJson, overlay, type Json } from './overlay.ts';
import {
  bottomOf,
  closedUp,
  fromTop,
  gridPosOf,
  inOrder,
  movedDown,
  nestedIn,
  rowHeight,
  sectionsOf,
} from './panel-grid.ts';

/** A board without this tag is not ours, whatever its uid. */
const BOARD_TAG = 'lanyard';

export type Merge =
  | { readonly do: 'nothing' }
  /** It has our uid and not our tag. */
  | { readonly do: 'leave' }
  | { readonly do: 'save'; readonly dashboard: Dashboard };

/** What to do to `stored` (undefined: there is none) to have `wanted` under `uid`. */
export function mergeBoard(uid: string, wanted: Board, stored: Dashboard | undefined): Merge {
  if (stored === undefined) return { do: 'save', dashboard: newBoard(uid, wanted) };
  const tags = stored['tags'];
  if (!Array.isArray(tags) || !tags.includes(BOARD_TAG)) return { do: 'leave' };
  const had = Array.isArray(stored['panels']) ? (stored['panels'] as unknown[]) : [];
  const panels = mergePanels(wanted.panels, had.filter(isJson));
  if (sameSet(panels, had)) return { do: 'nothing' };
  // The numeric id says nothing that the uid does not, and may be that of a board deleted meanwhile. The version stays: it guards
  // against overwriting what somebody saved since it was read.
  const { id: _id, ...kept } = stored;
  return { do: 'save', dashboard: { ...kept, uid, panels } };
}

function newBoard(uid: string, wanted: Board): Dashboard {
  return { ...wanted, uid, panels: mergePanels(wanted.panels, []), tags: [...new Set([...wanted.tags, BOARD_TAG])] };
}

/** Grafana sorts panels by their places when it saves: the order in the array makes no difference. */
function sameSet(panels: readonly unknown[], stored: readonly unknown[]): boolean {
  if (panels.length !== stored.length) return false;
  const left = new Map<string, number>();
  for (const text of stored.map(canonical)) left.set(text, (left.get(text) ?? 0) + 1);
  return panels.map(canonical).every((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count > 0;
  });
}

/** Stored panels, wherever they are, by what they are to us. */
interface Found {
  /** Ours, in rows too, by id. Of two with one id the first. */
  readonly ours: ReadonlyMap<unknown, Json>;
  readonly theirs: readonly Json[];
  /** Panels of users in a collapsed row of ours, by the row's id. */
  readonly guests: ReadonlyMap<unknown, readonly Json[]>;
}

/** The panels that a board should have: ours at the top, section by section, and below them the users' as one block. */
export function mergePanels(wanted: readonly Json[], stored: readonly Json[]): Json[] {
  const found = sortOut(wanted, stored);
  const merged: Json[] = [];
  const homeless = new Map(found.guests);
  let top = 0;
  for (const { row, panels } of sectionsOf(wanted)) {
    const placed = row === undefined ? [] : [placeRow(row, panels, found, top)];
    if (row !== undefined && placed[0]?.['collapsed'] === true) homeless.delete(row['id']);
    else placed.push(...panels.map((panel) => upToDate(panel, found, top)));
    merged.push(...placed);
    top = Math.max(top, bottomOf(placed));
  }
  let theirs = [...found.theirs];
  for (const guests of homeless.values()) theirs = [...theirs, ...fromTop(guests, bottomOf(theirs))];
  return [...merged, ...inOrder(closedUp(theirs, top))];
}

/** A row of ours: collapsed when the user collapsed it, open when the user opened it, else as it is wanted. */
function placeRow(row: Json, panels: readonly Json[], found: Found, top: number): Json {
  const stored = found.ours.get(row['id']);
  const collapsed = (stored ?? row)['collapsed'] === true;
  const placed = overlay(stored, { ...row, gridPos: { ...gridPosOf(row), y: top }, collapsed, panels: [] }) as Json;
  if (!collapsed) return placed;
  const ours = panels.map((panel) => upToDate(panel, found, top));
  const guests = found.guests.get(row['id']) ?? [];
  const nested = [...ours, ...inOrder(closedUp(guests, Math.max(bottomOf(ours), top + rowHeight(row))))];
  const had = stored === undefined ? [] : nestedIn(stored);
  // What is hidden is placed by Grafana when the row is opened; where it stands until then is not worth a write.
  return { ...placed, panels: sameSet(fromTop(nested, 0), fromTop(had, 0)) ? had : nested };
}

/** `wanted` as it is to be saved, `top` rows further down. */
function upToDate(wanted: Json, { ours }: Found, top: number): Json {
  return overlay(ours.get(wanted['id']), movedDown(wanted, top)) as Json;
}

function sortOut(wanted: readonly Json[], stored: readonly Json[]): Found {
  const wantedIds = new Set([...wanted, ...wanted.flatMap(nestedIn)].map((panel) => panel['id']));
  const isOurs = ({ id, title }: Json): boolean =>
    id !== undefined && (wantedIds.has(id) || (typeof title === 'string' && panelIdOf(title) === id));
  const ours = new Map<unknown, Json>();
  const theirs: Json[] = [];
  const guests = new Map<unknown, readonly Json[]>();
  for (const panel of stored) {
    const nested = nestedIn(panel);
    const nestedTheirs = nested.filter((each) => !isOurs(each));
    for (const each of [panel, ...nested].filter(isOurs)) if (!ours.has(each['id'])) ours.set(each['id'], each);
    if (isOurs(panel)) guests.set(panel['id'], nestedTheirs);
    else theirs.push(nestedTheirs.length === nested.length ? panel : { ...panel, panels: nestedTheirs });
  }
  return { ours, theirs, guests };
}
