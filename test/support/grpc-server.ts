// A gRPC server for tests whose handlers the test chooses, and what opened during a test, which ends with it.
import { createLog } from '../../src/common/log.ts';
import type { ComputeHandlers, LoadBalancerHandlers, TaskResponseMessage } from '../../src/common/grpc/messages.ts';
import { openGrpcServer, type GrpcServer, type GrpcServerOptions } from '../../src/common/grpc/server.ts';
import { GrpcClient } from './grpc-client.ts';

export const LOAD_BALANCER = 'lanyard.LoadBalancer';
export const COMPUTE = 'lanyard.Compute';
export const HEALTH = 'grpc.health.v1.Health';
/** Beside the message in the head of a request. */
export const MESSAGE_BYTES_MAX = 64 * 1024;

/** Answers what it was asked. */
export const ECHO: LoadBalancerHandlers = {
  RegisterBackend: ({ id }) => ({ success: true, message: id, reportIntervalMs: 1000 }),
  ReportLoad: ({ id, load }) => ({ success: true, message: `${id} ${load.toString()}`, reportIntervalMs: 1000 }),
  GetBackend: ({ serviceName }) => ({ id: serviceName, address: '10.0.0.1', port: 1, load: 0, service: serviceName }),
};

export const DONE: TaskResponseMessage = { text: 'done', slave: 's', runMs: 1 };

/** Opens servers and clients, and closes them all. */
export class GrpcDesk {
  #servers: GrpcServer[] = [];
  #clients: GrpcClient[] = [];

  async open(handlers: Partial<ComputeHandlers> = {}, more: Partial<GrpcServerOptions> = {}): Promise<GrpcServer> {
    const server = await openGrpcServer({
      ...{ what: 'test', host: '127.0.0.1', port: 0, log: createLog('test', 'silent') },
      messageBytesMax: MESSAGE_BYTES_MAX,
      services: { [LOAD_BALANCER]: ECHO, [COMPUTE]: { ComputeTask: () => DONE, ...handlers } },
      ...more,
    });
    this.#servers.push(server);
    return server;
  }

  async client(server: GrpcServer): Promise<GrpcClient> {
    const client = await GrpcClient.open(server.port);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#servers.map((server) => server.close(0)));
    this.#servers = [];
    this.#clients = [];
  }
}
