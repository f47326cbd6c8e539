// What the monitor asks of Grafana: seven questions. grafana-api.ts answers them over HTTP.
import type { Answer } from './transport.ts';

/** A data source as Grafana keeps it; of its fields only these are looked at, the others are kept. */
export interface StoredDataSource {
  readonly uid: string;
  readonly name: string;
  readonly type?: string;
  readonly url?: string;
  readonly readOnly?: boolean;
  /** Only when it was asked for by uid. */
  readonly version?: number;
  readonly jsonData?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What Grafana takes to make or replace a data source. */
export interface DataSourceCommand {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A dashboard's JSON. */
export type Dashboard = Readonly<Record<string, unknown>>;

export interface StoredBoard {
  readonly dashboard: Dashboard;
  /** The folder it lies in; undefined is the root. */
  readonly folderUid: string | undefined;
  /** Made from a file: Grafana takes no change to it. */
  readonly provisioned: boolean;
}

export interface SaveBoard {
  readonly dashboard: Dashboard;
  /** Without it Grafana moves the board to the root. */
  readonly folderUid?: string;
  /** Shown in the board's history. */
  readonly message: string;
  readonly overwrite: false;
}

export interface Grafana {
  listDataSources(): Promise<Answer<readonly StoredDataSource[]>>;
  /** Undefined: there is none. */
  getDataSource(uid: string): Promise<Answer<StoredDataSource | undefined>>;
  createDataSource(command: DataSourceCommand): Promise<Answer<void>>;
  updateDataSource(command: DataSourceCommand): Promise<Answer<void>>;
  /** Also when it was gone before. */
  deleteDataSource(uid: string): Promise<Answer<void>>;
  /** Undefined: there is none. */
  getBoard(uid: string): Promise<Answer<StoredBoard | undefined>>;
  saveBoard(command: SaveBoard): Promise<Answer<void>>;
}
