// What a board is made from, and what it is: plain JSON in Grafana's dashboard model.

export interface BoardSpec {
  readonly cluster: string;
  /** Uid of the Prometheus that scrapes the master: for the panels of the whole cluster. */
  readonly clusterDataSource: string;
  /** In the order in which they are shown. */
  readonly slaves: readonly BoardSlave[];
}

export interface BoardSlave {
  readonly name: string;
  /** Uid of the Prometheus that scrapes this slave; undefined when it has no metrics. */
  readonly dataSource: string | undefined;
}

/** A panel, or a row, as Grafana keeps it. Its id follows from its title: see panel-id.ts. */
export interface BoardPanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: GridPos;
  readonly [field: string]: unknown;
}

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A dashboard without uid, id and version: those belong to the one who stores it. */
export interface Board {
  readonly title: string;
  readonly tags: readonly string[];
  readonly panels: readonly BoardPanel[];
  readonly [field: string]: unknown;
}
