// What the connection to the master is made of in a browser.
import { ask, problemOf } from '../api.ts';
import type { FeedWorld, Heard } from './feed-connection.ts';
import { watchShown } from './presence.ts';

const EVENTS = '/events?kinds=snapshot';
const WHY_MS = 3000;

export const BROWSER: FeedWorld = {
  listen,
  ask: (path, signal) => ask(path, { signal }),
  askWhy,
  watchShown: (onChange) => watchShown(document, window, onChange),
  after: (ms, then) => {
    const timer = window.setTimeout(then, ms);
    return () => window.clearTimeout(timer);
  },
  nowMs: () => Date.now(),
  random: () => Math.random(),
};

function listen({ opened, snapshot, failed }: Heard): () => void {
  const source = new EventSource(EVENTS);
  const stop = new AbortController();
  const { signal } = stop;
  source.addEventListener('open', opened, { signal });
  source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => snapshot(data), { signal });
  source.addEventListener('error', () => failed(source.readyState === EventSource.CLOSED), { signal });
  return () => {
    stop.abort();
    source.close();
  };
}

/** An EventSource does not tell what the master said when it refused: asked once more, by other means. */
async function askWhy(): Promise<string | null> {
  const leave = new AbortController();
  try {
    const response = await fetch(EVENTS, { signal: AbortSignal.any([leave.signal, AbortSignal.timeout(WHY_MS)]) });
    return response.ok ? null : (await problemOf(response)).detail;
  } catch {
    // Nobody answers: the connection is lost, and there is no reason to show.
    return null;
  } finally {
    leave.abort();
  }
}
