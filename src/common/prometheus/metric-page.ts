// The page that Prometheus reads, made by prom-client from numbers that are kept elsewhere and read at the moment of the scrape.
// Nothing is stored between scrapes: what is gone vanishes, and two scrapes at once cannot disturb each other.
import { collectDefaultMetrics, Registry, type Gauge } from 'prom-client';
import type { Page } from '../http/page.ts';
import { TIME_BUCKETS, type TimeHistogram } from './histogram.ts';

export type Labels = Readonly<Record<string, string>>;

/** One series and its value now. */
export type Sample = readonly [labels: Labels, value: number];
/** A number stands for one series without labels. */
export type ReadSamples = () => number | Iterable<Sample>;
/** Series of a histogram. */
export type ReadHistograms = () => Iterable<readonly [labels: Labels, histogram: TimeHistogram]>;

/**
 * A line of the page as prom-client's registry wants it. The labels are part of the name already: the registry takes four times as
 * long to write them, and a page of 1000 members has 6000 lines.
 */
interface Line {
  readonly metricName: string;
  readonly labels: typeof NOTHING;
  readonly sharedLabels: typeof NOTHING;
  readonly value: number;
}
const NOTHING = Object.freeze({});

export class MetricPage {
  readonly #registry = new Registry();
  #current: Promise<Page> | undefined;

  /** A sum that only grows. `name` ends in `_total`. */
  counter(name: string, help: string, read: ReadSamples): void {
    this.#register('counter', name, help, () => linesOf(name, read()));
  }

  gauge(name: string, help: string, read: ReadSamples): void {
    this.#register('gauge', name, help, () => linesOf(name, read()));
  }

  /** Durations. `name` ends in `_seconds`. */
  histogram(name: string, help: string, read: ReadHistograms): void {
    this.#register('histogram', name, help, () => {
      return Array.from(read(), ([labels, histogram]) => histogramLines(name, labels, histogram)).flat();
    });
  }

  /** What runs here, and the process itself: CPU, memory, files, garbage collection (the only one that costs between scrapes). */
  aboutNode(node: 'master' | 'slave', version: string): void {
    this.gauge('lanyard_build_info', 'What runs here: always 1.', () => [[{ version, node }, 1]]);
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: NEVER_MS });
    for (const name of LEFT_OUT) this.#registry.removeSingleMetric(name);
  }

  /**
   * The page as it is now. All numbers are read at the same moment. Who asks in the same tick gets the same page: a chunk of a
   * socket may hold a thousand requests.
   */
  read(): Promise<Page> {
    if (this.#current === undefined) {
      this.#current = this.#make();
      setImmediate(() => (this.#current = undefined));
    }
    return this.#current;
  }

  async #make(): Promise<Page> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #register(type: string, name: string, help: string, lines: () => readonly Line[]): void {
    // All that the registry asks of a metric; its own classes would keep a second copy of every number.
    const metric = { type, name, help, get: () => Promise.resolve({ type, name, help, values: lines() }) };
    this.#registry.registerMetric(metric as unknown as Gauge);
  }
}

function linesOf(name: string, samples: number | Iterable<Sample>): Line[] {
  if (typeof samples === 'number') return [line(name, '', samples)];
  return Array.from(samples, ([labels, value]) => line(name, textOf(labels), value));
}

function histogramLines(name: string, labels: Labels, histogram: TimeHistogram): Line[] {
  const { count, sum } = histogram;
  const text = textOf(labels);
  const counts = histogram.cumulative();
  const bucket = (le: string, value: number): Line => {
    return line(`${name}_bucket`, text === '' ? `le="${le}"` : `${text},le="${le}"`, value);
  };
  return [
    ...TIME_BUCKETS.map((bound, i) => bucket(bound.toString(), counts[i] ?? 0)),
    bucket('+Inf', count),
    line(`${name}_sum`, text, sum),
    line(`${name}_count`, text, count),
  ];
}

function line(name: string, labels: string, value: number): Line {
  return { metricName: labels === '' ? name : `${name}{${labels}}`, labels: NOTHING, sharedLabels: NOTHING, value };
}

function textOf(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '' : ','}${name}="${escaped(labels[name] ?? '')}"`;
  return text;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** One sample per value, under one label. */
export function labelled(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}

/** Watching the event loop all the time takes 0.8 % of a core of an idle process: it is asked to look once in 24 days instead. */
const NEVER_MS = 2 ** 31 - 1;

/** Of prom-client's defaults: misnamed as `promtool check metrics` finds, and what only watching the event loop would tell. */
const LEFT_OUT = [
  ...['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`),
  ...['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map((what) => `nodejs_eventloop_lag_${what}_seconds`),
];
