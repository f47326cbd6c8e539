// Small valid messages of the feed, to be changed by tests.
import type { About, Sample, SlaveRow, Snapshot } from '../../src/common/feed/feed.ts';

export function sampleAt(at: number, change: Partial<Sample> = {}): Sample {
  const ended = { done: 0, failed: 0, cancelled: 0, expired: 0 };
  return { at, ...ended, p50Ms: null, p95Ms: null, p99Ms: null, queued: 0, inFlight: 0, ...change };
}

export function slaveRow(change: Partial<SlaveRow> = {}): SlaveRow {
  const figures = { load: 0, cpu: 0.1, memory: 0.2, weight: 0, maxLoad: 1e11, slots: 2, leases: 0, running: 0 };
  return { id: 's-1', name: 's1', address: '127.0.0.1:1', state: 'ready', ...figures, ...change };
}

export function snapshotOf(change: Partial<Snapshot> = {}): Snapshot {
  return {
    at: 1000,
    masterId: 'm1',
    algorithm: 'round-robin',
    slaves: [slaveRow()],
    queued: 0,
    inFlight: 0,
    totals: { done: 0, failed: 0, cancelled: 0, expired: 0 },
    sample: null,
    tasks: { running: [], queued: [], ended: [] },
    log: [],
    draining: false,
    ...change,
  };
}

export function aboutOf(change: Partial<About> = {}): About {
  return {
    cluster: 'lanyard',
    masterId: 'm1',
    masterName: 'host',
    version: '0.1.0',
    startedAt: 0,
    algorithms: [{ name: 'round-robin', picks: 'the next one' }],
    join: [],
    mayChange: true,
    whyNot: null,
    ...change,
  };
}
