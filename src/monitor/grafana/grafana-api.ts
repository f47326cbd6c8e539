// Grafana's HTTP API as far as the monitor uses it: which request asks what, and what an answer must look like to be believed.
// https://grafana.com/docs/grafana/latest/developers/http_api/
import type { Grafana, StoredBoard, StoredDataSource } from './grafana.ts';
import type { Answer, GrafanaRequest, Transport } from './transport.ts';
import { troubleFrom } from './trouble.ts';

export function createGrafana(send: Transport): Grafana {
  const dataSourcePath = (uid: string): string => `/api/datasources/uid/${encodeURIComponent(uid)}`;
  const write = async (request: GrafanaRequest): Promise<Answer<void>> => {
    const answer = await send(request);
    return answer.ok ? DONE : answer;
  };
  return {
    listDataSources: async () => ask(send, '/api/datasources', dataSourcesFrom),
    getDataSource: async (uid) => absentIsFine(await ask(send, dataSourcePath(uid), dataSourceFrom)),
    createDataSource: (body) => write({ method: 'POST', path: '/api/datasources', body }),
    updateDataSource: (body) => write({ method: 'PUT', path: dataSourcePath(body.uid), body }),
    deleteDataSource: async (uid) => {
      const answer = absentIsFine(await write({ method: 'DELETE', path: dataSourcePath(uid) }));
      return answer.ok ? DONE : answer;
    },
    getBoard: async (uid) => absentIsFine(await ask(send, `/api/dashboards/uid/${encodeURIComponent(uid)}`, boardFrom)),
    saveBoard: (body) => write({ method: 'POST', path: '/api/dashboards/db', body }),
  };
}

const DONE = { ok: true, value: undefined } as const;

async function ask<T>(send: Transport, path: string, read: (json: unknown) => T | undefined): Promise<Answer<T>> {
  const answer = await send({ method: 'GET', path });
  if (!answer.ok) return answer;
  const value = read(answer.value);
  if (value !== undefined) return { ok: true, value };
  const malformed = 'the answer is JSON, but not what Grafana answers here';
  return { ok: false, trouble: troubleFrom(`GET ${path}`, { malformed }) };
}

function absentIsFine<T>(answer: Answer<T>): Answer<T | undefined> {
  return !answer.ok && answer.trouble.kind === 'not-found' ? DONE : answer;
}

function dataSourcesFrom(json: unknown): StoredDataSource[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const sources = json.map(dataSourceFrom);
  return sources.every((source) => source !== undefined) ? sources : undefined;
}

function dataSourceFrom(json: unknown): StoredDataSource | undefined {
  if (!isRecord(json) || typeof json['uid'] !== 'string' || typeof json['name'] !== 'string') return undefined;
  const { jsonData, ...rest } = json;
  return { ...rest, ...(isRecord(jsonData) && { jsonData }) } as unknown as StoredDataSource;
}

function boardFrom(json: unknown): StoredBoard | undefined {
  if (!isRecord(json) || !isRecord(json['dashboard'])) return undefined;
  const meta = isRecord(json['meta']) ? json['meta'] : {};
  const { folderUid } = meta;
  return {
    dashboard: json['dashboard'],
    folderUid: typeof folderUid === 'string' && folderUid !== '' ? folderUid : undefined,
    provisioned: meta['provisioned'] === true,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
