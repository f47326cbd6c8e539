// Reads a Prometheus text page into numbers that a test can ask for.
import { request } from './http.ts';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape. */
export class Metrics {
  readonly #samples: readonly Sample[];

  constructor(page: string) {
    this.#samples = page
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseSample);
  }

  /** Every line. */
  samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Sum over all samples of `name` whose labels include `labels`; 0 when there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels);
    return this.#samples
      .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** Values of all samples of `name` whose labels include `labels`, by the value of one label. */
  byLabel(name: string, label: string, labels: Readonly<Record<string, string>> = {}): ReadonlyMap<string, number> {
    const wanted = Object.entries(labels);
    const samples = this.#samples.filter(
      (sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
    );
    return new Map(samples.map(({ labels, value }) => [labels[label] ?? '', value]));
  }
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null) throw new Error(`not a metrics line: ${line}`);
  const labels = [...(match[2] ?? '').matchAll(/([a-zA-Z_]\w*)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
  return { name: match[1]!, labels: Object.fromEntries(labels) as Record<string, string>, value: Number(match[3]) };
}

/** Scrapes `http://…/metrics` below `baseUrl`. */
export async function scrape(baseUrl: string): Promise<Metrics> {
  const { status, body } = await request(`${baseUrl}/metrics`);
  if (status !== 200) throw new Error(`GET /metrics answered ${status}`);
  return new Metrics(body);
}
