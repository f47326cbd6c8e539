// What a client is told when its request was not forwarded, or not answered.
import type { Failure } from '../../../common/errors.ts';
import { printable } from '../../../common/text/printable.ts';

/** Every option that says how long and how much. */
export interface ForwardLimits {
  /** --forward-timeout: until a response begins, from the moment the whole request has come. */
  readonly timeoutMs: number;
  /** --forward-idle: the longest silence inside a body, either way. */
  readonly idleMs: number;
  /** --forward-body-max: of a request. */
  readonly bodyBytesMax: number;
}

/** A reason can be as long as a service likes. */
const REASON_CHARS_MAX = 200;

export function notAnswered(service: string, member: string, reason: string): Failure {
  const why = printable(reason, REASON_CHARS_MAX);
  return badGateway(service, member, `did not answer: ${why}; look at the service there, or try again`);
}

/** `does` what, and what to do about it. */
function badGateway(service: string, member: string, does: string): Failure {
  return { code: 'BAD_GATEWAY', message: `${service} at ${member} ${does}`, details: { service, member } };
}

export function tooLate(service: string, member: string, limitMs: number): Failure {
  const message = `${service} at ${member} did not begin to answer within ${seconds(limitMs)}; look at the service there, or raise --forward-timeout`;
  return { code: 'DEADLINE_PASSED', message, details: { service, member } };
}

export function notRead(service: string, member: string, limitMs: number): Failure {
  const message = `${service} at ${member} read nothing of the request for ${seconds(limitMs)}; look at the service there, or raise --forward-idle`;
  return { code: 'DEADLINE_PASSED', message, details: { service, member } };
}

export function bodyStopped(limitMs: number): Failure {
  const message = `nothing of the request's body came for ${seconds(limitMs)}; send it without such pauses, or raise --forward-idle`;
  return { code: 'BAD_PARAMETER', message };
}

export function bodyTooLarge(bytesMax: number): Failure {
  const message = `the body is larger than ${bytesMax.toString()} bytes; send less, or raise --forward-body-max`;
  return { code: 'BODY_TOO_LARGE', message };
}

export function unfit(reason: string): Failure {
  return {
    code: 'BAD_PARAMETER',
    message: `this request cannot be forwarded: ${printable(reason, REASON_CHARS_MAX)}`,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toString()} s`;
}
