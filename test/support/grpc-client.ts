// A gRPC client for tests, over grpc-js, from the .proto file as anybody's: calls by service and method, and what came of them.
import path from 'node:path';
import {
  Client,
  credentials,
  type Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { definitionsOf } from '../../src/common/grpc/definitions.ts';
import { HEALTH_TEXT } from '../../src/common/grpc/health-text.ts';

const PROTO = path.resolve(import.meta.dirname, '../../proto/lanyard.proto');
const FIELDS = { defaults: true, objects: true, oneofs: true, enums: String };

/** What a call came to: a response, or a status that is not OK. */
export interface GrpcAnswer {
  /** Number of the status; 0 is OK. */
  readonly status: number;
  /** The sentence of a failure. */
  readonly details: string;
  readonly response: Readonly<Record<string, unknown>>;
  readonly trailers: Metadata | undefined;
}

export interface CallSettings {
  readonly timeoutMs?: number;
  /** Hears how to give the call up. */
  readonly onStart?: (cancel: () => void) => void;
  readonly metadata?: Metadata;
}

/** One channel to a server on this machine. */
export class GrpcClient {
  readonly raw: Client;
  readonly #services: ReadonlyMap<string, ServiceDefinition>;

  private constructor(port: number, services: ReadonlyMap<string, ServiceDefinition>) {
    this.raw = new Client(`127.0.0.1:${port.toString()}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    });
    this.#services = services;
  }

  static async open(port: number): Promise<GrpcClient> {
    const ours = Object.entries(loadSync(PROTO, FIELDS)).filter(([, definition]) => !('format' in definition));
    return new GrpcClient(
      port,
      new Map([...(ours as [string, ServiceDefinition][]), ...(await definitionsOf(HEALTH_TEXT))]),
    );
  }

  method(service: string, name: string): MethodDefinition<object, object> {
    const method = this.#services.get(service)?.[name];
    if (method === undefined) throw new Error(`no ${service}/${name}`);
    return method as MethodDefinition<object, object>;
  }

  /** Never rejects; without `timeoutMs` it waits for 10 s. */
  call(service: string, name: string, request: object, settings: CallSettings = {}): Promise<GrpcAnswer> {
    return this.callMethod(this.method(service, name), request, settings);
  }

  /** A method that need not be in any .proto file. */
  callMethod(
    method: MethodDefinition<object, object>,
    request: object,
    settings: CallSettings = {},
  ): Promise<GrpcAnswer> {
    const { path: at, requestSerialize, responseDeserialize } = method;
    const { timeoutMs = 10_000, onStart, metadata } = settings;
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, response?: object): void =>
        resolve({
          status: error?.code ?? 0,
          details: error?.details ?? '',
          response: { ...response },
          trailers: error?.metadata,
        });
      const options = { deadline: Date.now() + timeoutMs };
      const args = [at, requestSerialize, responseDeserialize, request] as const;
      const call =
        metadata === undefined
          ? this.raw.makeUnaryRequest(...args, options, done)
          : this.raw.makeUnaryRequest(...args, metadata, options, done);
      onStart?.(() => call.cancel());
    });
  }

  close(): void {
    this.raw.close();
  }
}
