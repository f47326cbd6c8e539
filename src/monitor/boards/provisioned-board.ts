// The board for people who run no monitor: provisioned once from a file, it finds clusters and slaves by itself, by variables.
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from './board-layout.ts';
import type { Board } from './board-spec.ts';
import { clusterPanels } from './cluster-panels.ts';
import { row } from './panel-drafts.ts';
import { CLUSTERS, OF_CLUSTER_VARIABLE, OF_SLAVE_VARIABLE, SLAVES } from './promql.ts';
import { slavePanels } from './slave-panels.ts';

/** Uid of this board. Of no cluster's: those begin with `lanyard-`. */
export const OVERVIEW_UID = 'lanyard_overview';

const TEXT = {
  title: 'Lanyard overview',
  description:
    'Provisioned from a file, so it cannot be changed here: save a copy to make it yours. Clusters and slaves turn up by themselves.',
  // Not "lanyard": the monitor keeps boards of that tag.
  tags: ['lanyard-overview'],
};

/** `dataSource`: uid of the one Prometheus that scrapes the master and all slaves. The same uid gives the same JSON. */
export function overviewBoard(dataSource: string): Board {
  const panels = [
    row('Cluster'),
    ...clusterPanels(OF_CLUSTER_VARIABLE, dataSource),
    row('Slave $slave', 'slave'),
    ...slavePanels('$slave', OF_SLAVE_VARIABLE, dataSource),
  ];
  const clusters = variable('cluster', 'Cluster', CLUSTERS, dataSource);
  const slaves = variable('slave', 'Slaves', SLAVES, dataSource)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
  return { uid: OVERVIEW_UID, ...board(TEXT, panels, [lean(clusters), lean(slaves)]) };
}

/** Asked for again at every refresh of the board, so that a slave that joins is shown. */
function variable(name: string, label: string, query: string, dataSource: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource({ type: 'prometheus', uid: dataSource })
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

/** Without the SDK's settings of interval variables. */
function lean(builder: QueryVariableBuilder): VariableModel {
  const { auto: _auto, auto_min: _min, auto_count: _count, ...model } = builder.build();
  return model;
}
