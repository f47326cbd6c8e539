// A stand-in for Grafana: a real HTTP server that validates requests and its own answers against Grafana's API description, keeps
// state across a restart, and fails on demand. Nothing of Grafana's description is kept here: see reference.ts.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAPIBackend, type Context, type Document } from 'openapi-backend';
import { FaultPlan, play } from './faults.ts';
import { referenceJson } from './reference.ts';
import { forbidden, type Role } from './roles.ts';
import { GrafanaStore, refusal, type Reply } from './store.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
  /** 0: never answered. */
  status: number;
}

export class GrafanaStandIn {
  readonly store = new GrafanaStore();
  readonly faults = new FaultPlan();
  /** Token to role. */
  readonly tokens = new Map<string, Role>();
  /** Every request, whatever became of it. */
  readonly requests: SeenRequest[] = [];
  /** Answers of the stand-in itself that Grafana's description does not know. */
  readonly drift: string[] = [];
  readonly #subPath: string;
  #server: Server | undefined;
  #port: number;

  /** `subPath`: as of Grafana behind a proxy, "/grafana". `port`: 0 is chosen by the system. */
  constructor({ subPath = '', port = 0 }: { readonly subPath?: string; readonly port?: number } = {}) {
    this.#subPath = subPath;
    this.#port = port;
  }

  /** What a user gives as --grafana-url. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#subPath}`;
  }

  /** Requests that change something, since the `from`th of all. */
  writes(from = 0): SeenRequest[] {
    return this.requests.slice(from).filter(({ method }) => method !== 'GET');
  }

  /** Listens, on the same port as before if there was one. What it keeps survives. */
  async start(): Promise<void> {
    await grafanaApi();
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks all connections. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = request.url ?? '';
    const { authorization } = request.headers;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client went away
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const seen: SeenRequest = { method, path, body, authorization, status: 0 };
    this.requests.push(seen);
    const fault = this.faults.next(method, path);
    if (fault !== undefined && fault.do !== 'lose-answer') {
      seen.status = play(fault, response);
      return;
    }
    const reply = await this.#reply(method, path, body, authorization);
    if (fault !== undefined) {
      response.destroy();
      return;
    }
    seen.status = reply.status;
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  }

  async #reply(method: string, url: string, text: string, authorization = ''): Promise<Reply> {
    if (!url.startsWith(`${this.#subPath}/api/`)) return refusal(404, 'Not found');
    const path = url.slice(this.#subPath.length);
    const role = this.tokens.get(authorization.replace(/^Bearer /, ''));
    if (authorization === '') return refusal(401, 'Unauthorized');
    if (role === undefined) return refusal(401, 'Invalid API key');
    const no = forbidden(role, method, path);
    if (no !== undefined) return no;
    const headers = { 'content-type': 'application/json' };
    const api = await grafanaApi();
    return (await api.handleRequest({ method, path, headers, body: text }, this.store, this.drift)) as Reply;
  }
}

let shared: Promise<OpenAPIBackend> | undefined;

/** Compiled once: that takes more than a second. Each request brings the store that it is about. */
function grafanaApi(): Promise<OpenAPIBackend> {
  shared ??= makeBackend();
  return shared;
}

async function makeBackend(): Promise<OpenAPIBackend> {
  const definition = referenceJson('api-strict-openapi3.json') as unknown as Document;
  const ofUid = (c: Context): string => (c.request.params as { uid: string }).uid;
  const sent = (c: Context): Record<string, unknown> => c.request.requestBody as Record<string, unknown>;
  const api = new OpenAPIBackend({
    definition,
    apiRoot: '/api',
    strict: true,
    ajvOpts: { strict: false, validateFormats: false },
    handlers: {
      getDataSources: (_, store: GrafanaStore) => store.listDataSources(),
      addDataSource: (c, store: GrafanaStore) => store.addDataSource(sent(c)),
      getDataSourceByUID: (c, store: GrafanaStore) => store.getDataSource(ofUid(c)),
      updateDataSourceByUID: (c, store: GrafanaStore) => store.updateDataSource(ofUid(c), sent(c)),
      deleteDataSourceByUID: (c, store: GrafanaStore) => store.deleteDataSource(ofUid(c)),
      getDashboardByUID: (c, store: GrafanaStore) => store.getBoard(ofUid(c)),
      postDashboard: (c, store: GrafanaStore) => store.saveBoard(sent(c)),
      validationFail: () => refusal(400, 'bad request data'),
      notFound: () => refusal(404, 'Not found'),
      notImplemented: () => refusal(501, 'the stand-in does not know this'),
      postResponseHandler: (c, _store: GrafanaStore, drift: string[]) => {
        const reply = c.response as Reply;
        drift.push(...driftOf(c, reply));
        return reply;
      },
    },
    securityHandlers: { api_key: () => true, basic: () => true },
  });
  await api.init();
  return api;
}

/** Whether Grafana's description knows this answer. Of errors it names only some statuses: of the others the form must be right. */
function driftOf(c: Context, { status, body }: Reply): string[] {
  const operation = (c.operation as { operationId?: string } | undefined)?.operationId;
  if (operation === undefined) return [];
  if (status >= 400 && typeof (body as { message?: unknown }).message !== 'string')
    return [`${operation} ${status}: no message`];
  const { errors } = c.api.validateResponse(body, operation, status);
  return (errors ?? []).map((error) => `${operation} ${status}: ${error.instancePath} ${error.message ?? ''}`);
}
