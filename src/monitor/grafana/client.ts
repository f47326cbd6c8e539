// HTTP to Grafana over global fetch: the key goes to one address only, redirects are not followed, time and size are bounded.
import type { Clock } from '../../common/time/clock.ts';
import type { ApiKey } from './api-key.ts';
import type { GrafanaRequest, Transport } from './transport.ts';
import { retryAfterMs, troubleFrom, type Happened } from './trouble.ts';

/** A request that takes longer, its answer's body included, has failed. */
export const REQUEST_MS_MAX = 10_000;
/** The largest answer that is read: a board of 1000 slaves has about 5 MiB. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface ClientOptions {
  /** Grafana's address without a slash at its end; its path is kept (http://host/grafana). */
  readonly url: string;
  readonly key: ApiKey;
  readonly clock: Clock;
  /** Milliseconds since 1970, to read a Retry-After that is a date. */
  readonly epochMs: () => number;
  /** Aborted when the monitor ends: what is under way is given up. */
  readonly signal?: AbortSignal;
}

/** One connection's worth of Grafana: every request with the key, to this address only. */
export function createClient({ url, key, clock, epochMs, signal }: ClientOptions): Transport {
  return async (request) => {
    const at = `${request.method} ${request.path}`;
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    const timer = clock.after(REQUEST_MS_MAX, giveUp);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted === true) giveUp();
    try {
      const answer = await exchange(url + request.path, request, key, epochMs, abort.signal);
      return answer.ok ? answer : { ok: false, trouble: troubleFrom(at, answer.happened) };
    } catch (thrown) {
      return { ok: false, trouble: troubleFrom(at, connectionLost(thrown, key, abort.signal.aborted)) };
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
    }
  };
}

type Exchange = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly happened: Happened };

async function exchange(
  url: string,
  { method, body }: GrafanaRequest,
  key: ApiKey,
  epochMs: () => number,
  signal: AbortSignal,
): Promise<Exchange> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal,
    headers: {
      authorization: key.bearer(),
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  const text = await boundedText(response);
  if (text === undefined) return lost({ malformed: `the answer is larger than ${ANSWER_BYTES_MAX} bytes`, status });
  const json = parsed(text);
  if (status >= 200 && status < 300)
    return json === undefined ? lost(notJson(headers, status)) : { ok: true, value: json };
  const { message, label } = wordsOf(json);
  const location = headers.get('location');
  // "No such data source" is JSON; another program's 404 page is not, and would pass for an empty Grafana.
  if (status === 404 && message === undefined) return lost(notJson(headers, status));
  const wait = retryAfterMs(headers.get('retry-after'), epochMs());
  return lost({
    status,
    ...(message !== undefined && { message: key.redact(message) }),
    ...(label !== undefined && { label }),
    ...(wait !== undefined && { retryAfterMs: wait }),
    ...(location !== null && { location: key.redact(location) }),
  });
}

function lost(happened: Happened): Exchange {
  return { ok: false, happened };
}

/** Undefined when it is too large; the rest is then not read. */
async function boundedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function notJson(headers: Headers, status: number): Happened {
  const page = headers.get('content-type')?.includes('html') === true;
  const what = page
    ? 'the answer is a web page, as of a login page or another program'
    : 'the answer is not JSON as Grafana gives it';
  return { malformed: what, status };
}

function wordsOf(json: unknown): { message?: string; label?: string } {
  if (typeof json !== 'object' || json === null) return {};
  const { message, status } = json as Record<string, unknown>;
  return { ...(typeof message === 'string' && { message }), ...(typeof status === 'string' && { label: status }) };
}

function connectionLost(thrown: unknown, key: ApiKey, aborted: boolean): Happened {
  if (aborted) return { noConnection: 'TIMEOUT' };
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  return {
    noConnection: typeof code === 'string' ? code : 'UNKNOWN',
    words: key.redact(String(typeof message === 'string' && message !== '' ? message : code)),
  };
}
