// What the rush hours came to: a table beside the published figures, and a picture.
import { type Chart, COLORS, picture, type Point } from '../common/chart.ts';
import { table } from '../common/table.ts';
import { timesOf } from '../common/times.ts';
import type { Outcome } from './rush-hour.ts';
import { evenness, evennessOverTime, type SessionCurves } from './sessions.ts';

/** One rush hour. */
export interface Result {
  /** Such as `at once` or `10/s`. */
  readonly how: string;
  readonly algorithm: string;
  readonly requests: number;
  readonly successful: number;
  /** From the first question to the last answer. */
  readonly seconds: number;
  /** Response times of charges, in seconds. */
  readonly times: Readonly<Record<'mean' | 'p50' | 'p95' | 'max', number>>;
  /** Answers by substation. */
  readonly charges: Readonly<Record<string, number>>;
  /** Of charges, and of sessions over time: mean ÷ most. */
  readonly evenCharges: number;
  readonly evenSessions: number;
  /** Vehicles that were charged twice. */
  readonly chargedTwice: number;
  readonly killed: Killed | null;
  readonly curves: SessionCurves;
  /** The same as Prometheus saw it; empty without one. */
  readonly scraped: SessionCurves;
  /** Why there were no charges, each reason once. */
  readonly reasons: readonly string[];
}

export interface Killed {
  readonly substation: string;
  /** When, in seconds from the beginning. */
  readonly atSeconds: number;
  /** Sessions that it had then. */
  readonly sessions: number;
}

/** What was published, of one rush hour. How the mean can be below what a charge takes, and what the efficiency is, is not said there. */
export const PUBLISHED = {
  source: 'the published report of a smart-grid load balancer',
  workload: '"50 concurrent" requests "at 10 per second", 3 substations, charges of 1 to 3 s',
  requests: 50,
  successful: 50,
  meanSeconds: 1.2,
  loadDistributionEfficiency: 0.95,
} as const;

export interface Facts extends Pick<Result, 'how' | 'algorithm' | 'seconds' | 'killed' | 'curves' | 'scraped'> {
  readonly outcomes: readonly Outcome[];
  readonly substations: readonly string[];
  /** Vehicles as the substations charged them, one entry for each charge. */
  readonly charged: readonly string[];
}

export function resultOf({ outcomes, substations, charged, ...facts }: Facts): Result {
  const right = outcomes.filter(({ status, substation }) => status === 200 && substation !== '');
  const charges = Object.fromEntries(
    substations.map((name) => [name, right.filter(({ substation }) => substation === name).length]),
  );
  return {
    ...facts,
    requests: outcomes.length,
    successful: right.length,
    times: timesOf(right.map(({ seconds }) => seconds)),
    charges,
    evenCharges: evenness(Object.values(charges)),
    evenSessions: evennessOverTime(facts.curves),
    chargedTwice: charged.length - new Set(charged).size,
    reasons: [...new Set(outcomes.filter(({ status }) => status !== 200).map(({ why }) => why))],
  };
}

const HEAD = [
  'rush hour',
  'algorithm',
  'requests',
  'successful',
  'mean s',
  'p95 s',
  'max s',
  'all in s',
  'charges of each',
  'evenness of charges',
  'of sessions',
];

/** The table, with the published figures as its last line. */
export function resultTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    titleOf(result),
    `\`${result.algorithm}\``,
    String(result.requests),
    String(result.successful),
    ...[result.times.mean, result.times.p95, result.times.max, result.seconds].map((time) => time.toFixed(2)),
    Object.values(result.charges).join(' '),
    result.evenCharges.toFixed(2),
    result.evenSessions.toFixed(2),
  ]);
  const { requests, successful, meanSeconds, loadDistributionEfficiency } = PUBLISHED;
  const published = ['published', '–', requests, successful, meanSeconds.toFixed(2), '–', '–', '–', '–'];
  const efficiency = `${loadDistributionEfficiency.toFixed(2)}, not defined`;
  return table(HEAD, [...rows, [...published.map(String), efficiency, '–']], (column) => column > 1);
}

/** Sessions of each substation over time for each rush hour under the first algorithm, and what each substation charged. */
export function resultPicture(all: readonly Result[]): string {
  const results = all.filter(({ algorithm }) => algorithm === all[0]?.algorithm);
  const names = Object.keys(results[0]?.charges ?? {}).map((name, i) => ({ name, color: colorOf(i) }));
  const xMax = Math.max(...results.map(({ seconds }) => seconds));
  const yMax = Math.max(
    ...results.flatMap(({ curves }) =>
      Object.values(curves)
        .flat()
        .map(([, value]) => value),
    ),
  );
  const perHour = results.map((result): Chart => ({
    kind: 'lines',
    title: titleOf(result),
    x: 'seconds',
    y: 'active sessions',
    xMax,
    yMax,
    series: names.flatMap(({ name, color }) => [
      { name, color, look: 'step' as const, points: result.curves[name] ?? [] },
      { name: '', color, look: 'dots' as const, points: within(result.scraped[name] ?? [], result.seconds) },
    ]),
    marks: result.killed ? [{ x: result.killed.atSeconds, text: `${result.killed.substation} killed` }] : [],
  }));
  const shares: Chart = {
    kind: 'bars',
    title: 'Distribution of requests',
    y: 'charges',
    names,
    groups: results.map((result) => ({ name: titleOf(result), values: Object.values(result.charges) })),
  };
  const title = 'Active sessions of three substations in the rush hour, and how many requests each of them served';
  return picture(title, [...perHour, shares], 2);
}

function titleOf({ how, killed }: Result): string {
  return `${how}${killed ? ', one killed' : ''}`;
}

function within(points: readonly Point[], seconds: number): readonly Point[] {
  return points.filter(([x]) => x >= 0 && x <= seconds);
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? COLORS[0];
}
