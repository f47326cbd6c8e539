// Random clusters: whatever their slaves are called and however many there are, the board holds together.
import { expect } from 'chai';
import fc from 'fast-check';
import { boardSpec } from '../support/board-spec.ts';
import type { Board, BoardPanel, GridPos } from '../../src/monitor/boards/board-spec.ts';
import { clusterBoard, SLAVES_ON_BOARD_MAX } from '../../src/monitor/boards/cluster-board.ts';
import { panelIdOf } from '../../src/monitor/boards/panel-id.ts';

const BOARD_WIDTH = 24;
const LETTERS = 'ABCXYZabcxyz0123456789._-'.split('');
const name = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 128 });
const names = fc.uniqueArray(name, { maxLength: 300, size: 'max' });
/** A board of 250 slaves has 500 panels: looking for the smallest counterexample may take no longer. */
const SHRINK_LIMIT_MS = 20_000;

/** Draws panels on squared paper; throws where one is already. */
function draw(panels: readonly BoardPanel[]): void {
  const squares = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).to.be.most(BOARD_WIDTH);
    for (const square of squaresOf(gridPos)) {
      if (squares.has(square)) throw new Error(`${title} lies over ${squares.get(square) ?? ''} at ${square}`);
      squares.set(square, title);
    }
  }
}

function squaresOf({ x, y, w, h }: GridPos): string[] {
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}

/** Panels by title, without their place. */
function contents({ panels }: Board): Map<string, unknown> {
  return new Map(panels.map(({ gridPos: _gridPos, ...panel }) => [panel.title, panel]));
}

describe('Boards of random clusters', () => {
  it('have ids that differ and follow from titles, and panels that do not overlap', () => {
    fc.assert(
      fc.property(names, (slaves) => {
        const { panels } = clusterBoard(boardSpec(slaves));
        expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
        for (const { id, title } of panels) expect(id).to.equal(panelIdOf(title));
        const cpus = panels.filter(({ title }) => title.endsWith(': CPU')).length;
        expect(cpus).to.equal(Math.min(slaves.length, SLAVES_ON_BOARD_MAX));
        draw(panels);
      }),
      { numRuns: 60, interruptAfterTimeLimit: SHRINK_LIMIT_MS },
    );
  });

  it('lose exactly the panels of the slave that leaves, and get exactly those of one that joins', () => {
    const few = fc.uniqueArray(name, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(few, fc.nat(), (slaves, pick) => {
        const gone = slaves[pick % slaves.length]!;
        const before = contents(clusterBoard(boardSpec(slaves)));
        const after = contents(clusterBoard(boardSpec(slaves.filter((slave) => slave !== gone))));
        for (const [title, panel] of after) expect(panel).to.deep.equal(before.get(title));
        const lost = [...before.keys()].filter((title) => !after.has(title));
        expect(lost).to.deep.equal([`${gone}: CPU`, `${gone}: tasks and load`]);
      }),
    );
  });
});
