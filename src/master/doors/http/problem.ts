// Errors as application/problem+json (RFC 9457): a stable type and a sentence that a person can act on.
import type { ServerResponse } from 'node:http';
import { LanyardError, type Failure } from '../../../common/errors.ts';
import { problemType, STATUS_CODES } from '../../../common/status-codes.ts';
import { printable } from '../../../common/text/printable.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** Beside these, the details of the failure are members of their own, such as `queueLength`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: string | number;
}

export function problemOf({ code, message, details }: Failure): Problem {
  const { http, title } = STATUS_CODES[code];
  const problem: Record<string, string | number> & Problem = {
    type: problemType(code),
    title,
    status: http,
    detail: message,
  };
  for (const [name, value] of Object.entries(details ?? {})) {
    if (!(name in problem)) problem[name] = value;
  }
  return problem;
}

/** Writes the whole response. `headers` are added to it. */
export function sendProblem(response: ServerResponse, failure: Failure, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const problem = problemOf(failure);
  const body = `${JSON.stringify(problem)}\n`;
  response.writeHead(problem.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    ...retryAfter(failure),
    ...headers,
  });
  response.end(body);
}

/** The failure's own `retryAfterS`, or what the table says. */
export function retryAfter({ code, details }: Failure): Record<string, string> {
  const seconds = Number(details?.['retryAfterS'] ?? STATUS_CODES[code].retryAfterS);
  return Number.isFinite(seconds) ? { 'retry-after': Math.max(1, Math.ceil(seconds)).toString() } : {};
}

/** A failure on its way to the error handler, with its details. */
class Refusal extends LanyardError {
  readonly details: NonNullable<Failure['details']>;

  constructor({ code, message, details = {} }: Failure) {
    super(code, message);
    this.details = details;
  }
}

/** Ends the handling of this request with a problem. */
export function refuse(failure: Failure): never {
  throw new Refusal(failure);
}

/** Ends the handling of this request if there is anything against it. */
export function refuseIf(failure: Failure | undefined): void {
  if (failure !== undefined) refuse(failure);
}

export function badParameter(message: string): Failure {
  return { code: 'BAD_PARAMETER', message };
}

/** What a client gave, short enough for a sentence. */
export function shown(given: unknown): string {
  const text = typeof given === 'string' ? given : (JSON.stringify(given) as string | undefined);
  return text === undefined || text === '' ? 'nothing' : printable(text);
}
