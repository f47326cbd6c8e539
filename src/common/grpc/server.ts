// A gRPC server on our own listener, over grpc-js: typed services with one request and one response, the health service, errors by the
// table of status codes. The packages take long to load, so they are loaded when the first server is opened.
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import type { Http2Server } from 'node:http2';
import { LanyardError, type Failure } from '../errors.ts';
import type { Log } from '../log.ts';
import { listen, type PortRange } from '../net/listen.ts';
import { systemClock, type Clock } from '../time/clock.ts';
import { definitionsOf } from './definitions.ts';
import { Gate, GATE_LIMITS, type GateLimits } from './gate.ts';
import { Health } from './health.ts';
import { HEALTH_TEXT } from './health-text.ts';
import type { Services } from './messages.ts';
import { PROTO_TEXT } from './proto-text.ts';
import { statusOf, unaryHandler, type StatusTools, type Unary } from './unary.ts';

const CONNECTIONS_MAX = 1000;
const MESSAGE_BYTES_MAX = 1024 * 1024;

export interface GrpcServerOptions {
  /** What it is, for errors: `look-aside door`. */
  readonly what: string;
  readonly host: string;
  /** 0 is chosen by the system, or the first free one of `range`. */
  readonly port: number;
  readonly range?: PortRange;
  /** The options that choose port and host, for errors; `--grpc-port` unless given. */
  readonly option?: string;
  readonly hostOption?: string;
  readonly log: Log;
  readonly services: Services;
  /** Further connections are closed at once; 1000 unless given. */
  readonly connectionsMax?: number;
  /** Of a request; 1 MiB unless given. */
  readonly messageBytesMax?: number;
  /** What those can do whose call is beyond `callsMax`; to try again unless given. */
  readonly whenFull?: string;
  /** In the place of `GATE_LIMITS`. */
  readonly limits?: Partial<GateLimits>;
  readonly clock?: Clock;
}

export interface GrpcServer {
  readonly port: number;
  /** What the health service says; true from the start. */
  setServing(isServing: boolean): void;
  /**
   * NOT_SERVING, then no new connection and no new call; those under way get `graceMs`. Resolves when the last connection is closed.
   */
  close(graceMs: number): Promise<void>;
}

/** Opens the server; fails with a `LanyardError` that names the port and what to try when it cannot be bound. */
export async function openGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { what, host, port, range, option = '--grpc-port', hostOption, connectionsMax = CONNECTIONS_MAX } = options;
  const { Server, ServerCredentials, Metadata, status } = await import('@grpc/grpc-js');
  const server = new Server({
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': options.messageBytesMax ?? MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': -1,
  });
  const tools: StatusTools = { status, newMetadata: () => new Metadata() };
  const health = new Health(Object.keys(options.services), tools);
  const methods = await addServices(server, options, health, tools);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const gate = new Gate(http2ServerOf(server), {
    clock: options.clock ?? systemClock,
    limits: { ...GATE_LIMITS, ...options.limits },
    methods,
    whenFull: options.whenFull ?? 'try again later',
    refusal: (failure) => trailersOnly(failure, tools),
  });
  try {
    const listener = await listen({
      ...{ what, host, port, range, option, connectionsMax },
      ...(hostOption !== undefined && { hostOption }),
      onConnection: (socket) => injector.injectConnection(socket),
    });
    return {
      port: listener.port,
      setServing: (isServing) => health.setServing(isServing),
      close(graceMs) {
        listener.close();
        health.setServing(false);
        health.close();
        return gate.close(graceMs);
      },
    };
  } catch (error) {
    await gate.close(0);
    throw error;
  }
}

/** Where the connections end up that grpc-js is given. It keeps that to itself: a later version may call it otherwise. */
function http2ServerOf(server: Server): Http2Server {
  const [http2Server] = (server as unknown as { http2Servers: ReadonlyMap<Http2Server, unknown> }).http2Servers.keys();
  if (http2Server === undefined)
    throw new LanyardError('INTERNAL', 'this version of @grpc/grpc-js has no http2Servers');
  return http2Server;
}

/** An answer without a message: all is said in its headers. */
function trailersOnly(failure: Failure, tools: StatusTools): Record<string, string | number> {
  const { code, details, metadata } = statusOf(failure, tools);
  return {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': code,
    'grpc-message': encodeURI(details),
    ...Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, value.toString()])),
  };
}

async function addServices(
  server: Server,
  { services, log }: GrpcServerOptions,
  health: Health,
  tools: StatusTools,
): Promise<Map<string, boolean>> {
  const [ours, healths] = await Promise.all([definitionsOf(PROTO_TEXT), definitionsOf(HEALTH_TEXT)]);
  const served: ServiceDefinition[] = [];
  for (const [name, handlers] of Object.entries(services) as [
    string,
    Readonly<Record<string, Unary<unknown, object>>>,
  ][]) {
    const definition = definitionNamed(ours, name);
    const methods = Object.values(definition).map(({ path }) => {
      const method = path.slice(path.lastIndexOf('/') + 1);
      const handler = handlers[method];
      if (handler === undefined) throw new LanyardError('INTERNAL', `${path} of proto/lanyard.proto has no handler`);
      return [method, unaryHandler(path, handler, log, tools)] as const;
    });
    server.addService(definition, Object.fromEntries(methods));
    served.push(definition);
  }
  const healthDefinition = definitionNamed(healths, 'grpc.health.v1.Health');
  server.addService(healthDefinition, health.handlers());
  const methods = [...served, healthDefinition].flatMap((definition) => Object.values(definition));
  return new Map(methods.map(({ path, responseStream }) => [path, responseStream]));
}

function definitionNamed(definitions: ReadonlyMap<string, ServiceDefinition>, name: string): ServiceDefinition {
  const definition = definitions.get(name);
  if (definition === undefined) throw new LanyardError('INTERNAL', `no .proto file has a service ${name}`);
  return definition;
}
