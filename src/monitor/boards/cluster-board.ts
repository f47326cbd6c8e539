// The board that the monitor keeps in Grafana: the cluster as a whole, then two panels for every slave.
import { board } from './board-layout.ts';
import type { Board, BoardSpec } from './board-spec.ts';
import { clusterPanels } from './cluster-panels.ts';
import { note, row, type PanelDraft } from './panel-drafts.ts';
import { ofCluster, ofSlave, quoted } from './promql.ts';
import { slavePanels } from './slave-panels.ts';

/** So many slaves get panels of their own, the first ones; 500 panels are what Grafana and its readers still bear. */
export const SLAVES_ON_BOARD_MAX = 250;

/** So many slaves without metrics are named. */
const NAMED_MAX = 20;

const DESCRIPTION =
  'Kept by the Lanyard monitor: it brings its panels up to date and leaves the panels that you add alone. ' +
  'To keep a version of your own, remove the tag "lanyard".';

/** The same spec gives the same JSON. Uid, id and version are up to the one who stores it. */
export function clusterBoard({ cluster, clusterDataSource, slaves }: BoardSpec): Board {
  const scraped = slaves.flatMap(({ name, dataSource }) => (dataSource === undefined ? [] : [{ name, dataSource }]));
  const shown = scraped.slice(0, SLAVES_ON_BOARD_MAX);
  const panels = [
    row('Cluster'),
    ...clusterPanels(ofCluster(cluster), clusterDataSource),
    row('Slaves'),
    ...shown.flatMap(({ name, dataSource }) => slavePanels(name, ofSlave(cluster, name), dataSource)),
    ...more(cluster, scraped.length - shown.length),
    ...withoutMetrics(slaves.filter(({ dataSource }) => dataSource === undefined).map(({ name }) => name)),
  ];
  return board({ title: `Lanyard: ${cluster}`, description: DESCRIPTION, tags: ['lanyard'] }, panels);
}

function more(cluster: string, count: number): PanelDraft[] {
  if (count <= 0) return [];
  const example = `lanyard_current_load{cluster=${quoted(cluster)},slave="…"}`;
  const text =
    `**${count} more slaves** have no panels here: this board shows ${SLAVES_ON_BOARD_MAX}. The panels of the cluster count all of them. ` +
    `To see one of them, query \`${example}\` in Explore, or choose it on the board "Lanyard overview" of deploy/. ` +
    "The master's `GET /slaves` lists all.";
  return [note('More slaves', text, { w: 24, h: 3 })];
}

function withoutMetrics(names: readonly string[]): PanelDraft[] {
  if (names.length === 0) return [];
  const named = names.slice(0, NAMED_MAX).join(', ');
  const rest = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  const text =
    `Nothing can be shown of ${named}${rest}: started with \`--metrics-port off\`. ` +
    'The panels of the cluster count them.';
  return [note('Slaves without metrics', text, { w: 24, h: 3 })];
}
