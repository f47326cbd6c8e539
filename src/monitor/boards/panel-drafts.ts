// The kinds of panel that the boards are made of, each with the look that all of its kind share. A draft lacks what its place
// on the board decides: id and position.
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  RowBuilder,
  type DynamicConfigValue,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** What is shown, and how much room it takes: the board is 24 wide; a unit of height is 30 pixels. */
export interface PanelDraft {
  readonly title: string;
  readonly w: number;
  readonly h: number;
  readonly body: Panel | RowPanel;
}

/** A query and the name of its series in the legend, where `{{label}}` stands for a label's value. */
export type Query = readonly [expr: string, legend: string];

/** What every panel with queries says. */
export interface PanelText {
  readonly title: string;
  /** One line: what to look for. */
  readonly description: string;
  /** Of its values, as Grafana names units. */
  readonly unit: string;
  /** Uid of the Prometheus that answers. */
  readonly dataSource: string;
  readonly queries: readonly Query[];
}

/** Lines over time. Further settings are the caller's. */
export function lines(panel: PanelText): timeseries.PanelBuilder {
  const legend = new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
  const tooltip = new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
  return described(new timeseries.PanelBuilder(), panel)
    .legend(legend)
    .tooltip(tooltip)
    .min(0)
    .targets(panel.queries.map(([expr, name], i) => target(expr, name, i)));
}

/** The latest values, large; with `history`, above a line of how they were. */
export function figures(panel: PanelText & { readonly history?: boolean }): stat.PanelBuilder {
  const asked = panel.queries.map(([expr, name], i) => target(expr, name, i));
  return described(new stat.PanelBuilder(), panel)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .targets(panel.history === true ? asked : asked.map((query) => query.instant()));
}

/** A row, which panels follow; with `repeat` Grafana repeats both for every value of that variable. */
export function row(title: string, repeat?: string): PanelDraft {
  const builder = new RowBuilder(title);
  if (repeat !== undefined) builder.repeat(repeat);
  return { title, w: 24, h: 1, body: builder.build() };
}

/** A panel that says something, in Markdown. */
export function note(title: string, markdown: string, size: { readonly w: number; readonly h: number }): PanelDraft {
  return draft(new text.PanelBuilder().title(title).content(markdown), size);
}

/** A finished panel and its size, without what Grafana takes to be so anyway, as plain JSON (queries of the SDK carry a function). */
export function draft(builder: { build(): Panel }, size: { readonly w: number; readonly h: number }): PanelDraft {
  const { transparent: _transparent, repeatDirection: _direction, ...body } = builder.build();
  if (body.type === 'stat') body.options = unlike(stat.defaultOptions(), body.options as object);
  return { title: body.title ?? '', ...size, body: JSON.parse(JSON.stringify(body)) as Panel };
}

/**
 * Settings for the series of these names. Names and values are objects, never plain texts or numbers: Grafana's own description of a
 * dashboard takes no other, so a board with them would not validate.
 */
export function override(
  names: readonly string[],
  settings: Readonly<Record<string, object>>,
): { matcher: { id: string; options: object }; properties: DynamicConfigValue[] } {
  const properties = Object.entries(settings).map(([id, value]) => ({ id, value }));
  return { matcher: { id: 'byNames', options: { mode: 'include', names } }, properties };
}

/** The same color for a series wherever it is shown. */
export function colored(
  name: string,
  color: string,
  more: Readonly<Record<string, object>> = {},
): ReturnType<typeof override> {
  return override([name], { color: { mode: FieldColorModeId.Fixed, fixedColor: color }, ...more });
}

interface Describable<B> {
  title(title: string): B;
  description(description: string): B;
  unit(unit: string): B;
  datasource(dataSource: { type: string; uid: string }): B;
}

function described<B extends Describable<B>>(builder: B, { title, description, unit, dataSource }: PanelText): B {
  return builder.title(title).description(description).unit(unit).datasource({ type: 'prometheus', uid: dataSource });
}

/** Targets are called A, B, C … in their order. */
function target(expr: string, name: string, index: number): DataqueryBuilder {
  const refId = String.fromCharCode('A'.charCodeAt(0) + index);
  return new DataqueryBuilder().refId(refId).expr(expr).legendFormat(name);
}

/** The entries of `options` that differ from those of `defaults`. */
function unlike(defaults: object, options: object): object {
  const usual = new Map<string, unknown>(Object.entries(defaults));
  const isUnusual = ([key, value]: [string, unknown]): boolean =>
    JSON.stringify(usual.get(key)) !== JSON.stringify(value);
  return Object.fromEntries(Object.entries(options).filter(isUnusual));
}
