// A small HTTP server for programs that read a page now and then: GET and HEAD of a few fixed paths, nothing kept between requests.
// For the metrics of a slave and the targets of a monitor; the master's door is another matter.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { bindError } from '../net/bind-errors.ts';
import type { Page } from './page.ts';

/** More are turned away: readers are few. */
const CONNECTIONS_MAX = 64;
/** A request must have arrived within this time, counted from the connection or from the answer before. */
const RECEIVE_MS = 10_000;
/** Between two requests a connection may be idle for this long. */
const KEEP_ALIVE_MS = 5000;
/** After closing began, answers that are still under way get this long. */
const CLOSE_MS = 500;
const TEXT = 'text/plain; charset=utf-8';

export interface SmallServerOptions {
  readonly host: string;
  /** 0 is chosen by the system. */
  readonly port: number;
  /** What it serves, for errors: `metrics`. */
  readonly what: string;
  /** The option that chooses the port, for errors: `--metrics-port`. */
  readonly option: string;
  /** By path, such as `/metrics`; the URL brings the query. What they throw is answered with 500. */
  readonly routes: ReadonlyMap<string, (url: URL) => Page | Promise<Page>>;
  /** In milliseconds, for a request to arrive; 10 s unless given. */
  readonly receiveMs?: number;
}

export interface SmallServer {
  readonly port: number;
  /** Takes no new connection; resolves when the last one is closed, within a second. */
  close(): Promise<void>;
}

/** Opens the server; fails with a LanyardError when the port cannot be bound. */
export function openSmallServer(options: SmallServerOptions): Promise<SmallServer> {
  const { host, port, what, option, receiveMs = RECEIVE_MS } = options;
  const limits = {
    requestTimeout: receiveMs,
    connectionsCheckingInterval: Math.min(1000, receiveMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const busy = new WeakSet<Socket>();
  const server = createServer(limits, (request, response) => {
    // Requests that are sent without waiting for answers would all be worked on at once, a thousand in one chunk.
    const { socket } = request;
    if (busy.has(socket)) {
      socket.destroy();
      return;
    }
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
    void answer(options, request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(bindError({ what, protocol: 'TCP', host, port, option }, cause)));
    server.listen({ host, port }, () => {
      // A connection that cannot be accepted (too many open files) costs itself only.
      server.on('error', () => undefined);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve({ port: bound, close: () => close(server) });
    });
  });
}

async function answer(
  { routes, what }: SmallServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlOf(request);
  const route = url && routes.get(url.pathname);
  if (url === undefined || route === undefined) {
    const paths = [...routes.keys()].map((path) => `GET ${path}`).join(', ');
    refuse(response, 404, `nothing here; this serves ${what}: ${paths}`);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    refuse(response, 405, `${url.pathname} can only be read: use GET or HEAD`);
    return;
  }
  try {
    const { status = 200, contentType, body } = await route(url);
    send(response, status, contentType, body);
  } catch {
    refuse(response, 500, `the ${what} could not be read just now; try again`);
  }
}

/** Undefined when the request's target is not a path. */
function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : undefined;
}

/** Whatever body comes with a request that is refused is not waited for. */
function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.setHeader('connection', 'close');
  send(response, status, TEXT, `${sentence}\n`);
}

/** For HEAD, node leaves the body out by itself. */
function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': length }).end(body);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
