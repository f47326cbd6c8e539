// A web service of a few lines for tests: says who it is and what came, and misbehaves when told to. Call `closeServices` in an `after` hook.
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const open = new Set<WebService>();

export async function closeServices(): Promise<void> {
  await Promise.all([...open].map((service) => service.close()));
}

export class WebService {
  readonly name: string;
  port = 0;
  /** Of `/health` and of everything else. */
  healthStatus = 200;
  status = 200;
  /** On `/metrics`, as `sessions`. */
  sessions: string | number = 0;
  /** Requests but those of probes. */
  count = 0;
  /** Those that wait for `release`. */
  readonly #held: (() => void)[] = [];
  #holds = false;
  #server: http.Server | undefined;

  constructor(name: string) {
    this.name = name;
  }

  static async start(name: string): Promise<WebService> {
    const service = new WebService(name);
    await service.open();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Listens, at the same port as before. */
  async open(): Promise<void> {
    const server = http.createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    open.add(this);
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    open.delete(this);
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Requests are answered when `release` is called. */
  hold(): void {
    this.#holds = true;
  }

  release(): void {
    this.#holds = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (request.url === '/health') {
      response.writeHead(this.healthStatus).end();
      return;
    }
    if (request.url === '/metrics') {
      response.end(`# TYPE sessions gauge\nsessions ${this.sessions}\n`);
      return;
    }
    this.count++;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen: Seen = { service: this.name, method, url, headers, body };
      const answer = (): void => void response.writeHead(this.status).end(JSON.stringify(seen));
      if (this.#holds) this.#held.push(answer);
      else answer();
    });
  }
}
