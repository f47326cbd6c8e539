// Where panels stand: Grafana's grid of 24 columns, rows counted from the top, and rows (headings) that hold what is below them. Pure.
import type { GridPos } from '../boards/board-spec.ts';
import { isJson, type Json } from './overlay.ts';

/** A row and what is below it up to the next one, each panel's y counted from the section's top. */
export interface Section {
  readonly row: Json | undefined;
  readonly panels: readonly Json[];
}

/** A panel's place; undefined when it has none that could be read. */
export function gridPosOf(panel: Json): GridPos | undefined {
  const pos = panel['gridPos'];
  if (!isJson(pos)) return undefined;
  const { x, y, w, h } = pos;
  const all = [x, y, w, h];
  return all.every((value) => typeof value === 'number' && Number.isFinite(value))
    ? (pos as unknown as GridPos)
    : undefined;
}

/** The same panel, `by` rows further down. */
export function movedDown(panel: Json, by: number): Json {
  const pos = gridPosOf(panel);
  return pos === undefined || by === 0 ? panel : { ...panel, gridPos: { ...pos, y: pos.y + by } };
}

/** The first grid row below all of `panels`; 0 for none. */
export function bottomOf(panels: readonly Json[]): number {
  return panels.reduce((bottom, panel) => {
    const pos = gridPosOf(panel);
    return pos === undefined ? bottom : Math.max(bottom, pos.y + pos.h);
  }, 0);
}

function isRow(panel: Json): boolean {
  return panel['type'] === 'row';
}

/** The panels that a collapsed row holds. */
export function nestedIn(row: Json): Json[] {
  return isRow(row) && Array.isArray(row['panels']) ? row['panels'].filter(isJson) : [];
}

/** In reading order. */
export function inOrder(panels: readonly Json[]): Json[] {
  const place = (panel: Json): GridPos => gridPosOf(panel) ?? { x: 0, y: Infinity, w: 0, h: 0 };
  // Infinity − Infinity is NaN, which counts as equal below.
  return [...panels].sort((a, b) => place(a).y - place(b).y || place(a).x - place(b).x || 0);
}

/** A board taken apart at its rows; those before the first row are a section without one. */
export function sectionsOf(panels: readonly Json[]): Section[] {
  const sections: { row: Json | undefined; panels: Json[]; top: number }[] = [];
  for (const panel of inOrder(panels)) {
    const top = gridPosOf(panel)?.y ?? 0;
    const last = sections.at(-1);
    if (isRow(panel)) sections.push({ row: panel, panels: fromTop(nestedIn(panel), rowHeight(panel)), top });
    else if (last === undefined) sections.push({ row: undefined, panels: [movedDown(panel, -top)], top });
    else last.panels.push(movedDown(panel, -last.top));
  }
  return sections;
}

/** How high a heading is. */
export function rowHeight(row: Json): number {
  return gridPosOf(row)?.h ?? 1;
}

/** `panels` moved as one block so that the first begins at `top`. */
export function fromTop(panels: readonly Json[], top: number): Json[] {
  const first = panels.reduce((least, panel) => Math.min(least, gridPosOf(panel)?.y ?? Infinity), Infinity);
  return Number.isFinite(first) ? panels.map((panel) => movedDown(panel, top - first)) : [...panels];
}

/** `panels` as one block that begins at `top`, without the empty grid rows that others left behind; those without a place stay so. */
export function closedUp(panels: readonly Json[], top: number): Json[] {
  const places = panels.flatMap((panel) => gridPosOf(panel) ?? []).sort((a, b) => a.y - b.y);
  let reached = places[0]?.y ?? 0;
  let shift = top - reached;
  const shifts = new Map<number, number>();
  for (const { y, h } of places) {
    if (y > reached) shift -= y - reached;
    shifts.set(y, shift);
    reached = Math.max(reached, y + h);
  }
  return panels.map((panel) => movedDown(panel, shifts.get(gridPosOf(panel)?.y ?? 0) ?? 0));
}
