// The one error type of the project, with a closed set of codes. Edges throw or pass it on; pure code returns unions instead.
// How a code looks in HTTP and gRPC is decided in one table: src/common/status-codes.ts.

/** Every way in which Lanyard can refuse or fail. Append only: clients rely on these. */
export const ERROR_CODES = [
  'BAD_PARAMETER',
  'UNKNOWN_TASK_TYPE',
  'UNKNOWN_ALGORITHM',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'BODY_TOO_LARGE',
  'TOO_HEAVY',
  'QUEUE_FULL',
  'TASK_FAILED',
  'RESULT_TOO_LARGE',
  'LOST_TOO_OFTEN',
  'NO_SLAVE',
  'DRAINING',
  'DEADLINE_PASSED',
  'RUN_LIMIT_PASSED',
  'CANCELLED',
  'BAD_OPTION',
  'CANNOT_BIND',
  'INTERNAL',
  'CONFLICT',
  'KEY_REUSED',
  'TOO_MANY_LISTENERS',
  'NO_BACKEND',
  'NO_ROOM',
  'TOO_MANY_BACKENDS',
  'UNKNOWN_SERVICE',
  'BAD_GATEWAY',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a person or a client is told: a stable code and a sentence that can be acted on. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** What a program may want to read: members beside the sentence, such as the queue's length. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** A `Failure` as an exception, for the edges. `cause` keeps the system's own error. */
export class LanyardError extends Error implements Failure {
  override readonly name = 'LanyardError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
