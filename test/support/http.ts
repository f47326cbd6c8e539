// HTTP for tests: node's own client, since fetch can neither set Host nor say when a connection was reset.
import * as http from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Kept-alive connections of a test with many requests; a fresh connection without it. */
  readonly agent?: http.Agent;
  /** Aborting it is a client that goes away. */
  readonly signal?: AbortSignal;
}

/** One request; rejects when the connection fails. */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent = false, signal } = options;
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent, ...(signal && { signal }) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** PUT of a JSON value. */
export function putJson(url: string, value: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return request(url, { method: 'PUT', headers, body: JSON.stringify(value) });
}

/** The JSON that a GET answers with. */
export async function getJson<T>(url: string): Promise<T> {
  const { status, body } = await request(url);
  if (status !== 200) throw new Error(`GET ${url} answered ${status}: ${body}`);
  return JSON.parse(body) as T;
}

/** Calls `each` for 0 … count − 1, `width` of them at a time. */
export async function inParallel(count: number, width: number, each: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < count) await each(next++);
  };
  await Promise.all(Array.from({ length: width }, line));
}
