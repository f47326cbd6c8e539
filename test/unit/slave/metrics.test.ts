// A slave's page: what stands on it equals what it counts and holds.
import { expect } from 'chai';
import { slaveMetrics, type MetricSources } from '../../../src/slave/metrics.ts';
import { TaskCounters } from '../../../src/slave/task-counters.ts';
import { Metrics } from '../../support/metrics.ts';

describe("a slave's metrics", () => {
  const host = { cpuRatio: 0.25, memoryBytes: 1000, memoryUsedBytes: 600 };

  async function read(sources: Partial<MetricSources> = {}): Promise<Metrics> {
    const counters = new TaskCounters();
    const load = {
      currentLoad: () => 12.5,
      maxLoad: 100,
      running: () => 2,
      callsWaiting: () => 3,
      concurrency: 4,
      serving: {
        healthy: () =>
          [
            ['web', true],
            ['api', false],
          ] as const,
        tunnels: { open: 3, counters: { opened: 7, refused: 2 } },
      },
      joined: () => true,
    };
    return new Metrics((await slaveMetrics({ counters, host, ...load, ...sources }).read()).body);
  }

  it('show what it holds and the machine that it is on', async () => {
    const page = await read();
    const expected: [name: string, value: number][] = [
      ['current_load', 12.5],
      ['max_load', 100],
      ['tasks_running', 2],
      ['concurrency', 4],
      ['calls_waiting', 3],
      ['joined', 1],
      ['host_cpu_ratio', 0.25],
      ['host_memory_bytes', 1000],
      ['host_memory_used_bytes', 600],
    ];
    for (const [name, value] of expected) expect(page.sum(`lanyard_${name}`), name).to.equal(value);
    expect((await read({ joined: () => false })).sum('lanyard_joined')).to.equal(0);
  });

  it('tell how each service beside it is, and of its tunnels', async () => {
    const page = await read();
    expect(page.sum('lanyard_service_healthy', { service: 'web' })).to.equal(1);
    expect(page.byLabel('lanyard_service_healthy', 'service')).to.deep.equal(
      new Map([
        ['web', 1],
        ['api', 0],
      ]),
    );
    expect(page.sum('lanyard_tunnels_open')).to.equal(3);
    expect(page.sum('lanyard_tunnels_opened_total')).to.equal(7);
    expect(page.sum('lanyard_tunnels_refused_total')).to.equal(2);
  });

  it('count tasks by type and outcome, and time those that are done or failed', async () => {
    const counters = new TaskCounters();
    counters.requested = 5;
    counters.refused = 1;
    counters.finish('fib', 'done', 1500);
    counters.finish('fib', 'failed', 500);
    counters.finish('fib', 'cancelled', 10_000);
    counters.finish('burn', 'expired', 20_000);
    const page = await read({ counters });
    expect([page.sum('lanyard_tasks_requested_total'), page.sum('lanyard_tasks_refused_total')]).to.deep.equal([5, 1]);
    for (const outcome of ['done', 'failed', 'cancelled', 'expired'])
      expect(page.sum('lanyard_tasks_completed_total', { outcome }), outcome).to.equal(1);
    expect(page.sum('lanyard_tasks_completed_total', { type: 'fib' })).to.equal(3);
    expect(page.sum('lanyard_task_run_seconds_count')).to.equal(2);
    expect(page.sum('lanyard_task_run_seconds_sum', { type: 'fib' })).to.equal(2);
    expect(page.sum('lanyard_task_run_seconds_bucket', { type: 'fib', le: '0.5' })).to.equal(1);
  });

  it('count calls, and those refused by reason, all of which are there from the start', async () => {
    const counters = new TaskCounters();
    counters.calls = 4;
    counters.callsRefused.QUEUE_FULL = 2;
    const page = await read({ counters });
    expect(page.sum('lanyard_calls_accepted_total')).to.equal(4);
    const refused = page.samples().filter(({ name }) => name === 'lanyard_calls_refused_total');
    expect(refused.map(({ labels, value }) => [labels['reason'], value])).to.deep.equal([
      ['unknown_task_type', 0],
      ['bad_parameter', 0],
      ['too_heavy', 0],
      ['no_room', 0],
      ['queue_full', 2],
      ['draining', 0],
      ['deadline_passed', 0],
    ]);
  });

  it('have a hundred types at most beside the others, in every metric', async () => {
    const counters = new TaskCounters();
    for (let i = 0; i < 150; i++) counters.finish(`t${i}`, 'done', 1);
    const page = await read({ counters });
    for (const name of ['lanyard_tasks_completed_total', 'lanyard_task_run_seconds_count']) {
      const types = new Set(
        page.samples().flatMap(({ name: each, labels }) => (each === name ? [labels['type']] : [])),
      );
      expect(types.size, name).to.equal(101);
      expect(page.sum(name, { type: 'other' }), name).to.equal(50);
    }
  });
});
