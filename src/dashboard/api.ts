// Requests to the master: the JSON of the answer, or the problem with the master's own sentence.

/** A part of problem+json (RFC 9457); status 0 when nobody answered. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: Problem };

interface Options {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const LIMIT_MS = 15_000;

/** Never rejects; answers within 15 seconds. */
export async function ask(path: string, { method = 'GET', body, signal }: Options = {}): Promise<Answer> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signals = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  try {
    const response = await fetch(path, { method, signal: signals, ...sent });
    if (!response.ok) return { ok: false, problem: await problemOf(response) };
    const text = await response.text();
    return { ok: true, value: text === '' ? null : (JSON.parse(text) as unknown) };
  } catch (error) {
    return { ok: false, problem: unreachable(error) };
  }
}

/** What a response says that is no success. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const { title, detail } = objectFrom(await response.text());
  return {
    status,
    title: typeof title === 'string' ? title : `Status ${status.toString()}`,
    detail: typeof detail === 'string' ? detail : `the master answered with status ${status.toString()}`,
  };
}

function objectFrom(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function unreachable(error: unknown): Problem {
  if (error instanceof SyntaxError) {
    return { status: 0, title: 'Not understood', detail: 'the answer of the master is not JSON' };
  }
  return { status: 0, title: 'No answer', detail: 'the master does not answer; is it still running?' };
}
