// What a cluster in memory tells those who watch it: whatever a test puts there.
import type { History, Snapshot } from '../../src/common/feed/feed.ts';
import type { FeedView } from '../../src/master/doors/door.ts';

/** When everything in a fake cluster happened. */
export const AT = '2026-01-01T00:00:00.000Z';

/** A cluster of nobody that has done nothing, unless `change` says otherwise. */
export function fakeSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    at: Date.parse(AT),
    masterId: 'm1',
    algorithm: 'round-robin',
    slaves: [],
    ...{ queued: 0, inFlight: 0, totals: { done: 0, failed: 0, cancelled: 0, expired: 0 }, sample: null },
    tasks: { running: [], queued: [], ended: [] },
    ...{ log: [], draining: false },
    ...change,
  };
}

/** What the cluster tells those who watch it: whatever the test puts there. */
export class FakeFeed implements FeedView {
  now = fakeSnapshot();
  past: History = { samples: [], log: [] };
  /** How many snapshots were made. */
  made = 0;

  about(httpPort: number): ReturnType<FeedView['about']> {
    const names = { cluster: 'lanyard', masterId: 'm1', masterName: 'hall (m1)', version: '0.0.0' };
    const algorithms = [{ name: 'round-robin', picks: 'the next' }];
    const command = `curl -sO http://10.0.0.1:${httpPort}/slave.mjs && node slave.mjs`;
    const join = [{ network: 'eth0', address: '10.0.0.1', loopback: false, command }];
    return { ...names, startedAt: Date.parse(AT), algorithms, join };
  }

  history(): Buffer {
    return Buffer.from(JSON.stringify(this.past));
  }

  snapshot(): Snapshot {
    this.made++;
    return this.now;
  }
}
