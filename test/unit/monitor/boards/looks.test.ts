import { expect } from 'chai';
import { queryPanels, type QueryPanel } from '../../../support/board-queries.ts';
import { boardSpec } from '../../../support/board-spec.ts';
import { clusterBoard } from '../../../../src/monitor/boards/cluster-board.ts';

interface Override {
  readonly matcher: { readonly options: { readonly names: readonly string[] } };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

/** Values of the labels that legends show: what a series may be called beside the plain legends. */
const LABEL_VALUES = {
  ...{ Members: ['ready', 'suspect', 'draining'], 'Tasks per second': ['done', 'failed', 'cancelled', 'expired'] },
  'Attempts without an answer': ['lost', 'refused', 'recalled', 'threw'],
} as Readonly<Record<string, readonly string[]>>;

const panels = queryPanels(clusterBoard(boardSpec(1)));
const panel = (title: string): QueryPanel => panels.find((candidate) => candidate.title === title)!;
const overrides = ({ fieldConfig }: QueryPanel): Override[] =>
  (fieldConfig as unknown as { overrides: Override[] }).overrides;

describe('The look of panels', () => {
  it('is set only for series that the panel has', () => {
    for (const each of panels) {
      const series = [...each.targets.map(({ legendFormat }) => legendFormat), ...(LABEL_VALUES[each.title] ?? [])];
      for (const { matcher } of overrides(each)) expect(series, each.title).to.include.members(matcher.options.names);
    }
  });

  it('shows the spread of load in three lines, however many slaves there are', () => {
    const [spread] = queryPanels(clusterBoard(boardSpec(200))).filter(({ title }) => title === 'Load of the slaves');
    expect(spread!.targets.map(({ expr, legendFormat }) => [legendFormat, expr.slice(0, 3)])).to.deep.equal([
      ['highest', 'max'],
      ['mean', 'avg'],
      ['lowest', 'min'],
    ]);
  });

  it('has the load of a slave on an axis of its own, beside the rates', () => {
    const [load] = overrides(panel('s1: tasks and load'));
    expect(load!.matcher.options.names).to.deep.equal(['load']);
    // Grafana gives every kind of scale an axis; the second one stands on the right.
    expect(load!.properties).to.deep.equal([
      { id: 'custom.scaleDistribution', value: { type: 'symlog', log: 10, linearThreshold: 1 } },
    ]);
  });

  it('has shares from 0 to 100 %', () => {
    for (const title of ['s1: CPU', 'Share of requests']) {
      expect(panel(title).fieldConfig.defaults, title).to.include({ unit: 'percentunit', min: 0, max: 1 });
    }
  });

  it('stacks states and shares, but not what comes in upon what ends', () => {
    for (const title of ['Tasks per second', 'Share of requests']) {
      expect(panel(title).fieldConfig.defaults['custom'], title).to.deep.include({ stacking: { mode: 'normal' } });
    }
    const admitted = overrides(panel('Tasks per second')).find(
      ({ matcher }) => matcher.options.names[0] === 'admitted',
    );
    expect(admitted!.properties).to.deep.include({ id: 'custom.stacking', value: { mode: 'none' } });
  });

  it('gives seconds a logarithmic axis', () => {
    const { defaults } = panel('Time from admission to answer').fieldConfig;
    expect(defaults['unit']).to.equal('s');
    expect(defaults['custom']).to.deep.equal({ scaleDistribution: { type: 'log', log: 10 } });
  });

  it('has a legend under all lines, and values of one moment side by side', () => {
    for (const { title, options } of panels.filter(({ type }) => type === 'timeseries')) {
      expect(options['legend'], title).to.deep.include({ showLegend: true, placement: 'bottom' });
      expect(options['tooltip'], title).to.include({ mode: 'multi' });
    }
  });

  it('has figures of now, asked for as such, and nothing that Grafana takes to be so anyway', () => {
    const figures = panels.filter(({ type }) => type === 'stat');
    expect(figures.length).to.equal(4);
    for (const { title, options, targets, ...rest } of figures) {
      expect(options['reduceOptions'], title).to.deep.equal({ calcs: ['lastNotNull'] });
      expect(options, title).to.have.all.keys('reduceOptions', ...('textMode' in options ? ['textMode'] : []));
      // How many members there were is worth a line; of the others only what is.
      const asked = title === 'Members' ? {} : { instant: true, range: false };
      for (const target of targets) expect(target, title).to.include(asked);
      expect(rest, title).not.to.have.any.keys('transparent', 'repeatDirection');
    }
  });

  it('has a line of how many members there were', () => {
    for (const target of panel('Members').targets) expect(target).not.to.have.any.keys('instant', 'range');
  });

  it('names states and the algorithm', () => {
    expect(panel('Members').options['textMode']).to.equal('value_and_name');
    expect(panel('Algorithm').options['textMode']).to.equal('name');
  });
});
