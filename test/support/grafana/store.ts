// What the stand-in for Grafana keeps, and how Grafana answers: data sources, dashboards and folders with ids, versions and its words.
// Statuses and messages are those of Grafana 11.
import { violationsOf } from './board-schema.ts';

type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface KeptBoard {
  dashboard: Json;
  folderUid: string;
  provisioned: boolean;
  plugin: boolean;
  /** The message of each save, oldest first. */
  history: string[];
}

export class GrafanaStore {
  readonly dataSources = new Map<string, Json>();
  readonly boards = new Map<string, KeptBoard>();
  readonly folders = new Map<string, Json>();
  /** Why a stored board is not one that Grafana can show. */
  readonly violations: string[] = [];
  #lastId = 0;

  listDataSources(): Reply {
    const all = [...this.dataSources.values()];
    // Grafana's list has neither versions nor users' names.
    const items = all.map(({ version: _v, basicAuthUser: _b, secureJsonFields: _s, ...item }) => item);
    return { status: 200, body: items };
  }

  getDataSource(uid: string): Reply {
    const source = this.dataSources.get(uid);
    return source === undefined ? refusal(404, 'Data source not found') : { status: 200, body: source };
  }

  addDataSource(command: Json): Reply {
    const uid = text(command['uid'], `made-${this.#lastId + 1}`);
    if (this.#named(command['name'], uid)) return refusal(409, 'data source with the same name already exists');
    if (this.dataSources.has(uid)) return refusal(409, 'data source with the same uid already exists');
    const source = { ...stored(command, {}), uid, id: ++this.#lastId, orgId: 1, version: 1, readOnly: false };
    this.dataSources.set(uid, source);
    return written('Datasource added', source);
  }

  updateDataSource(uid: string, command: Json): Reply {
    const old = this.dataSources.get(uid);
    if (old === undefined) return refusal(404, 'Data source not found');
    if (old['readOnly'] === true) return refusal(403, 'Cannot update read-only data source');
    if (this.#named(command['name'], uid)) return refusal(409, 'data source with the same name already exists');
    const version = command['version'];
    // Without a version whatever is there is replaced.
    if (version !== undefined && version !== 0 && version !== old['version']) {
      return refusal(409, 'Datasource has already been updated by someone else. Please reload and try again');
    }
    const { id, orgId } = old;
    const next = { ...stored(command, old), uid, id, orgId, version: Number(old['version']) + 1, readOnly: false };
    this.dataSources.set(uid, next);
    return written('Datasource updated', next);
  }

  deleteDataSource(uid: string): Reply {
    const source = this.dataSources.get(uid);
    if (source === undefined) return refusal(404, 'Data source not found');
    if (source['readOnly'] === true) return refusal(403, 'Cannot delete read-only data source');
    this.dataSources.delete(uid);
    return { status: 200, body: { message: 'Data source deleted', id: source['id'] } };
  }

  getBoard(uid: string): Reply {
    const board = this.boards.get(uid);
    if (board === undefined) return refusal(404, 'Dashboard not found');
    const { dashboard, folderUid, provisioned } = board;
    return { status: 200, body: { dashboard, meta: { folderUid, provisioned, version: dashboard['version'] } } };
  }

  saveBoard(command: Json): Reply {
    const dashboard = command['dashboard'] as Json;
    const uid = text(dashboard['uid'], `made-${this.#lastId + 1}`);
    const folderUid = text(command['folderUid'], '');
    const overwrite = command['overwrite'] === true;
    const old = this.boards.get(uid);
    const refused = this.#refusedSave(uid, dashboard, folderUid, overwrite);
    if (refused !== undefined) return refused;
    const id = old?.dashboard['id'] ?? ++this.#lastId;
    const version = Number(old?.dashboard['version'] ?? 0) + 1;
    const next = { ...dashboard, uid, id, version };
    const history = [...(old?.history ?? []), text(command['message'], '')];
    this.boards.set(uid, { dashboard: next, folderUid, provisioned: false, plugin: old?.plugin ?? false, history });
    this.violations.push(...violationsOf(next));
    const body = { status: 'success', title: dashboard['title'], id, uid, version, url: `/d/${uid}/board`, folderUid };
    return { status: 200, body };
  }

  #refusedSave(uid: string, dashboard: Json, folderUid: string, overwrite: boolean): Reply | undefined {
    const old = this.boards.get(uid);
    const ofId = [...this.boards.values()].find((board) => board.dashboard['id'] === dashboard['id']);
    if (typeof dashboard['title'] !== 'string' || dashboard['title'] === '') {
      return refusal(400, 'Dashboard title cannot be empty', 'empty-name');
    }
    if (!/^[A-Za-z0-9_-]+$/.test(uid)) return refusal(400, 'uid contains illegal characters');
    if (uid.length > 40) return refusal(400, 'uid too long, max 40 characters');
    if (dashboard['id'] != null && ofId === undefined) return refusal(404, 'Dashboard not found', 'not-found');
    if (folderUid !== '' && !this.folders.has(folderUid)) return refusal(404, 'folder not found');
    if (old === undefined) return undefined;
    if (old.provisioned) return refusal(400, 'Cannot save provisioned dashboard');
    if (dashboard['version'] !== old.dashboard['version'] && !overwrite) {
      return refusal(412, 'The dashboard has been changed by someone else', 'version-mismatch');
    }
    if (old.plugin && !overwrite) return refusal(412, 'The dashboard belongs to plugin x', 'plugin-dashboard');
    return undefined;
  }

  #named(name: unknown, exceptUid: string): boolean {
    return [...this.dataSources.values()].some((source) => source['name'] === name && source['uid'] !== exceptUid);
  }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** Grafana replaces all but the secrets, of which it keeps those that are not sent. */
function stored(command: Json, old: Json): Json {
  const { secureJsonData, version: _version, ...fields } = command;
  const given = Object.keys(secureJsonData ?? {}).map((key) => [key, true]);
  const secureJsonFields = { ...(old['secureJsonFields'] as object | undefined), ...Object.fromEntries(given) } as Json;
  const empty = { url: '', user: '', database: '', basicAuth: false, basicAuthUser: '', withCredentials: false };
  return { ...empty, isDefault: false, jsonData: {}, ...fields, secureJsonFields };
}

function written(message: string, source: Json): Reply {
  return { status: 200, body: { message, id: source['id'], name: source['name'], datasource: source } };
}

/** A refusal in Grafana's form. */
export function refusal(status: number, message: string, label?: string): Reply {
  return { status, body: { message, ...(label !== undefined && { status: label }) } };
}
