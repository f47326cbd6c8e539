// A real Prometheus on loopback for tests: from a configuration text to answers of its HTTP API. It stores in a temporary folder
// and ends, by its own process id, with the tests at the latest.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { getJson } from './http.ts';
import { eventually } from './wait.ts';

export interface Series {
  /** With `__name__` when the expression kept it. */
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and infinities as Prometheus has them. */
  readonly value: number;
}

/** A target as Prometheus sees it. */
export interface Target {
  /** Of the series, as `job`, `instance`, `slave`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** Empty while scrapes succeed. */
  readonly lastError: string;
}

export interface PrometheusOptions {
  /** Where it listens: `host:port`, port 0 for one that the system chooses. */
  readonly listen?: string;
  /** Files beside the configuration, by name: what `file_sd_configs` with a relative path reads. */
  readonly files?: Readonly<Record<string, string>>;
  /** A command in front, such as `['ip', 'netns', 'exec', 'h1']`; it must exec what follows. */
  readonly prefix?: readonly string[];
}

const READY_LIMIT_MS = 15_000;
const running = new Set<Prometheus>();
process.on('exit', () => {
  for (const prometheus of running) {
    prometheus.kill();
    rmSync(prometheus.folder, { recursive: true, force: true });
  }
});

/** Why there can be no Prometheus here, as a sentence for the title of a skipped test; undefined when there can. */
export function whyNoPrometheus(): string | undefined {
  const { error, status } = spawnSync('prometheus', ['--version'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return undefined;
  return 'needs prometheus on the PATH (Debian package prometheus)';
}

/** Starts one with this configuration (YAML) and waits until it answers. */
export async function startPrometheus(config: string, options: PrometheusOptions = {}): Promise<Prometheus> {
  return new Prometheus(config, options).ready();
}

/** Ends every Prometheus that still runs: for `after` hooks. */
export async function stopPrometheus(): Promise<void> {
  await Promise.all([...running].map((prometheus) => prometheus.end()));
}

export class Prometheus {
  /** `http://host:port`, without a slash at the end; empty until it is ready. */
  url = '';
  /** Everything that it logged. */
  output = '';
  /** Holds prometheus.yml, `files` and the data; removed at the end. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'lanyard-prometheus-'));
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #ended = false;

  constructor(config: string, { listen = '127.0.0.1:0', files = {}, prefix = [] }: PrometheusOptions) {
    this.write('prometheus.yml', config);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    const [command, ...rest] = [
      ...prefix,
      'prometheus',
      `--config.file=${path.join(this.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(this.folder, 'data')}`,
      `--web.listen-address=${listen}`,
      '--web.enable-lifecycle',
    ];
    this.#child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(this);
    createInterface({ input: this.#child.stderr! }).on('line', (line) => (this.output += `${line}\n`));
    this.#closed = new Promise((resolve) => {
      this.#child.on('error', (error) => (this.output += `${error.message}\n`));
      this.#child.on('close', () => {
        this.#ended = true;
        running.delete(this);
        rmSync(this.folder, { recursive: true, force: true });
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async ready(): Promise<this> {
    const isUp = (): boolean => this.#ended || this.output.includes('Server is ready to receive web requests');
    await eventually('a Prometheus that is ready', isUp, READY_LIMIT_MS);
    const address = /msg="Listening on" address=(\S+)/.exec(this.output)?.[1];
    if (this.#ended || address === undefined) throw new Error(`Prometheus did not start:\n${this.output}`);
    this.url = `http://${address}`;
    return this;
  }

  /** Writes or replaces a file of its folder; `file_sd_configs` notice by themselves. */
  write(name: string, text: string): void {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** The series of an expression now; a scalar is one series without labels. Rejects with what Prometheus objects to. */
  async query(expr: string): Promise<Series[]> {
    const { resultType, result } = await this.#get<Result>(`query?query=${encodeURIComponent(expr)}`);
    if (resultType === 'scalar') return [{ labels: {}, value: Number(result[1]) }];
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Values of a label over the series of a selector: what a `label_values` variable of a board offers. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    return this.#get(`label/${label}/values?match[]=${encodeURIComponent(selector)}`);
  }

  /** Targets that are scraped now. */
  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.#get<{ activeTargets: Target[] }>('targets?state=active');
    return activeTargets;
  }

  /** Signals exactly this process. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** Ends it, removes its data, and waits until both are done. */
  async end(): Promise<void> {
    this.kill();
    await this.#closed;
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await getJson<{ data: T }>(`${this.url}/api/v1/${path}`);
    return answer.data;
  }
}

type Result =
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | { readonly resultType: 'vector'; readonly result: readonly Sample[] };

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}
