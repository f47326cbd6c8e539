// The messages of proto/lanyard.proto as handlers see them: names in camel case, every field present. A test compares them with the file.
import type { Unary } from './unary.ts';

export interface BackendInfoMessage {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly load: number;
  readonly service: string;
}

export interface LoadReportMessage {
  readonly id: string;
  readonly load: number;
}

export interface ServerRequestMessage {
  readonly clientId: string;
  readonly serviceName: string;
}

export interface RegisterResponseMessage {
  readonly success: boolean;
  readonly message: string;
  readonly reportIntervalMs: number;
}

export interface TaskRequestMessage {
  readonly type: string;
  /** Any name may be there, also `__proto__`: read own properties only. */
  readonly params: Readonly<Record<string, string>>;
}

/** One of `text` and `data`. */
export interface TaskResponseMessage {
  readonly text?: string;
  readonly data?: Uint8Array;
  readonly slave: string;
  readonly runMs: number;
}

/** The service `lanyard.LoadBalancer`. */
export interface LoadBalancerHandlers {
  readonly RegisterBackend: Unary<BackendInfoMessage, RegisterResponseMessage>;
  readonly ReportLoad: Unary<LoadReportMessage, RegisterResponseMessage>;
  readonly GetBackend: Unary<ServerRequestMessage, BackendInfoMessage>;
}

/** The service `lanyard.Compute`. */
export interface ComputeHandlers {
  readonly ComputeTask: Unary<TaskRequestMessage, TaskResponseMessage>;
}

/** What a server can serve: by the name of the service in proto/lanyard.proto. */
export interface Services {
  readonly 'lanyard.LoadBalancer'?: LoadBalancerHandlers;
  readonly 'lanyard.Compute'?: ComputeHandlers;
}
