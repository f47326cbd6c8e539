// The last 15 minutes, second by second, and what is kept of changes.
import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { ClusterLog, LOG_MAX } from '../../../../src/master/observe/cluster-log.ts';
import { History, SAMPLES_MAX, SAMPLE_MS } from '../../../../src/master/observe/history.ts';
import { LatencySketch } from '../../../../src/master/observe/latency-sketch.ts';

const EPOCH_MS = Date.UTC(2026, 0, 1);

describe('history', () => {
  const clock = new ManualClock();
  const totals = { done: 5, failed: 0, cancelled: 0, expired: 0 };
  const latencies = new LatencySketch();
  let depth = { queued: 0, inFlight: 0 };
  const time = { nowMs: () => clock.nowMs(), of: (ms: number) => EPOCH_MS + ms };
  const history = new History({ clock, time, totals, latencies, depth: () => depth });

  it('is of 15 minutes', () => {
    expect(SAMPLES_MAX * SAMPLE_MS).to.equal(15 * 60 * 1000);
  });

  it('has nothing in the first second', () => {
    clock.advance(999);
    expect([history.samples, history.latest, history.text]).to.deep.equal([[], null, '[]']);
  });

  it('counts what ended in each second, not before it', () => {
    Object.assign(totals, { done: 15, failed: 2, cancelled: 1, expired: 3 });
    for (let ms = 1; ms <= 100; ms++) latencies.observe(ms);
    depth = { queued: 7, inFlight: 4 };
    clock.advance(1);
    const [sample] = history.samples;
    const { p50Ms, p95Ms, p99Ms, ...rest } = sample!;
    const counts = { done: 10, failed: 2, cancelled: 1, expired: 3 };
    expect(rest).to.deep.equal({ at: EPOCH_MS + 1000, ...counts, queued: 7, inFlight: 4 });
    expect([p50Ms! / 50, p95Ms! / 95, p99Ms! / 99].every((ratio) => ratio > 0.99 && ratio < 1.01)).to.equal(true);
    clock.advance(1000);
    expect(history.latest).to.deep.equal({
      at: EPOCH_MS + 2000,
      ...{
        done: 0,
        failed: 0,
        cancelled: 0,
        expired: 0,
        p50Ms: null,
        p95Ms: null,
        p99Ms: null,
        queued: 7,
        inFlight: 4,
      },
    });
  });

  it('is made into text once a second', () => {
    const text = history.text;
    expect(JSON.parse(text)).to.deep.equal(history.samples);
    depth = { queued: 8, inFlight: 0 };
    expect(history.text).to.equal(text);
    clock.advance(1000);
    expect(JSON.parse(history.text)).to.deep.equal(history.samples);
  });

  it('keeps 15 minutes', () => {
    clock.advance(2000 * SAMPLES_MAX);
    expect(history.samples).to.have.length(SAMPLES_MAX);
    expect(history.samples[0]!.at).to.equal(EPOCH_MS + clock.nowMs() - (SAMPLES_MAX - 1) * 1000);
  });
});

describe('the log of the cluster', () => {
  it('numbers its entries without gaps and keeps the latest', () => {
    const log = new ClusterLog(() => 1.6);
    expect(log.text).to.equal('[]');
    for (let i = 1; i <= LOG_MAX + 3; i++) log.add({ what: 'algorithm', from: 'a', to: `b${i}` });
    expect(log.entries.map(({ n }) => n)).to.deep.equal(Array.from({ length: LOG_MAX }, (_none, i) => i + 4));
    expect(log.entries.at(-1)).to.deep.equal({
      n: LOG_MAX + 3,
      at: 2,
      what: 'algorithm',
      from: 'a',
      to: `b${LOG_MAX + 3}`,
    });
    expect(JSON.parse(log.text)).to.deep.equal(log.entries);
    log.add({ what: 'slave', name: 's', address: 'x', from: 'ready', to: 'gone', reason: 'died' });
    expect(JSON.parse(log.text)).to.deep.equal(log.entries);
  });
});
