// The one table from what went wrong to how a door says it. `type` URIs and codes are stable: clients rely on them.
import type { ErrorCode } from '../../common/errors.ts';

export interface StatusCode {
  readonly http: number;
  readonly title: string;
  /** Seconds after which trying again may help. */
  readonly retryAfterS?: number;
}

export const STATUS_CODES: Readonly<Record<ErrorCode, StatusCode>> = {
  BAD_PARAMETER: { http: 400, title: 'Bad parameter' },
  UNKNOWN_TASK_TYPE: { http: 400, title: 'Unknown task type' },
  UNKNOWN_ALGORITHM: { http: 400, title: 'Unknown algorithm' },
  FORBIDDEN: { http: 403, title: 'Not allowed' },
  NOT_FOUND: { http: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { http: 405, title: 'Method not allowed' },
  BODY_TOO_LARGE: { http: 413, title: 'Body too large' },
  TOO_HEAVY: { http: 422, title: 'Heavier than any slave can take' },
  QUEUE_FULL: { http: 429, title: 'The queue is full', retryAfterS: 1 },
  TASK_FAILED: { http: 500, title: 'The task failed' },
  RESULT_TOO_LARGE: { http: 500, title: 'The result is too large' },
  LOST_TOO_OFTEN: { http: 500, title: 'The task was lost too often' },
  NO_SLAVE: { http: 503, title: 'No slave', retryAfterS: 2 },
  DRAINING: { http: 503, title: 'Shutting down', retryAfterS: 5 },
  DEADLINE_PASSED: { http: 504, title: 'The deadline passed' },
  RUN_LIMIT_PASSED: { http: 504, title: 'The task ran too long' },
  CONFLICT: { http: 409, title: 'Not possible now' },
  KEY_REUSED: { http: 422, title: 'Idempotency-Key used for another request' },
  TOO_MANY_LISTENERS: { http: 503, title: 'Too many at once', retryAfterS: 5 },
  CANCELLED: { http: 409, title: 'Cancelled' },
  BAD_OPTION: { http: 500, title: 'Bad option' },
  CANNOT_BIND: { http: 500, title: 'Cannot bind' },
  INTERNAL: { http: 500, title: 'Internal error' },
};

/** The URI of a problem type (RFC 9457): urn:lanyard:problem:queue-full. */
export function problemType(code: ErrorCode): string {
  return `urn:lanyard:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}
