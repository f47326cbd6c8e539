// Looks at a service from outside, each with a limit of time and size: does it accept a connection, does it answer a GET, what does
// a page of it say. None throws; each resolves in time.
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { messageOf } from '../errors.ts';
import type { Clock } from '../time/clock.ts';

/** More of a page is not read. */
export const PAGE_BYTES_MAX = 4 * 1024 * 1024;

const ABORTED = 'no longer asked for';

export interface Place {
  readonly hostname: string;
  readonly port: number;
}

/** Undefined when all is well, else what is wrong, for the log. */
export type Problem = string | undefined;

export type PageLook = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

export interface LookParts {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Ends the look early. */
  readonly signal: AbortSignal;
}

/** Whether something listens there. */
export function lookAtPort({ hostname, port }: Place, parts: LookParts): Promise<Problem> {
  return limited(parts, (end) => {
    const socket = connect({ host: hostname, port });
    socket.once('connect', () => end(undefined));
    socket.on('error', (error) => end(reasonOf(error)));
    return () => socket.destroy();
  });
}

/** Whether a GET is answered with 2xx or 3xx. What comes behind the head of the answer is not read. */
export function lookAtPath(place: Place, path: string, parts: LookParts): Promise<Problem> {
  return limited(parts, (end) => {
    const request = ask(place, path, (status, response) => {
      response.on('error', () => undefined).destroy();
      end(status >= 200 && status < 400 ? undefined : `GET ${path} is answered with ${status.toString()}`);
    });
    request.on('error', (error) => end(reasonOf(error)));
    return () => request.destroy();
  });
}

/** A whole page, of at most PAGE_BYTES_MAX. */
export function readPage(place: Place, path: string, parts: LookParts): Promise<PageLook> {
  const chunks: Buffer[] = [];
  const reading = limited(parts, (end) => {
    let bytes = 0;
    const request = ask(place, path, (status, response) => {
      const { 'content-encoding': encoding = 'identity' } = response.headers;
      if (status !== 200) end(`GET ${path} is answered with ${status.toString()}`);
      else if (encoding !== 'identity') end(`the page comes with content-encoding ${encoding.slice(0, 40)}`);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > PAGE_BYTES_MAX) end(`the page is larger than ${PAGE_BYTES_MAX.toString()} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (error) => end(error.message));
      response.once('end', () => end(undefined));
    });
    request.on('error', (error) => end(reasonOf(error)));
    return () => request.destroy();
  });
  return reading.then((problem) =>
    problem === undefined ? { ok: true, text: Buffer.concat(chunks).toString('utf8') } : { ok: false, problem },
  );
}

type OnResponse = (status: number, response: IncomingMessage) => void;

/** A connection of its own each time: to be accepted is a part of being well. */
function ask({ hostname, port }: Place, path: string, onResponse: OnResponse): ClientRequest {
  const headers = { accept: 'text/plain, */*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'lanyard-probe' };
  const options = { hostname, port, path, headers, agent: false, setHost: true };
  return get(options, (response) => onResponse(response.statusCode ?? 0, response));
}

/** Of a name with several addresses it is one error for each, in one without a message. */
function reasonOf(error: Error): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.map(messageOf).join(', ');
}

/** Runs `begin` until it says how it ended, later than at once, or the time is over; then what it returned puts everything away. */
function limited(
  { clock, limitMs, signal }: LookParts,
  begin: (end: (problem: Problem) => void) => () => unknown,
): Promise<Problem> {
  if (signal.aborted) return Promise.resolve(ABORTED);
  return new Promise((resolve) => {
    let over = false;
    const end = (problem: Problem): void => {
      if (over) return;
      over = true;
      timer.cancel();
      signal.removeEventListener('abort', abort);
      putAway();
      resolve(problem);
    };
    const abort = (): void => end(ABORTED);
    const timer = clock.after(limitMs, () => end(`no answer within ${Math.round(limitMs).toString()} ms`));
    signal.addEventListener('abort', abort);
    const putAway = begin(end);
  });
}
