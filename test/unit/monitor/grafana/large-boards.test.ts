// Boards far larger than any that people make: the monitor is busy with them for seconds, and alive.
import { expect } from 'chai';
import { merged, mine, panels, saved } from '../../../support/grafana/merging.ts';

describe('merging a large board', () => {
  it('takes seconds, not minutes, for boards that are far too large', () => {
    const board = saved(['s1'], undefined);
    const noId = Array.from({ length: 50_000 }, (_, i) => ({
      type: 'text',
      gridPos: { x: 0, y: 100 + i, w: 24, h: 1 },
    }));
    const nested = Array.from({ length: 150_000 }, (_, i) => mine(i + 1, i));
    const row = panels(board).find(({ type }) => type === 'row')!;
    const startedMs = performance.now();
    const large = saved(['s1'], { ...board, panels: [...panels(board), ...noId] });
    expect(merged(['s1'], large)).to.equal('nothing');
    const others = panels(board).filter((panel) => panel !== row);
    const full = saved(['s1'], { ...board, panels: [{ ...row, collapsed: true, panels: nested }, ...others] });
    expect(merged(['s1'], full)).to.equal('nothing');
    expect(performance.now() - startedMs).to.be.below(12_000);
  }).timeout(20_000);

  for (const [what, yOf] of [
    ['in another order than they stand', (i: number, count: number): number => count - i],
    ['with a gap above each', (i: number): number => 3 * i],
  ] as const) {
    it(`takes seconds, not minutes, for tens of thousands of panels without an id, ${what}`, () => {
      const board = saved(['s1'], undefined);
      const count = 60_000;
      const noId = Array.from({ length: count }, (_, i) => ({
        type: 'text',
        gridPos: { x: 0, y: 100 + yOf(i, count), w: 24, h: 1 },
      }));
      const startedMs = performance.now();
      const large = saved(['s1'], { ...board, panels: [...panels(board), ...noId] });
      expect(panels(large)).to.have.length(panels(board).length + count);
      expect(merged(['s1'], { ...large, panels: [...panels(large)].reverse() })).to.equal('nothing');
      expect(performance.now() - startedMs).to.be.below(6000);
    }).timeout(20_000);
  }
});
