// The one table from what went wrong to how a door says it. `type` URIs and codes are stable: clients rely on them.
import type { ErrorCode } from './errors.ts';

/** Names of gRPC status codes that Lanyard uses. Source: grpc.io, Status codes and their use in gRPC. */
export type GrpcStatus =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'UNKNOWN'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

export interface StatusCode {
  readonly http: number;
  readonly grpc: GrpcStatus;
  readonly title: string;
  /** Seconds after which trying again may help. */
  readonly retryAfterS?: number;
}

export const STATUS_CODES: Readonly<Record<ErrorCode, StatusCode>> = {
  BAD_PARAMETER: { http: 400, grpc: 'INVALID_ARGUMENT', title: 'Bad parameter' },
  UNKNOWN_TASK_TYPE: { http: 400, grpc: 'INVALID_ARGUMENT', title: 'Unknown task type' },
  UNKNOWN_ALGORITHM: { http: 400, grpc: 'INVALID_ARGUMENT', title: 'Unknown algorithm' },
  FORBIDDEN: { http: 403, grpc: 'PERMISSION_DENIED', title: 'Not allowed' },
  NOT_FOUND: { http: 404, grpc: 'NOT_FOUND', title: 'Not found' },
  METHOD_NOT_ALLOWED: { http: 405, grpc: 'UNIMPLEMENTED', title: 'Method not allowed' },
  BODY_TOO_LARGE: { http: 413, grpc: 'RESOURCE_EXHAUSTED', title: 'Body too large' },
  TOO_HEAVY: { http: 422, grpc: 'FAILED_PRECONDITION', title: 'Heavier than any slave can take' },
  QUEUE_FULL: { http: 429, grpc: 'RESOURCE_EXHAUSTED', title: 'The queue is full', retryAfterS: 1 },
  TASK_FAILED: { http: 500, grpc: 'UNKNOWN', title: 'The task failed' },
  RESULT_TOO_LARGE: { http: 500, grpc: 'RESOURCE_EXHAUSTED', title: 'The result is too large' },
  LOST_TOO_OFTEN: { http: 500, grpc: 'INTERNAL', title: 'The task was lost too often' },
  NO_SLAVE: { http: 503, grpc: 'UNAVAILABLE', title: 'No slave', retryAfterS: 2 },
  DRAINING: { http: 503, grpc: 'UNAVAILABLE', title: 'Shutting down', retryAfterS: 5 },
  DEADLINE_PASSED: { http: 504, grpc: 'DEADLINE_EXCEEDED', title: 'The deadline passed' },
  RUN_LIMIT_PASSED: { http: 504, grpc: 'DEADLINE_EXCEEDED', title: 'The task ran too long' },
  CONFLICT: { http: 409, grpc: 'FAILED_PRECONDITION', title: 'Not possible now' },
  KEY_REUSED: { http: 422, grpc: 'FAILED_PRECONDITION', title: 'Idempotency-Key used for another request' },
  TOO_MANY_LISTENERS: { http: 503, grpc: 'RESOURCE_EXHAUSTED', title: 'Too many at once', retryAfterS: 5 },
  NO_BACKEND: { http: 503, grpc: 'UNAVAILABLE', title: 'No backend', retryAfterS: 2 },
  NO_ROOM: { http: 503, grpc: 'RESOURCE_EXHAUSTED', title: 'All are full', retryAfterS: 1 },
  TOO_MANY_BACKENDS: { http: 429, grpc: 'RESOURCE_EXHAUSTED', title: 'Too many backends' },
  UNKNOWN_SERVICE: { http: 404, grpc: 'NOT_FOUND', title: 'Unknown service' },
  BAD_GATEWAY: { http: 502, grpc: 'UNAVAILABLE', title: 'The service failed' },
  CANCELLED: { http: 409, grpc: 'CANCELLED', title: 'Cancelled' },
  BAD_OPTION: { http: 500, grpc: 'INTERNAL', title: 'Bad option' },
  CANNOT_BIND: { http: 500, grpc: 'INTERNAL', title: 'Cannot bind' },
  INTERNAL: { http: 500, grpc: 'INTERNAL', title: 'Internal error' },
};

/** The URI of a problem type (RFC 9457): urn:lanyard:problem:queue-full. */
export function problemType(code: ErrorCode): string {
  return `urn:lanyard:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}
