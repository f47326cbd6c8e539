// proto/lanyard.proto in TypeScript: the messages as types, the two services as classes whose methods return promises.
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface BackendInfo {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly load: number;
  readonly service: string;
}

export interface RegisterResponse {
  readonly success: boolean;
  readonly message: string;
  readonly reportIntervalMs: number;
}

export interface TaskRequest {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface TaskResponse {
  readonly text?: string;
  readonly data?: Buffer;
  readonly slave: string;
  readonly runMs: number;
}

const PROTO = path.resolve(import.meta.dirname, '../../proto/lanyard.proto');
const ANSWER_MS = 5000;

/** The two services as @grpc/grpc-js makes them of the proto; `Compute.service` is what a backend serves. */
export const { LoadBalancer: LoadBalancerStub, Compute: ComputeStub } = (
  grpc.loadPackageDefinition(loadSync(PROTO, { defaults: true, oneofs: true })) as unknown as {
    lanyard: Record<'LoadBalancer' | 'Compute', grpc.ServiceClientConstructor>;
  }
).lanyard;

/** One unary call as a promise; rejects with a `grpc.ServiceError`, whose `code` is one of `grpc.status`. */
function call<Answer>(client: grpc.Client, method: string, request: object, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stub = client as grpc.Client & Record<string, (...args: readonly unknown[]) => void>;
    const answered = (error: grpc.ServiceError | null, answer: Answer): void => {
      if (error) reject(error);
      else resolve(answer);
    };
    stub[method]?.(request, { deadline: Date.now() + timeoutMs }, answered);
  });
}

const CHANNEL = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 1000, // two minutes otherwise: a master that is back would wait so long for its backends
  'grpc.enable_http_proxy': 0, // machines of the same network are reached directly, whatever http_proxy says
  'grpc.use_local_subchannel_pool': 1, // a connection for each client: in one process they would share one, as programs do not
};

function connect(Stub: grpc.ServiceClientConstructor, address: string): grpc.Client {
  return new Stub(address, grpc.credentials.createInsecure(), CHANNEL);
}

/** host:port as gRPC takes it: an IPv6 address stands in brackets. */
export function target(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The master's side: who is there, and whom to call. */
export class LoadBalancer {
  readonly #client: grpc.Client;

  /** `address`: host:port of the master's --grpc-port. */
  constructor(address: string) {
    this.#client = connect(LoadBalancerStub, address);
  }

  /** Connects now rather than at the first call. */
  ready(timeoutMs = ANSWER_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  registerBackend(backend: BackendInfo): Promise<RegisterResponse> {
    return call(this.#client, 'RegisterBackend', backend, ANSWER_MS);
  }

  reportLoad(id: string, load: number): Promise<RegisterResponse> {
    return call(this.#client, 'ReportLoad', { id, load }, ANSWER_MS);
  }

  /** The backend to call now. UNAVAILABLE: none there; RESOURCE_EXHAUSTED: all are full. */
  getBackend(serviceName: string, clientId = '', timeoutMs = ANSWER_MS): Promise<BackendInfo> {
    return call(this.#client, 'GetBackend', { clientId, serviceName }, Math.min(ANSWER_MS, timeoutMs));
  }

  close(): void {
    this.#client.close();
  }
}

/** What a backend does: slaves serve this, and so do the servers of this example. */
export class Compute {
  readonly #client: grpc.Client;

  constructor({ address, port }: Pick<BackendInfo, 'address' | 'port'>) {
    this.#client = connect(ComputeStub, target(address, port));
  }

  computeTask(task: TaskRequest, timeoutMs: number): Promise<TaskResponse> {
    return call(this.#client, 'ComputeTask', task, timeoutMs);
  }

  close(): void {
    this.#client.close();
  }
}

/** True when it is worth to ask the master again: the backend is gone or full, or there is none at the moment. A result stays too large. */
export function mayPass(error: unknown): boolean {
  const { UNAVAILABLE, RESOURCE_EXHAUSTED } = grpc.status;
  const [reason] = (error as Partial<grpc.ServiceError>).metadata?.get('lanyard-code') ?? [];
  return hasCode(error, UNAVAILABLE) || (hasCode(error, RESOURCE_EXHAUSTED) && reason !== 'RESULT_TOO_LARGE');
}

export function hasCode(error: unknown, code: grpc.status): boolean {
  return (error as Partial<grpc.ServiceError>).code === code;
}
