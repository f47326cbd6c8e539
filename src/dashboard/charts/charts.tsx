// The three charts: what ends, how long it took, what waits.
import type { FeedState } from '../feed/feed-state.ts';
import { duration, shortNumber, tickDuration, wholeSeconds } from '../format.ts';
import { Fence } from '../parts/panel.tsx';
import type { Theme } from '../theme.ts';
import { Chart, type ChartProps } from './chart.tsx';
import type { Line } from './line.ts';
import { spanOf } from './series.ts';

const THROUGHPUT: readonly Line[] = [
  { name: 'done', label: 'done', colour: '--good', isFilled: true },
  { name: 'failed', label: 'failed', colour: '--bad' },
  { name: 'cancelled', label: 'cancelled', colour: '--muted', dash: [4, 3] },
  { name: 'expired', label: 'expired', colour: '--warn', dash: [2, 2] },
];
const LATENCY: readonly Line[] = [
  { name: 'p50Ms', label: 'p50', colour: '--accent', isFilled: true },
  { name: 'p95Ms', label: 'p95', colour: '--busy' },
  { name: 'p99Ms', label: 'p99', colour: '--muted', dash: [4, 3] },
];
const BACKLOG: readonly Line[] = [
  { name: 'queued', label: 'waiting', colour: '--warn', isFilled: true },
  { name: 'inFlight', label: 'in flight', colour: '--accent' },
];

export function Charts({ feed, theme }: { readonly feed: FeedState; readonly theme: Theme }) {
  const { samples, snapshot } = feed;
  if (snapshot === null) return null;
  const nowMs = snapshot.sample?.at ?? snapshot.at;
  const { fromMs, toMs } = spanOf(samples, nowMs);
  const all: Pick<ChartProps, 'samples' | 'nowMs' | 'theme'> = { samples, nowMs, theme };
  const span = wholeSeconds(Math.round((toMs - fromMs) / 60_000) * 60_000);
  return (
    <div class="charts" role="group" aria-label={`Charts of the last ${span}`}>
      <Fence>
        <Chart {...all} title="Throughput" unit="tasks a second" lines={THROUGHPUT} format={shortNumber} />
      </Fence>
      <Fence>
        <Chart
          {...all}
          title="Latency"
          unit="admission to answer"
          lines={LATENCY}
          format={duration}
          tick={tickDuration}
          isLogarithmic
        />
      </Fence>
      <Fence>
        <Chart {...all} title="Backlog" unit="tasks" lines={BACKLOG} format={shortNumber} />
      </Fence>
    </div>
  );
}
