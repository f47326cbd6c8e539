// What the runs came to: a table, and a picture of replicas and successful requests over time.
import { type Chart, COLORS, picture, type Point } from '../common/chart.ts';
import { table } from '../common/table.ts';
import { timesOf } from '../common/times.ts';
import type { Answer } from './load.ts';
import { areaOf } from './replicas.ts';

/** One run: so many requests under one algorithm. */
export interface Result {
  /** Name of the algorithm, or `single server`. */
  readonly way: string;
  readonly requests: number;
  readonly successful: number;
  /** Total response time in both meanings: from the first question to the last answer, and the sum over the requests. */
  readonly allSeconds: number;
  readonly sumSeconds: number;
  readonly times: Readonly<Record<'mean' | 'p50' | 'p95' | 'max', number>>;
  /** The most that were there at once, and replica-seconds until the minimum was reached again. */
  readonly mostReplicas: number;
  readonly replicaSeconds: number;
  /** When only the minimum was left, in seconds. */
  readonly backSeconds: number;
  /** Names of members that answered. */
  readonly members: readonly string[];
  /** Names of the servers that answered, as they say them. */
  readonly servers: readonly string[];
  readonly replicas: readonly Point[];
  readonly ready: readonly Point[];
  /** Successful requests over time. */
  readonly successes: readonly Point[];
  /** What went wrong, each once. */
  readonly reasons: readonly string[];
}

export interface Facts {
  readonly way: string;
  readonly answers: readonly Answer[];
  readonly replicas: readonly Point[];
  readonly ready: readonly Point[];
  readonly backSeconds: number;
}

export function resultOf({ way, answers, replicas, ready, backSeconds }: Facts): Result {
  const right = answers.filter(({ status, server }) => status === 200 && server !== '');
  const ends = right.map(({ atSeconds }) => atSeconds).sort((a, b) => a - b);
  const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
  return {
    way,
    requests: answers.length,
    successful: right.length,
    allSeconds: ends.at(-1) ?? 0,
    sumSeconds: right.reduce((sum, { seconds }) => sum + seconds, 0),
    times: timesOf(right.map(({ seconds }) => seconds)),
    mostReplicas: Math.max(0, ...replicas.map(([, count]) => count)),
    replicaSeconds: areaOf(replicas),
    backSeconds,
    members: distinct(right.map(({ member }) => member)),
    servers: distinct(right.map(({ server }) => server)),
    replicas,
    ready,
    successes: [[0, 0], ...ends.map((at, i): Point => [Math.round(at * 100) / 100, i + 1])],
    reasons: distinct(answers.map(({ why }) => why).filter((why) => why !== '')),
  };
}

const HEAD = [
  'requests',
  'algorithm',
  'successful',
  'replicas, at most',
  'replica-seconds',
  'all in s',
  'sum of times s',
  'mean s',
  'p95 s',
  'max s',
  'at the minimum after s',
];

export function resultTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    String(result.requests),
    result.way,
    String(result.successful),
    String(result.mostReplicas),
    result.replicaSeconds.toFixed(0),
    result.allSeconds.toFixed(1),
    result.sumSeconds.toFixed(0),
    ...[result.times.mean, result.times.p95, result.times.max].map((time) => time.toFixed(2)),
    result.backSeconds.toFixed(1),
  ]);
  return table(HEAD, rows, (column) => column !== 1);
}

/** Curves of the runs with the most requests; bars for all of them. */
export function resultPicture(results: readonly Result[]): string {
  const ways = [...new Set(results.map(({ way }) => way))];
  const colorOf = (way: string): string => COLORS[ways.indexOf(way) % COLORS.length] ?? COLORS[0];
  const most = Math.max(...results.map(({ requests }) => requests));
  const largest = results.filter(({ requests }) => requests === most);
  const curves = (
    points: (result: Result) => readonly Point[],
  ): { series: Extract<Chart, { kind: 'lines' }>['series'] } => ({
    series: largest.map((result) => ({
      name: result.way,
      color: colorOf(result.way),
      look: 'step',
      points: points(result),
    })),
  });
  const xMax = Math.max(...largest.map(({ backSeconds }) => backSeconds));
  const bars = (title: string, y: string, value: (result: Result) => number): Chart => {
    const groups = [...new Set(results.map(({ requests }) => requests))].sort((a, b) => a - b);
    const of = (requests: number, way: string): number => {
      const result = results.find((one) => one.requests === requests && one.way === way);
      return result === undefined ? 0 : value(result);
    };
    return {
      kind: 'bars',
      title,
      y,
      names: ways.map((name) => ({ name, color: colorOf(name) })),
      groups: groups.map((requests) => ({
        name: `${requests} requests`,
        values: ways.map((way) => of(requests, way)),
      })),
    };
  };
  const charts: Chart[] = [
    {
      kind: 'lines',
      title: `Replicas, ${most} requests`,
      x: 'seconds',
      y: 'replicas',
      xMax,
      ...curves((one) => one.replicas),
    },
    {
      kind: 'lines',
      title: 'Successful requests',
      x: 'seconds',
      y: 'requests',
      xMax,
      ...curves((one) => one.successes),
    },
    bars('Replicas, at most', 'replicas', ({ mostReplicas }) => mostReplicas),
    bars('Mean response time', 'seconds', ({ times }) => times.mean),
  ];
  const title = `Replicas that rise with ${most} requests and fall again, and successful requests over time`;
  return picture(title, charts, 2);
}

const LEVELS = ' ▁▂▃▄▅▆▇█';
const LINE_WIDTH = 100;

/** A step curve as a line of text, as high as `max`. */
export function sparkline(points: readonly Point[], max: number): string {
  const until = points.at(-1)?.[0] ?? 0;
  const at = (x: number): number => points.findLast(([px]) => px <= x)?.[1] ?? 0;
  const levels = Array.from({ length: LINE_WIDTH }, (_, i) => at((i / LINE_WIDTH) * until) / Math.max(1, max));
  return levels.map((level) => LEVELS[Math.round(Math.min(1, level) * (LEVELS.length - 1))]).join('');
}
