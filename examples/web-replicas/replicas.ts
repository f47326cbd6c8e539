// What the master says of the replicas, read five times a second: GET /autoscale.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Point } from '../common/chart.ts';

const INTERVAL_MS = 200;
const ANSWER_MS = 5000;

/** The part of GET /autoscale that is used here. */
export interface Scaled {
  readonly wanted: number;
  /** How many there are, those included that start and that leave. */
  readonly actual: number;
  /** How many of them take requests. */
  readonly ready: number;
  readonly lastError: string | null;
  readonly history: readonly {
    readonly at: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
  }[];
}

/** The replicas of a service as the master at `master` (http://host:port/) counts them. */
export async function scaled(master: string, service: string): Promise<Scaled> {
  const answer = await fetch(new URL('/autoscale', master), { signal: AbortSignal.timeout(ANSWER_MS) });
  const { groups } = (await answer.json()) as { groups: readonly (Scaled & { group: string })[] };
  const group = groups.find((one) => one.group === service);
  if (group === undefined) throw new Error(`GET /autoscale of ${master} says nothing of ${service}.`);
  return group;
}

/** Waits until `holds` of the replicas; rejects after `limitMs` with what they were then. */
export async function untilReplicas(
  master: string,
  service: string,
  what: string,
  holds: (now: Scaled) => boolean,
  limitMs: number,
): Promise<Scaled> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    // A master that is too busy for this answer says the next one.
    const now = await scaled(master, service).catch((error: unknown) => String(error));
    if (typeof now !== 'string' && holds(now)) return now;
    if (performance.now() > endMs) throw new Error(`Not within ${limitMs / 1000} s: ${what}. ${textOf(now)}`);
    await sleep(INTERVAL_MS);
  }
}

function textOf(now: Scaled | string): string {
  if (typeof now === 'string') return now;
  const { wanted, actual, ready, lastError } = now;
  return `${wanted} wanted, ${actual} there, ${ready} ready. ${lastError ?? ''}`.trimEnd();
}

/** How many replicas there are and how many are ready, over time, until it is stopped. In seconds from the beginning. */
export class ReplicaCurve {
  readonly actual: Point[] = [];
  readonly ready: Point[] = [];
  readonly #beginMs = performance.now();
  readonly #reading: Promise<void>;
  #stopped = false;

  constructor(master: string, service: string) {
    this.#reading = this.#read(master, service);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#reading;
  }

  async #read(master: string, service: string): Promise<void> {
    for (let isLast = false; !isLast;) {
      isLast = this.#stopped; // how it is when it is stopped belongs to the curve
      try {
        const now = await scaled(master, service);
        const seconds = Math.round((performance.now() - this.#beginMs) / 10) / 100;
        this.actual.push([seconds, now.actual]);
        this.ready.push([seconds, now.ready]);
      } catch {
        // a master that is too busy for this answer says the next one
      }
      if (!isLast) await sleep(INTERVAL_MS);
    }
  }
}

/** The area below a step curve until its last point: replica-seconds. */
export function areaOf(points: readonly Point[]): number {
  return points.reduce((sum, [x, y], i) => sum + y * ((points[i + 1]?.[0] ?? x) - x), 0);
}
