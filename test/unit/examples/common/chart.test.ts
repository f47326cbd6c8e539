// Pictures of the examples: what a curve looks like, and that they stay small.
import { expect } from 'chai';
import { type LineChart, picture, type Point, roundUp } from '../../../../examples/common/chart.ts';

const lines = (points: readonly Point[], more: Partial<LineChart> = {}, look: 'line' | 'step' = 'line'): string => {
  const series = [{ name: 'one', color: '#123456', points, look }];
  return picture('Title', [{ kind: 'lines', title: 'T', x: 'seconds', y: 'count', series, ...more }], 1);
};
const pathOf = (svg: string): string => /<path d="([^"]+)" fill="none" stroke="#123456"/.exec(svg)?.[1] ?? '';

describe('a chart of the examples', () => {
  it('draws a line from point to point, and steps that hold a value until the next one', () => {
    const points: Point[] = [
      [0, 0],
      [5, 10],
      [10, 5],
    ];
    expect(pathOf(lines(points))).to.equal('M0 128L160 0L320 64');
    expect(pathOf(lines(points, {}, 'step'))).to.equal('M0 128H160V0H320V64');
  });

  it('has axes that go as far as is asked, and no further than is needed', () => {
    expect(pathOf(lines([[0, 5]], { xMax: 20, yMax: 10 }))).to.equal('M0 64');
    expect([0.3, 1, 1.1, 4, 7, 20, 99].map(roundUp)).to.deep.equal([0.5, 1, 2, 5, 10, 20, 100]);
    expect(lines([[0, 0]]))
      .not.to.contain('NaN')
      .and.not.to.contain('Infinity');
  });

  it('leaves out the middle of level stretches, and stays small with very many points', () => {
    const level = Array.from({ length: 1000 }, (_, i): Point => [i, 1]);
    expect(pathOf(lines(level)).split('L')).to.have.length(2);
    const zigzag = Array.from({ length: 10_000 }, (_, i): Point => [i, i % 7]);
    expect(lines(zigzag).length).to.be.below(10_000);
  });

  it('draws a bar for each value, as high as it is, with its number', () => {
    const names = [
      { name: 'a', color: '#111' },
      { name: 'b', color: '#222' },
    ];
    const svg = picture(
      'Bars',
      [{ kind: 'bars', title: 'T', y: 'n', names, groups: [{ name: 'g', values: [5, 10] }] }],
      1,
    );
    const heights = [...svg.matchAll(/height="([\d.]+)" fill="#(?:111|222)"\/><text [^>]*font-size/g)].map(
      ([, height]) => height,
    );
    expect(heights).to.deep.equal(['64', '128']);
    expect(svg).to.contain('>10</text>');
  });

  it('takes names as text, whatever they contain', () => {
    expect(lines([[0, 0]], { title: '<b> & co' }))
      .to.contain('&lt;b&gt; &amp; co')
      .and.not.to.contain('<b>');
  });
});
