// Errors as application/problem+json (RFC 9457): a stable type and a sentence that a person can act on.
import type { ServerResponse } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import { problemType, STATUS_CODES } from '../status-codes.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export function problemOf({ code, message }: Failure): Problem {
  const { http, title } = STATUS_CODES[code];
  return { type: problemType(code), title, status: http, detail: message };
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

export function retryAfter({ code }: Failure): Record<string, string> {
  const { retryAfterS } = STATUS_CODES[code];
  return retryAfterS === undefined ? {} : { 'retry-after': retryAfterS.toString() };
}
