// How long a slave waits for a master before it gives up.
import { expect } from 'chai';
import { ManualClock } from '../../../src/common/time/manual-clock.ts';
import { watchForOrphan } from '../../../src/slave/orphan-watch.ts';

describe('a slave without a master', () => {
  let clock: ManualClock;
  let joined: boolean;
  let orphaned: number[];

  function watch(limitMs: number | 'off'): void {
    const log = { warn: () => undefined };
    watchForOrphan(limitMs, { clock, log, joined: () => joined, onOrphan: () => orphaned.push(clock.nowMs()) });
  }

  beforeEach(() => {
    [clock, joined, orphaned] = [new ManualClock(), false, []];
  });

  it('gives up after its time, once, also when it never had one', () => {
    watch(60_000);
    clock.advance(59_000);
    expect(orphaned).to.deep.equal([]);
    clock.advance(600_000);
    expect(orphaned).to.deep.equal([60_000]);
  });

  it('does not give up while it has one, and begins anew when it loses it', () => {
    watch(60_000);
    joined = true;
    clock.advance(600_000);
    joined = false;
    clock.advance(59_000);
    joined = true;
    clock.advance(1000);
    joined = false;
    clock.advance(59_000);
    expect(orphaned).to.deep.equal([]);
    clock.advance(1000);
    expect(orphaned).to.deep.equal([720_000]);
  });

  it('waits for ever when that is off', () => {
    watch('off');
    clock.advance(1e9);
    expect(orphaned).to.deep.equal([]);
  });
});
