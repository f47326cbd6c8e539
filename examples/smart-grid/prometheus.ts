// Prometheus beside the grid, when it is installed: scrapes master, gateway and substations every five seconds.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Point } from '../common/chart.ts';
import { Program } from '../common/programs.ts';
import type { Grid } from './grid.ts';

const ANSWER_MS = 5000;

/** The configuration of a Prometheus for this grid; `seconds`: how often it scrapes. */
export function prometheusConfig({ master, gateway, substations }: Grid, seconds: number): string {
  const job = (name: string, targets: readonly { url: string; labels: Readonly<Record<string, string>> }[]): string =>
    `  - job_name: ${name}
    static_configs:
${targets
  .map(({ url, labels }) => {
    const named = Object.entries(labels).map(([key, value]) => `          ${key}: ${JSON.stringify(value)}\n`);
    return `      - targets: ['${new URL(url).host}']\n${named.length > 0 ? `        labels:\n${named.join('')}` : ''}`;
  })
  .join('')}`;
  return `global:
  scrape_interval: ${seconds}s
scrape_configs:
${job('lanyard', [{ url: master, labels: {} }])}${job('gateway', [{ url: gateway, labels: {} }])}${job(
    'substation',
    substations.map(({ name, url }) => ({ url, labels: { substation: name } })),
  )}`;
}

export class Prometheus {
  /** http://host:port */
  url = '';
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'smart-grid-'));
  readonly #program: Program;

  private constructor(grid: Grid, seconds: number) {
    const config = path.join(this.#folder, 'prometheus.yml');
    writeFileSync(config, prometheusConfig(grid, seconds));
    const data = `--storage.tsdb.path=${path.join(this.#folder, 'data')}`;
    const args = [`--config.file=${config}`, data, '--web.listen-address=127.0.0.1:0'];
    this.#program = new Program('prometheus', args, { reads: 'stderr' });
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** Undefined when there is none on the PATH. */
  static async start(grid: Grid, seconds: number): Promise<Prometheus | undefined> {
    if (spawnSync('prometheus', ['--version']).status !== 0) return undefined;
    const prometheus = new Prometheus(grid, seconds);
    const address = await prometheus.#program.says(/msg="Listening on" address=(\S+)/, 'where it listens');
    await prometheus.#program.says(/Server is ready to receive web requests/, 'that it is ready');
    prometheus.url = `http://${address}`;
    return prometheus;
  }

  /** What it scraped of the sessions of each substation since then, in seconds from there. */
  async sessionsSince(beginMs: number): Promise<Readonly<Record<string, readonly Point[]>>> {
    const seconds = Math.max(1, Math.ceil((Date.now() - beginMs) / 1000));
    const url = new URL('/api/v1/query', this.url);
    url.searchParams.set('query', `substation_active_sessions[${seconds}s]`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { data } = (await answer.json()) as { data: { result: readonly Scraped[] } };
    return Object.fromEntries(
      data.result.map(({ metric, values }) => [
        metric.substation,
        values.map(([at, value]): Point => [at - beginMs / 1000, Number(value)]),
      ]),
    );
  }
}

interface Scraped {
  readonly metric: { readonly substation: string };
  /** Unix time in seconds, and the value as a text. */
  readonly values: readonly (readonly [number, string])[];
}
