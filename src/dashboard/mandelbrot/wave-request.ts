// A wave over HTTP: POST /tasks, answered with one line of JSON per tile as they end (docs/http.md, "Results as they come").
import { problemOf } from '../api.ts';
import { paramsOf, type Tile } from './plane.ts';
import { WaveRefused, type WaveLine } from './waves.ts';

/** A tile that has not come by then is asked for again; whoever else waits for an answer goes first, since a picture is a hundred tasks. */
const TASK = { type: 'mandelbrot', priority: 'low', timeoutMs: 120_000 };
const LINE_CHARS_MAX = 1024 * 1024;
const RETRY_AFTER_MAX_S = 30;

/** Aborting `signal` hangs up, and the master cancels what has not ended. Throws `WaveRefused` when the master takes none. */
export async function* requestWave(tiles: readonly Tile[], signal: AbortSignal): AsyncGenerator<WaveLine> {
  const tasks = tiles.map((tile) => ({ ...TASK, params: paramsOf(tile) }));
  const response = await fetch('/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify(tasks),
    signal,
  });
  if (!response.ok || response.body === null) throw await refusalOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const splitter = new LineSplitter();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const line of splitter.push(value)) yield readLine(line);
  }
}

async function refusalOf(response: Response): Promise<WaveRefused> {
  const after = Number(response.headers.get('retry-after') ?? 0);
  const { detail } = await problemOf(response);
  return new WaveRefused(detail, Math.min(RETRY_AFTER_MAX_S, Number.isFinite(after) ? after : 0) * 1000);
}

/** One line of the answer. Throws `WaveRefused` when it is none. */
export function readLine(text: string): WaveLine {
  const { index, result, slave, error } = parsed(text);
  if (typeof index !== 'number') throw new WaveRefused('The answer of the master is not what was expected.');
  if (typeof result === 'string') return { index, result, slave: typeof slave === 'string' ? slave : '(unnamed)' };
  const detail = typeof error === 'object' && error !== null && 'detail' in error ? error.detail : undefined;
  return { index, problem: typeof detail === 'string' ? `A tile failed: ${detail}` : 'A tile failed.' };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Whole lines out of pieces of text. */
export class LineSplitter {
  #pieces: string[] = [];
  #chars = 0;

  /** Throws `WaveRefused` when a line does not end. */
  push(text: string): string[] {
    const [first = '', ...rest] = text.split('\n');
    this.#pieces.push(first);
    this.#chars += first.length;
    if (this.#chars > LINE_CHARS_MAX) throw new WaveRefused('The answer of the master is not what was expected.');
    if (rest.length === 0) return [];
    const last = rest.pop() ?? '';
    const lines = [this.#pieces.join(''), ...rest];
    this.#pieces = [last];
    this.#chars = last.length;
    return lines.filter((line) => line !== '');
  }
}
