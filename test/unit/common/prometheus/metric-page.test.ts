// The page for Prometheus: what it says for which numbers, and that nobody's reading disturbs another's.
import { expect } from 'chai';
import { TimeHistogram, TIME_BUCKETS } from '../../../../src/common/prometheus/histogram.ts';
import { labelled, MetricPage, type Sample } from '../../../../src/common/prometheus/metric-page.ts';
import { Metrics } from '../../../support/metrics.ts';

/** Of a page, the lines about one metric. */
async function linesOf(page: MetricPage, name: string): Promise<string[]> {
  await nextTick();
  const { body } = await page.read();
  return body.split('\n').filter((line) => line.replace(/^# (HELP|TYPE) /, '').startsWith(name));
}

describe('a page of metrics', () => {
  let page: MetricPage;

  beforeEach(() => {
    page = new MetricPage();
  });

  it('says what a metric is and its value at the moment of reading', async () => {
    let tasks = 1;
    page.counter('tasks_total', 'Tasks\nof "all" kinds.', () => tasks);
    page.gauge('load', 'Load.', () => 0.25);
    expect(await linesOf(page, 'tasks_total')).to.deep.equal([
      '# HELP tasks_total Tasks\\nof "all" kinds.',
      '# TYPE tasks_total counter',
      'tasks_total 1',
    ]);
    tasks = 7;
    expect(await linesOf(page, 'tasks_total')).to.include('tasks_total 7');
    expect(await linesOf(page, 'load')).to.deep.equal(['# HELP load Load.', '# TYPE load gauge', 'load 0.25']);
    expect((await page.read()).contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect((await page.read()).body.endsWith('\n')).to.be.true;
  });

  it('has a line per series with all its labels, whatever stands in them', async () => {
    const odd = 'a"b\\c\nd';
    page.gauge('load', 'Load.', () => [
      [{ slave: 'a', kind: 'x' }, 1],
      [{ slave: odd, kind: 'y' }, 2],
    ]);
    expect((await linesOf(page, 'load{')).sort()).to.deep.equal([
      'load{slave="a",kind="x"} 1',
      'load{slave="a\\"b\\\\c\\nd",kind="y"} 2',
    ]);
  });

  it('forgets a series that is gone', async () => {
    const values: Record<string, number> = { a: 1, b: 2 };
    page.gauge('load', 'Load.', () => labelled('slave', values));
    expect(await linesOf(page, 'load{')).to.have.length(2);
    delete values['a'];
    expect(await linesOf(page, 'load{')).to.deep.equal(['load{slave="b"} 2']);
  });

  it('shows a histogram as cumulative buckets, sum and count, under the labels of its series', async () => {
    const histogram = new TimeHistogram();
    for (const seconds of [0.002, 0.002, 7, 1000]) histogram.observe(seconds);
    page.histogram('wait_seconds', 'Wait.', () => [[{ type: 'fib' }, histogram]]);
    const metrics = new Metrics((await page.read()).body);
    const buckets = TIME_BUCKETS.map((le) => metrics.sum('wait_seconds_bucket', { type: 'fib', le: le.toString() }));
    expect(buckets).to.deep.equal([0, ...TIME_BUCKETS.slice(1, 12).map(() => 2), 3, 3, 3, 3]);
    expect(metrics.sum('wait_seconds_bucket', { type: 'fib', le: '+Inf' })).to.equal(4);
    expect(metrics.sum('wait_seconds_count', { type: 'fib' })).to.equal(4);
    expect(metrics.sum('wait_seconds_sum', { type: 'fib' })).to.be.closeTo(1007.004, 1e-9);
    expect(await linesOf(page, 'wait_seconds')).to.have.length(2 + TIME_BUCKETS.length + 3);
    expect(await linesOf(page, '# TYPE wait_seconds')).to.deep.equal([]);
    expect((await page.read()).body).to.include('# TYPE wait_seconds histogram');
  });

  it('shows every reader the same when several read at once, while the numbers change', async () => {
    let count = 0;
    page.counter('tasks_total', 'Tasks.', () => count);
    page.counter('ended_total', 'Ended.', () => labelled('state', { done: count, failed: count }));
    page.histogram('wait_seconds', 'Wait.', () => {
      const histogram = new TimeHistogram();
      for (let i = 0; i < count; i++) histogram.observe(1);
      return [[{}, histogram]];
    });
    page.aboutNode('slave', '1.2.3');
    const pages: Promise<{ readonly seen: number; readonly metrics: Metrics }>[] = [];
    for (let i = 0; i < 20; i++) {
      const seen = ++count;
      pages.push(page.read().then(({ body }) => ({ seen, metrics: new Metrics(body) })));
      await nextTick();
    }
    for (const { seen, metrics } of await Promise.all(pages)) {
      const shown = ['tasks_total', 'ended_total', 'wait_seconds_count', 'lanyard_build_info'];
      expect(shown.map((name) => metrics.sum(name))).to.deep.equal([seen, 2 * seen, seen, 1]);
      expect(metrics.sum('nodejs_version_info')).to.equal(1);
      const { user, system } = process.cpuUsage();
      expect(metrics.sum('process_cpu_seconds_total')).to.be.at.most((user + system) / 1e6);
    }
  });

  it('is made once for all who ask in one tick, such as the requests of one chunk', async () => {
    let made = 0;
    page.gauge('asked', 'Asked.', () => ++made);
    const bodies = await Promise.all(Array.from({ length: 1000 }, async () => (await page.read()).body));
    expect([new Set(bodies).size, made]).to.deep.equal([1, 1]);
    await nextTick();
    await page.read();
    expect(made).to.equal(2);
  });

  it('fails as a whole when a number cannot be read, and works again afterwards', async () => {
    let isBroken = true;
    page.gauge('load', 'Load.', () => {
      if (isBroken) throw new Error('not readable');
      return 1;
    });
    const error = await page.read().then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.equal('not readable');
    isBroken = false;
    expect(await linesOf(page, 'load')).to.include('load 1');
  });

  it('describes the process without what promtool objects to, and without what has to be watched all the time', async () => {
    page.aboutNode('master', '1.2.3');
    const { body } = await page.read();
    expect(body).to.include('lanyard_build_info{version="1.2.3",node="master"} 1');
    const metrics = new Metrics(body);
    for (const name of ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes', 'process_start_time_seconds']) {
      expect(metrics.sum(name), name).to.be.above(0);
    }
    const gauges = [...body.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name!);
    expect(gauges.filter((name) => name.endsWith('_total'))).to.deep.equal([]);
    expect(body).not.to.match(/eventloop_lag_(min|max|mean|stddev|p\d\d)_seconds/);
  });

  it('takes only one metric of a name', () => {
    page.gauge('load', 'Load.', (): Sample[] => []);
    expect(() => page.counter('load', 'Load.', () => 1)).to.throw('already been registered');
  });
});

function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
