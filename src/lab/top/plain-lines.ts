// The cluster as lines for a pipe: one a second, and one for every change of a slave or of the algorithm. Each begins with the time and the
// name of the cluster, and holds no character that a terminal acts on. Pure.
import type { LogEntry, Snapshot } from '../../common/feed/feed.ts';
import { safeText } from './safe-text.ts';

export class PlainLines {
  #masterId: string | undefined;
  #sampleAt: number | undefined;
  #lastEntry = 0;

  /** The lines that are new with this snapshot. What changed before the first one is not told. */
  of(snapshot: Snapshot, cluster: string): string[] {
    const { masterId, log, sample } = snapshot;
    const last = log.at(-1)?.n ?? 0;
    const prefix = safeText(cluster);
    const lines: string[] = [];
    if (this.#masterId !== masterId) {
      this.#lastEntry = this.#masterId === undefined ? last : 0;
      this.#masterId = masterId;
    }
    const missing = (log[0]?.n ?? 1) - this.#lastEntry - 1;
    if (missing > 0) lines.push(`${timeOf(snapshot.at)} ${prefix} ${missing.toString()} changes are not shown`);
    for (const entry of log)
      if (entry.n > this.#lastEntry) lines.push(`${timeOf(entry.at)} ${prefix} ${changeOf(entry)}`);
    this.#lastEntry = last;
    if (sample !== null && sample.at !== this.#sampleAt)
      lines.push(`${timeOf(sample.at)} ${prefix} ${figuresOf(snapshot)}`);
    this.#sampleAt = sample?.at;
    return lines;
  }
}

/** Something about the connection. */
export function noteLine(nowMs: number, text: string): string {
  return `${timeOf(nowMs)} ${safeText(text)}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function changeOf(entry: LogEntry): string {
  if (entry.what === 'algorithm') {
    const whose = entry.group === undefined ? '' : ` of ${entry.group}`;
    return safeText(`algorithm${whose} ${entry.from} -> ${entry.to}`);
  }
  return safeText(`slave ${entry.name} (${entry.address}) ${entry.from} -> ${entry.to}: ${entry.reason}`);
}

/** As `name=value`, for grep and awk. */
function figuresOf({ slaves, algorithm, queued, inFlight, sample, draining }: Snapshot): string {
  const ready = slaves.filter(({ state }) => state === 'ready').length;
  const { done = 0, failed = 0, cancelled = 0, expired = 0, p50Ms = null, p95Ms = null } = sample ?? {};
  const figures: readonly (readonly [string, number | string | null])[] = [
    ['slaves', slaves.length],
    ['ready', ready],
    ['queued', queued],
    ['in-flight', inFlight],
    ['done/s', done],
    ['failed/s', failed],
    ['cancelled/s', cancelled],
    ['expired/s', expired],
    ['p50-ms', p50Ms],
    ['p95-ms', p95Ms],
    ['algorithm', safeText(algorithm)],
  ];
  return `${figures.map(([name, value]) => `${name}=${(value ?? '-').toString()}`).join(' ')}${draining ? ' draining' : ''}`;
}
