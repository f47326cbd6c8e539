// The HTTP door: a fastify server with the routes, the guard in front of all of them, and problem+json for whatever goes wrong.
import type { IncomingMessage, Server } from 'node:http';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import swagger from '@fastify/swagger';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LanyardError, messageOf, type Failure } from '../../../common/errors.ts';
import { bindError } from '../../../common/net/bind-errors.ts';
import { printable } from '../../../common/text/printable.ts';
import { systemClock, type Clock } from '../../../common/time/clock.ts';
import { createForwardDoor, type ForwardDoor, type ForwardDoorOptions } from '../forward/forward-door.ts';
import { isClosing } from '../forward/turn-away.ts';
import { SilenceWatch } from '../silence.ts';
import { BodiesInFlight } from './bodies-in-flight.ts';
import { endpoints, useSchemasAsDescriptions } from './endpoint.ts';
import { EventStream } from './event-stream.ts';
import { forwardBehind, mountForward, type Forward } from './forward-mount.ts';
import { Guard } from './guard.ts';
import { refuseJson } from './json-bounds.ts';
import { addPages } from './page-endpoints.ts';
import type { PageFiles } from './page-files.ts';
import { badParameter, problemOf, PROBLEM_CONTENT_TYPE, retryAfter, sendProblem, type Problem } from './problem.ts';
import { limitReception } from './reception.ts';
import type { RouteParts } from './route-parts.ts';
import { addRoutes } from './routes.ts';
import { addSlaveFiles } from './slave-file-endpoint.ts';
import { TaskWaits } from './task-waits.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** The head of a request must have arrived within this time, and its body, unless it is forwarded, within the same again. */
const RECEIVE_MS = 30_000;
const CONNECTIONS_MAX = 20_000;
const JSON_EXPECTED = 'expected a JSON body and the header content-type: application/json';
/** Longer than any URL that node lets through. */
const PARAM_CHARS_MAX = 100_000;
/** A connection that is silent for this long is asked whether its client is still there; ten unanswered questions, and it is gone. */
const KEEP_ALIVE_MS = 30_000;
/** After closing began, connections that are still busy get this long. */
const CLOSE_MS = 1000;

export interface HttpDoorOptions extends Pick<RouteParts, 'cluster' | 'log' | 'metrics'> {
  readonly host: string;
  /** 0 is chosen by the system. */
  readonly port: number;
  readonly open: boolean;
  readonly allowedHosts: readonly string[];
  readonly version: string;
  readonly pages: PageFiles;
  readonly slaveFiles: PageFiles;
  /** Whereto requests below /services/ are forwarded; without it there is nothing there. */
  readonly forward?: Pick<ForwardDoorOptions, 'forwarding' | 'limits'>;
  readonly clock?: Clock;
}

export interface HttpDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the door; fails when the port cannot be bound. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { host, port, version, cluster, clock = systemClock, allowedHosts, open } = options;
  const guard = new Guard({ machineNames: [hostname()], allowedHosts, open });
  const forwardDoor = options.forward && createForwardDoor({ ...options.forward, clock, log: options.log });
  const forward = forwardBehind(guard, forwardDoor);
  const watch = new SilenceWatch(clock);
  const app = fastify({
    // While it closes, requests find the cluster draining, and are told so as everything else is.
    return503OnClosing: false,
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    http: { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, headersTimeout: RECEIVE_MS },
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    frameworkErrors: (error, request, reply) => sendProblem(reply.raw, guard.refuse(request.raw) ?? failureOf(error)),
    clientErrorHandler: (error, socket) => refuseGarbage(error, socket, forwardDoor),
  });
  prepare(app.server, forward);
  useSchemasAsDescriptions(app);
  await app.register(swagger, { openapi: { openapi: '3.0.3', info: { title: 'Lanyard', version } } });
  readJson(app);
  guardAndReport(app, { guard, forward, watch }, options);
  const events = new EventStream(cluster, clock);
  const waits = new TaskWaits(cluster.tasks, clock);
  addRoutes(app, { ...options, clock, guard, events, waits });
  addPages(app, options.pages);
  addSlaveFiles(app, options.slaveFiles);
  addDescription(app);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw bindError(
      { what: 'HTTP', protocol: 'TCP', host, port, option: '--http-port', hostOption: '--http-host' },
      cause,
    );
  }
  for (const server of furtherServersOf(app)) {
    // Fastify takes connections that ask for an upgrade out of node's hands there, for nobody.
    server.removeAllListeners('upgrade');
    for (const listener of app.server.listeners('clientError')) server.on('clientError', listener as () => void);
    prepare(server, forward);
  }
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      events.close();
      waits.close();
      return close(app).finally(() => {
        watch.close();
        forwardDoor?.close();
      });
    },
  };
}

function prepare(server: Server, forward: Forward): void {
  server.maxConnections = CONNECTIONS_MAX;
  // As many as fit into the head: what node leaves out beyond its own limit, a service would miss.
  server.maxHeadersCount = 0;
  mountForward(server, forward, refuseTunnel);
}

/** With `--http-host localhost` fastify opens one server for each address, of which it shows only the first. */
function furtherServersOf(app: FastifyInstance): readonly Server[] {
  const key = Object.getOwnPropertySymbols(app).find(({ description }) => description === 'fastify.serverBindings');
  const servers = key && (app as unknown as Record<symbol, readonly Server[] | undefined>)[key];
  if (servers === undefined) throw new LanyardError('INTERNAL', 'this version of fastify has no serverBindings');
  return servers.filter((server) => server !== app.server);
}

/** Of a body that cannot be read; `problem` is what the parser says. */
function noJson(method: string, problem: string): string {
  const example = method === 'PUT' ? '{"name": "least-load"}' : '{"type": "fib", "params": {"n": 30}}';
  return `the body is not JSON (${printable(problem, 200)}); expected a JSON body such as ${example}`;
}

/**
 * What would take too long to parse is not parsed. Clients that always send `content-type: application/json` may leave the body out
 * where none is expected.
 */
function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const failure = refuseJson(body);
    if (failure !== undefined) done(new LanyardError(failure.code, failure.message));
    else if (body.length === 0) done(null, undefined);
    else
      void parse(request, body.toString(), (error, value) => {
        if (error === null) done(null, value);
        else done(new LanyardError('BAD_PARAMETER', noJson(request.method, messageOf(error))));
      });
  });
}

/** Who fetches the file of a slave may call this machine what their network calls it: there is nothing in it that others may not read. */
function guardAndReport(
  app: FastifyInstance,
  { guard, forward, watch }: { readonly guard: Guard; readonly forward: Forward; readonly watch: SilenceWatch },
  { log, slaveFiles }: HttpDoorOptions,
): void {
  const bodies = new BodiesInFlight();
  app.addHook('onRequest', (request, reply, done) => {
    // What comes while the further servers of `localhost` are being opened.
    if (forward(request.raw, reply.raw)) {
      reply.hijack();
      return;
    }
    limitReception(request.raw, { watch, limitMs: RECEIVE_MS, onLate: () => refuseLate(request.raw.socket) });
    const failure = (slaveFiles.has(request.url) ? undefined : guard.refuse(request.raw)) ?? bodies.begin(request);
    if (failure === undefined) done();
    else done(new LanyardError(failure.code, failure.message));
  });
  app.setNotFoundHandler((request) => {
    throw new LanyardError(
      'NOT_FOUND',
      `nothing at ${request.url.slice(0, 100)}; GET /openapi.json lists all there is`,
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.routeOptions.bodyLimit);
    if (failure.code === 'INTERNAL') log.error({ err: error }, 'request failed');
    const problem = problemOf(failure);
    return reply
      .code(problem.status)
      .headers({ 'content-type': PROBLEM_CONTENT_TYPE, ...retryAfter(failure) })
      .send(`${JSON.stringify(problem)}\n`);
  });
}

/** The same for everyone, so it is written down once. */
function addDescription(app: FastifyInstance): void {
  let text: Buffer | undefined;
  const handle = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.type('application/json; charset=utf-8').send((text ??= Buffer.from(JSON.stringify(app.swagger()))));
  endpoints(app, '/openapi.json', { GET: { summary: 'This API as OpenAPI 3', handle } });
}

/** Fastify's own errors (malformed JSON, body too large, bad URL) in our words. */
function failureOf(error: unknown, bodyBytesMax = BODY_BYTES_MAX): Failure {
  if (error instanceof LanyardError) return error;
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 415) return { code: 'BAD_PARAMETER', message: JSON_EXPECTED };
  if (statusCode === 413)
    return { code: 'BODY_TOO_LARGE', message: `the body is larger than ${bodyBytesMax.toString()} bytes` };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { code: 'BAD_PARAMETER', message: messageOf(error) };
  return { code: 'INTERNAL', message: 'the master failed to answer; its log says why' };
}

/** What node's parser finds wrong, as far as it needs to be told what to do. */
const GARBAGE: Readonly<Record<string, string>> = {
  HPE_INVALID_URL:
    ': its URL has a character that must be percent-encoded; curl does it with -G --data-urlencode text=…',
};

/** What is not HTTP, or too long for it, never reaches a route. */
function refuseGarbage(
  error: Error & { code?: string },
  socket: IncomingMessage['socket'],
  forwardDoor: ForwardDoor | undefined,
): void {
  if (forwardDoor?.breakOff(socket) === true) {
    socket.destroy();
    return;
  }
  if (isClosing(socket)) {
    // It has its answer.
    socket.destroySoon();
    return;
  }
  const isLong = error.code === 'HPE_HEADER_OVERFLOW';
  const failure: Failure = isLong
    ? { code: 'BODY_TOO_LARGE', message: 'the URL and headers are longer than 16 KiB' }
    : {
        code: 'BAD_PARAMETER',
        message: `this is not a valid HTTP request${GARBAGE[error.code ?? ''] ?? ` (${error.code ?? error.message})`}`,
      };
  refuseRaw(socket, { ...problemOf(failure), ...(isLong && { status: 431 }) });
}

/** Whoever sends a body for longer than that has no use for an answer that waits until it is through. */
function refuseLate(socket: IncomingMessage['socket']): void {
  const seconds = (RECEIVE_MS / 1000).toString();
  const failure = badParameter(`the request did not arrive within ${seconds} s; send it faster, or in parts`);
  refuseRaw(socket, { ...problemOf(failure), status: 408, title: 'Request Timeout' });
  socket.destroySoon();
}

function refuseTunnel(socket: Duplex): void {
  refuseRaw(socket, problemOf(badParameter('CONNECT is not for this server: it opens no tunnels')));
}

/** Where there is no response to write to. */
function refuseRaw(socket: Duplex, problem: Problem): void {
  const body = `${JSON.stringify(problem)}\n`;
  const head = [`HTTP/1.1 ${problem.status.toString()} ${problem.title}`, `content-type: ${PROBLEM_CONTENT_TYPE}`];
  const rest = [`content-length: ${Buffer.byteLength(body).toString()}`, 'connection: close'];
  // A client that never closes its end would keep the connection.
  if (socket.writable) socket.end([...head, ...rest, '', body].join('\r\n'), () => socket.destroy());
  else socket.destroy();
}

async function close(app: FastifyInstance): Promise<void> {
  const force = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
  await app.close();
  clearTimeout(force);
}
