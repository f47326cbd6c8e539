// Which data sources the cluster wants in Grafana, and what has to be done to those that are there. Pure. What is not ours, that is,
// without our marker, is never changed and never deleted.
import type { DataSourceCommand, StoredDataSource } from './grafana.ts';
import { clusterDataSourceUid, hostDataSourceUid } from './uids.ts';

/** The field of a data source's jsonData that says whose it is: the name of the cluster. Grafana keeps fields that it does not know. */
export const MARKER = 'lanyardCluster';
const TYPE = 'prometheus';
/** How often Prometheus scrapes, unless a user says otherwise in Grafana: it asks for no finer steps. */
const TIME_INTERVAL = '5s';

export interface DataSourcePlan {
  readonly cluster: string;
  /** Of the Prometheus that scrapes the master, as Grafana reaches it. */
  readonly prometheusUrl: string;
  /** Set: every host has a Prometheus of its own at this port, which scrapes its slaves. */
  readonly slavePrometheusPort?: number | undefined;
}

export interface WantedDataSource {
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

/** The uid of the data source for the panels of a slave at `host` (an IP address). */
export function dataSourceOf({ cluster, slavePrometheusPort }: DataSourcePlan, host: string): string {
  return slavePrometheusPort === undefined ? clusterDataSourceUid(cluster) : hostDataSourceUid(cluster, host);
}

/** One for the cluster, and in per-slave mode one for each of `hosts`, whatever their order and however often each is named. */
export function wantedDataSources(plan: DataSourcePlan, hosts: Iterable<string>): WantedDataSource[] {
  const { cluster, prometheusUrl, slavePrometheusPort: port } = plan;
  const jsonData = { httpMethod: 'POST', [MARKER]: cluster };
  const shared = { uid: clusterDataSourceUid(cluster), name: `Lanyard ${cluster}`, url: prometheusUrl, jsonData };
  if (port === undefined) return [shared];
  const ofHosts = [...new Set(hosts)].sort().map((host) => ({
    uid: hostDataSourceUid(cluster, host),
    name: `Lanyard ${cluster} ${host}`,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    jsonData,
  }));
  return [shared, ...ofHosts];
}

export type DataSourceStep =
  | { readonly do: 'create'; readonly wanted: WantedDataSource }
  | { readonly do: 'update'; readonly wanted: WantedDataSource }
  | { readonly do: 'delete'; readonly uid: string; readonly name: string }
  /** It has the uid we want and is not ours to change: it is used as it is. */
  | { readonly do: 'leave'; readonly uid: string; readonly why: 'read-only' | 'not-ours' };

/** What leads from `stored` to `wanted`; deletions come last. */
export function stepsFor(
  cluster: string,
  wanted: readonly WantedDataSource[],
  stored: readonly StoredDataSource[],
): DataSourceStep[] {
  const byUid = new Map(stored.map((source) => [source.uid, source]));
  const steps = wanted.map((each) => stepFor(cluster, each, byUid.get(each.uid))).filter((step) => step !== undefined);
  const kept = new Set(wanted.map(({ uid }) => uid));
  const left = stored.filter((source) => !kept.has(source.uid) && isOurs(cluster, source) && source.readOnly !== true);
  return [...steps, ...left.map(({ uid, name }) => ({ do: 'delete', uid, name }) as const)];
}

/** What one data source needs; undefined when it is in order. */
export function stepFor(
  cluster: string,
  wanted: WantedDataSource,
  stored: StoredDataSource | undefined,
): DataSourceStep | undefined {
  if (stored === undefined) return { do: 'create', wanted };
  const { uid } = wanted;
  // Made from a file is never ours, even if the file was copied from what we made.
  if (stored.readOnly === true) return { do: 'leave', uid, why: 'read-only' };
  if (!isOurs(cluster, stored)) return { do: 'leave', uid, why: 'not-ours' };
  return isInOrder(wanted, stored) ? undefined : { do: 'update', wanted };
}

function isOurs(cluster: string, { jsonData }: StoredDataSource): boolean {
  return jsonData?.[MARKER] === cluster;
}

function isInOrder(wanted: WantedDataSource, stored: StoredDataSource): boolean {
  if (stored.type !== TYPE || stored.url !== wanted.url) return false;
  return Object.entries(wanted.jsonData).every(([field, value]) => stored.jsonData?.[field] === value);
}

/** A new data source; `name` when the wanted one is taken. */
export function createCommand(wanted: WantedDataSource, name = wanted.name): DataSourceCommand {
  const jsonData = { timeInterval: TIME_INTERVAL, ...wanted.jsonData };
  return { ...wanted, name, type: TYPE, access: 'proxy', jsonData };
}

/** The name of a data source whose own is taken: nobody else has its uid. */
export function secondName({ name, uid }: WantedDataSource): string {
  return `${name} (${uid})`;
}

/** Grafana replaces the whole data source, secrets excepted: what a user set is sent back as it was read. */
const KEPT_FIELDS = [
  'access',
  'basicAuth',
  'basicAuthUser',
  'database',
  'isDefault',
  'user',
  'withCredentials',
  'version',
];

/** `stored` with what is ours brought up to date. A user may have renamed it: the name stays. */
export function updateCommand(wanted: WantedDataSource, stored: StoredDataSource): DataSourceCommand {
  const kept = KEPT_FIELDS.filter((field) => stored[field] !== undefined).map((field) => [field, stored[field]]);
  return {
    access: 'proxy',
    ...(Object.fromEntries(kept) as Record<string, unknown>),
    uid: wanted.uid,
    name: stored.name,
    type: TYPE,
    url: wanted.url,
    jsonData: { ...stored.jsonData, ...wanted.jsonData },
  };
}
