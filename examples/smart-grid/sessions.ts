// How many sessions each substation has, read from its /metrics ten times a second while a rush hour lasts: Prometheus reads every five
// seconds, and a rush hour takes hardly longer.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Point } from '../common/chart.ts';

const INTERVAL_MS = 100;
const ANSWER_MS = 1000;

/** Sessions over time of each substation, in seconds from the beginning. */
export type SessionCurves = Readonly<Record<string, readonly Point[]>>;

/** The value of one metric without labels on a page of Prometheus' text format; undefined when it is not there. */
export function valueOf(page: string, name: string): number | undefined {
  const line = page.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Sessions now; 0 when it does not answer. */
export async function activeSessions(url: string): Promise<number> {
  try {
    const answer = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(ANSWER_MS) });
    return valueOf(await answer.text(), 'substation_active_sessions') ?? 0;
  } catch {
    return 0; // it was killed
  }
}

/** Reads until it is stopped. `urls`: http://host:port/ by name. */
export class SessionReader {
  readonly curves: Record<string, Point[]>;
  readonly #urls: Readonly<Record<string, string>>;
  readonly #beginMs = performance.now();
  readonly #reading: Promise<void>;
  #stopped = false;

  constructor(urls: Readonly<Record<string, string>>) {
    this.#urls = urls;
    this.curves = Object.fromEntries(Object.keys(urls).map((name) => [name, []]));
    this.#reading = this.#read();
  }

  async stop(): Promise<SessionCurves> {
    this.#stopped = true;
    await this.#reading;
    return this.curves;
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      const seconds = Math.round((performance.now() - this.#beginMs) / 10) / 100;
      await Promise.all(
        Object.entries(this.#urls).map(async ([name, url]) => {
          const sessions = await activeSessions(url);
          this.curves[name]?.push([seconds, sessions]);
        }),
      );
      await sleep(INTERVAL_MS);
    }
  }
}

/** Mean ÷ most: 1 when all are equal, 1 ÷ their number when one has all. 1 when there is nothing. */
export function evenness(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  return most === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length / most;
}

/** The same of sessions, over all the time: the sum of the means of each moment ÷ the sum of the most. */
export function evennessOverTime(curves: SessionCurves): number {
  const all = Object.values(curves);
  let means = 0;
  let mosts = 0;
  for (const i of all[0]?.keys() ?? []) {
    const now = all.map((points) => points[i]?.[1] ?? 0);
    means += now.reduce((sum, value) => sum + value, 0) / now.length;
    mosts += Math.max(...now);
  }
  return mosts === 0 ? 1 : means / mosts;
}
