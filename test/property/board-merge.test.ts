// Merging boards that users rearranged at random: all wanted panels are there, all panels of users are kept, nothing overlaps, rows stay
// as they were left, and a second merge changes nothing.
import { expect } from 'chai';
import fc from 'fast-check';
import { panelIdOf } from '../../src/monitor/boards/panel-id.ts';
import { mergeBoard } from '../../src/monitor/grafana/board-merge.ts';
import type { Dashboard } from '../../src/monitor/grafana/grafana.ts';
import { sameJson, type Json } from '../../src/monitor/grafana/overlay.ts';
import { fakeBoard } from '../support/grafana/fake-board.ts';
import { holds } from '../support/holds.ts';

type Pos = { x: number; y: number; w: number; h: number };

const UID = 'lanyard-x';
const posOf = (panel: Json): Pos => panel['gridPos'] as Pos;
const nestedOf = (panel: Json): Json[] => (panel['panels'] as Json[] | undefined) ?? [];
const isOurs = (panel: Json): boolean => panelIdOf(String(panel['title'])) === panel['id'];

function wantedFor(names: readonly number[]): ReturnType<typeof fakeBoard> {
  const slaves = names.map((n) => ({ name: `s${n}`, dataSource: `ds-${n}` }));
  return fakeBoard({ cluster: 'x', clusterDataSource: 'ds', slaves });
}

function merge(names: readonly number[], stored: Dashboard | undefined): Dashboard {
  const result = mergeBoard(UID, wantedFor(names), stored);
  if (result.do === 'leave') throw new Error('left alone');
  return result.do === 'nothing' ? stored! : (JSON.parse(JSON.stringify(result.dashboard)) as Dashboard);
}

/** What a user does to the panels: puts one of theirs before the nth, a row of theirs, deletes, moves or collapses. */
interface Act {
  readonly do: 'panel' | 'pair' | 'row' | 'delete' | 'move' | 'collapse';
  readonly at: number;
  readonly h: number;
}

/** Puts panels under each other in the order of the list, as Grafana's grid does; a pair stands side by side. */
function stacked(panels: readonly Json[]): Json[] {
  let y = 0;
  let last: Pos | undefined;
  return panels.map((panel) => {
    const { w, h } = posOf(panel);
    const beside = last !== undefined && last.x === 0 && last.w === 12 && w === 12;
    const pos: Pos = beside ? { x: 12, y: last!.y, w, h } : { x: 0, y, w, h };
    y = Math.max(y, pos.y + h);
    last = pos;
    return { ...panel, gridPos: pos };
  });
}

let nextId = 0;
function theirs(h: number, more: object = {}): Json {
  const id = ++nextId;
  return { id, title: `mine ${id}`, type: 'text', gridPos: { x: 0, y: 0, w: 24, h }, ...more };
}

function act(panels: readonly Json[], { do: what, at, h }: Act): Json[] {
  const i = panels.length === 0 ? 0 : at % panels.length;
  const [before, after] = [panels.slice(0, i), panels.slice(i)];
  const half = { gridPos: { x: 0, y: 0, w: 12, h } };
  if (what === 'panel') return [...before, theirs(h), ...after];
  if (what === 'pair') return [...before, theirs(h, half), theirs(1, half), ...after];
  if (what === 'row') return [...before, theirs(1, { type: 'row', collapsed: false, panels: [] }), ...after];
  if (what === 'delete') return [...before, ...after.slice(isOurs(panels[i] ?? {}) ? 1 : 0)];
  if (what === 'move') return [...after, ...before];
  const row = panels.findIndex((panel, n) => n >= i && panel['type'] === 'row' && panel['collapsed'] !== true);
  if (row < 0) return [...panels];
  const next = panels.findIndex((panel, n) => n > row && panel['type'] === 'row');
  const end = next < 0 ? panels.length : next;
  return [
    ...panels.slice(0, row),
    { ...panels[row]!, collapsed: true, panels: panels.slice(row + 1, end) },
    ...panels.slice(end),
  ];
}

function overlapping(panels: readonly Json[]): string[] {
  const places = panels.map((panel) => ({ title: panel['title'], ...posOf(panel) }));
  return places.flatMap((a, i) =>
    places
      .slice(i + 1)
      .filter((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
      .map((b) => `${String(a.title)} and ${String(b.title)}`),
  );
}

const slaves = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 });
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    do: fc.constantFrom<Act['do'][]>('panel', 'pair', 'row', 'delete', 'move', 'collapse', 'collapse'),
    at: fc.nat(30),
    h: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 12 },
);

describe('merging boards that users rearranged', () => {
  it('keeps what is theirs, has what is wanted, overlaps nothing, and is done after one time', () => {
    holds(
      fc.property(slaves, acts, slaves, fc.boolean(), (before, todo, now, gap) => {
        const first = merge(before, undefined);
        let panels = first['panels'] as Json[];
        for (const each of todo) panels = stacked(act(panels, each));
        if (gap)
          panels = panels.map((panel) => ({ ...panel, gridPos: { ...posOf(panel), y: posOf(panel).y * 2 + 3 } }));
        const stored = { ...first, id: 3, version: 2, panels };

        const merged = merge(now, stored);
        const result = merged['panels'] as Json[];
        const everything = [...result, ...result.flatMap(nestedOf)];

        expect(mergeBoard(UID, wantedFor(now), merged), 'the second merge').to.deep.equal({ do: 'nothing' });
        expect(overlapping(result), 'overlaps').to.deep.equal([]);
        for (const row of result) expect(overlapping(nestedOf(row)), 'overlaps in a row').to.deep.equal([]);

        const ids = everything.map(({ id }) => id);
        expect(new Set(ids).size, 'ids are unique').to.equal(ids.length);
        const had = [...panels, ...panels.flatMap(nestedOf)].filter((panel) => !isOurs(panel));
        for (const panel of had)
          expect(
            everything.some((each) => same(each, panel)),
            `kept ${String(panel['title'])}`,
          ).to.be.true;
        const want = wantedFor(now).panels;
        for (const panel of want)
          expect(
            everything.some((each) => same(each, panel)),
            `has ${panel.title}`,
          ).to.be.true;
        expect(everything.length, 'and nothing else').to.equal(had.length + want.length);

        for (const row of panels.filter((panel) => panel['type'] === 'row')) {
          const kept = result.find(({ id }) => id === row['id']);
          if (kept !== undefined) expect(kept['collapsed'], `row ${String(row['title'])}`).to.equal(row['collapsed']);
        }
      }),
      1500,
    );
  });
});

/** The same panel, wherever it stands and, of a row, whether collapsed or not. */
function same(a: Json, b: Json): boolean {
  const bare = ({ gridPos: _g, panels: _p, collapsed: _c, ...rest }: Json): Json => rest;
  return a['id'] === b['id'] && sameJson(bare(a), bare(b));
}
