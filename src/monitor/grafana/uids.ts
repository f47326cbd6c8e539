// The uids of what the monitor makes in Grafana: the same after every restart, at most 40 of [A-Za-z0-9_-], and different for
// different clusters and hosts.
import { createHash } from 'node:crypto';

/** Grafana takes no longer uid. */
const UID_CHARS_MAX = 40;
const HASH_CHARS = 10;
/** What a shortened uid ends in; a name that ends so by itself is hashed as well, so that the two never meet. */
const HASHED = /_[0-9a-f]{10}$/;

/** The uid of the cluster's board. */
export function boardUid(cluster: string): string {
  return uidOf(`lanyard-${cluster}`);
}

/** The uid of the data source of the Prometheus that scrapes the master (and, by default, all slaves). */
export function clusterDataSourceUid(cluster: string): string {
  return uidOf(`lanyard-${cluster}-prometheus`);
}

/** The uid of the data source of the Prometheus on `host`, an IP address. */
export function hostDataSourceUid(cluster: string, host: string): string {
  const plain = /^\d+\.\d+\.\d+\.\d+$/.test(host);
  const uid = `lanyard-${cluster}-${plain ? host.replaceAll('.', '-') : host}`;
  // Hashed with a separator that no name has, lest "lanyard-a-…" be read as another cluster's.
  return plain ? uidOf(uid) : hashed(uid, `${cluster}\u0000${host}`);
}

function uidOf(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) && text.length <= UID_CHARS_MAX && !HASHED.test(text) ? text : hashed(text);
}

/** `text` shortened to what a uid may be, made distinct by a hash of `of`. */
function hashed(text: string, of = text): string {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, HASH_CHARS);
  const readable = text.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, UID_CHARS_MAX - HASH_CHARS - 1);
  return `${readable}_${hash}`;
}
