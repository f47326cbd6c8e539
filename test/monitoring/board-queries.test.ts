// Every PromQL of the boards against a real Prometheus that scrapes a real cluster. The cluster is scraped twice, as `lab` and as
// `other`, and two slaves differ by what a dot matches: a query that selects too much gives too many series. Of `remote` only the
// master is scraped, as by a Prometheus that leaves slaves to those on their own hosts.
import { expect } from 'chai';
import { Agent } from 'node:http';
import { queryPanels, type QueryPanel } from '../support/board-queries.ts';
import { startCluster, stopAll, type Cluster } from '../support/cluster.ts';
import {
  startPrometheus,
  stopPrometheus,
  whyNoPrometheus,
  type Prometheus,
  type Series,
} from '../support/prometheus.ts';
import { eventually, sleep } from '../support/wait.ts';
import type { Board } from '../../src/monitor/boards/board-spec.ts';
import { clusterBoard } from '../../src/monitor/boards/cluster-board.ts';
import { overviewBoard } from '../../src/monitor/boards/provisioned-board.ts';

const CLUSTER = 'lab';
const NAMES = ['s1', 'rack-1.node_2', 'rack-1xnode_2'];
/** In place of what Grafana makes of `$__rate_interval`. */
const RATE_INTERVAL_MS = 10_000;
const RATE_INTERVAL = `${RATE_INTERVAL_MS / 1000}s`;
const REQUEST_LINES = 4;
const PAUSE_MS = 10;
/** Prometheus takes up to five seconds to look at its targets, then rates need two scrapes. */
const FIRST_ANSWER_LIMIT_MS = 20_000;
const STEADY_LIMIT_MS = 30_000;

type Variables = Readonly<Record<string, string>>;

/** A configuration with both names of the cluster; JSON is YAML. */
function scrapeConfig({ master, slaves }: Cluster): string {
  const address = (url: string): string => new URL(url).host;
  const jobs = [CLUSTER, 'other'].flatMap((cluster) => [
    {
      job_name: `${cluster}-master`,
      static_configs: [{ targets: [address(master.url)], labels: { cluster } }],
    },
    {
      job_name: `${cluster}-slaves`,
      static_configs: slaves.map(({ metricsPort }, i) => ({
        targets: [`127.0.0.1:${metricsPort}`],
        labels: { cluster, slave: NAMES[i] },
      })),
    },
  ]);
  const remote = {
    job_name: 'remote-master',
    static_configs: [{ targets: [address(master.url)], labels: { cluster: 'remote' } }],
  };
  return JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [...jobs, remote] });
}

/** As Grafana does before it asks: the rate interval, then the board's variables. */
function substituted(expr: string, variables: Variables): string {
  let text = expr.replaceAll('$__rate_interval', RATE_INTERVAL);
  for (const [name, value] of Object.entries(variables)) text = text.replaceAll(`$${name}`, () => value);
  return text;
}

/** A value of a variable of several values, as Grafana's Prometheus source writes it into a query. */
function asRegex(value: string): string {
  return value.replaceAll(/[\\^$*+?.()|[\]{}]/g, String.raw`\\$&`);
}

describe('The queries of the boards', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let prometheus: Prometheus;
  let isLoaded = true;
  let idle: readonly string[] = ['never asked'];
  let lines: Promise<readonly PromiseSettledResult<void>[]> = Promise.resolve([]);

  async function load(agent: Agent): Promise<void> {
    while (isLoaded) {
      await cluster.master.get('/task?type=fib&n=80', { agent });
      await sleep(PAUSE_MS);
    }
  }

  before(async function () {
    const why = whyNoPrometheus();
    if (why !== undefined) {
      console.log(`    ${this.test?.parent?.title ?? ''}: ${why}`);
      this.skip();
    }
    cluster = await startCluster({ master: ['round-robin'], slaves: NAMES.map((name) => ['--name', name]) });
    prometheus = await startPrometheus(scrapeConfig(cluster));
    const scraped = async (): Promise<boolean> => {
      idle = await silentQueries();
      return idle.length === 0;
    };
    await eventually('two scrapes', scraped, FIRST_ANSWER_LIMIT_MS).catch(() => undefined);
    const agent = new Agent({ keepAlive: true, maxSockets: REQUEST_LINES });
    lines = Promise.allSettled(Array.from({ length: REQUEST_LINES }, () => load(agent)));
    const above0 = async (rate: string): Promise<number> => (await prometheus.query(`rate(${rate}[10s]) > 0`)).length;
    const known = async (): Promise<boolean> =>
      (await above0('lanyard_tasks_completed_total')) === 2 * NAMES.length &&
      (await above0('lanyard_picks_total')) === 3 * NAMES.length;
    await eventually('rates of all slaves, by themselves and by the master', known, FIRST_ANSWER_LIMIT_MS);
    // The first moments, in which a slave that still starts its thread gets less, leave every window.
    await sleep(RATE_INTERVAL_MS);
  });

  after(async () => {
    isLoaded = false;
    await stopPrometheus();
    const ends = await lines;
    await stopAll();
    // Without load there is nothing to answer: whoever looks at failures above should know.
    expect(ends.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
  });

  /** Asks every query of a panel and judges the series by what the panel is about. */
  async function answers(panel: QueryPanel, variables: Variables = {}): Promise<void> {
    for (const { expr, legendFormat } of panel.targets) {
      const query = substituted(expr, variables);
      expect(query).not.to.include('$');
      const series = await prometheus.query(query);
      const said = `${query} answered ${JSON.stringify(series)}`;
      expect(series, said).not.to.be.empty;
      expect(
        series.filter(({ value }) => !Number.isFinite(value)),
        said,
      ).to.be.empty;
      const [, label] = /\{\{(\w+)\}\}/.exec(legendFormat) ?? [];
      if (label === undefined) expect(series.length, said).to.equal(1);
      else expect(new Set(series.map(({ labels }) => labels[label])).size, said).to.equal(series.length);
      if (label === 'slave') expect(series.map(({ labels }) => labels['slave'])).to.have.members(NAMES);
    }
  }

  /** Queries of panels of single slaves that have no number now. */
  async function silentQueries(): Promise<string[]> {
    const queries = queryPanels(board)
      .filter(({ title }) => NAMES.some((name) => title.startsWith(`${name}: `)))
      .flatMap(({ targets }) => targets.map(({ expr }) => substituted(expr, {})));
    const answered = await Promise.all(queries.map((query) => prometheus.query(query)));
    return queries.filter((_, i) => !answered[i]!.some(({ value }) => Number.isFinite(value)));
  }

  it('of single slaves have numbers before anything has run', () => {
    expect(idle).to.deep.equal([]);
  });

  async function shown(board: Board, title: string, refId = 'A'): Promise<Series[]> {
    const panel = queryPanels(board).find((candidate) => candidate.title === title);
    const { expr } = panel!.targets.find((target) => target.refId === refId)!;
    return prometheus.query(substituted(expr, {}));
  }

  const slaves = NAMES.map((name) => ({ name, dataSource: 'any' }));
  const board = clusterBoard({ cluster: CLUSTER, clusterDataSource: 'any', slaves });

  for (const panel of queryPanels(board)) {
    it(`of "${panel.title}" give series with numbers, and a series for every slave where slaves are shown`, () =>
      answers(panel));
  }

  it('of the cluster need no metrics of slaves', async () => {
    const remote = clusterBoard({ cluster: 'remote', clusterDataSource: 'any', slaves: [] });
    for (const panel of queryPanels(remote)) await answers(panel);
  });

  it('give what the cluster is at', async () => {
    const states = (await shown(board, 'Members')).map(({ labels, value }) => [labels['state'], value]);
    expect(Object.fromEntries(states)).to.deep.equal({ ready: 3, suspect: 0, draining: 0 });
    expect((await shown(board, 'Algorithm')).map(({ labels }) => labels['algorithm'])).to.deep.equal(['round-robin']);
    expect((await shown(board, 'Tasks that end well'))[0]!.value).to.equal(1);
    expect((await shown(board, 'CPU of the master'))[0]!.value).to.be.within(0.001, 2);
  });

  it('give each slave its share of the requests, all together 1', async () => {
    const shares = await shown(board, 'Share of requests');
    for (const { value } of shares) expect(value).to.be.closeTo(1 / 3, 0.1);
    expect(shares.reduce((sum, { value }) => sum + value, 0)).to.be.closeTo(1, 1e-9);
  });

  it('give each slave the rates that the master has of it', async () => {
    const isThird = (part: number, whole: number): boolean => Math.abs(part / whole - 1 / 3) < 0.1;
    // Master and slaves are scraped at different moments: their rates agree once both windows are full of steady load.
    const agree = async (): Promise<boolean> => {
      const ended = await shown(board, 'Tasks per second');
      const done = ended.find(({ labels }) => labels['state'] === 'done')!.value;
      const panels = NAMES.map((name) => `${name}: tasks and load`);
      const rates = await Promise.all(panels.flatMap((title) => [shown(board, title, 'A'), shown(board, title, 'B')]));
      return rates.every(([rate]) => isThird(rate!.value, done));
    };
    await eventually('a third of the rate of the whole for each of three slaves', agree, STEADY_LIMIT_MS);
  });

  it('give the quantiles in their order, waiting and the way below the whole', async () => {
    const title = 'Time from admission to answer';
    const all = await Promise.all(['A', 'B', 'C', 'D', 'E'].map((refId) => shown(board, title, refId)));
    const [p50, p90, p99, waiting, way] = all.map(([series]) => series!.value);
    expect(p50).to.be.within(0, p90!);
    expect(p90).to.be.most(p99!);
    // The whole is seen later than its parts, so a window holds a few others of them.
    for (const part of [waiting, way]) expect(part).to.be.within(0, 1.2 * p99!);
  });

  describe('of the provisioned board', () => {
    const overview = overviewBoard('any');
    const { list } = overview['templating'] as { list: readonly { name: string; query: string }[] };

    /** The values that a variable offers: `label_values(<selector>, <label>)`. */
    async function values(name: string, variables: Variables): Promise<string[]> {
      const query = list.find((variable) => variable.name === name)!.query;
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
      return prometheus.labelValues(label, substituted(selector, variables));
    }

    it('find all clusters, and the slaves of one', async () => {
      expect(await values('cluster', {})).to.have.members([CLUSTER, 'other', 'remote']);
      expect(await values('slave', { cluster: CLUSTER })).to.have.members(NAMES);
    });

    for (const panel of queryPanels(overview)) {
      const slavesOfPanel = panel.title.startsWith('$slave') ? NAMES : ['-'];
      it(`give series with numbers for "${panel.title}"`, async () => {
        for (const name of slavesOfPanel) await answers(panel, { cluster: CLUSTER, slave: asRegex(name) });
      });
    }
  });
});
