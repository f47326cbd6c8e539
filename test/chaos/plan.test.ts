// The plan of a chaos run: every kind of fault often enough, spread, and never so much at once that nobody can work.
import { expect } from 'chai';
import { FAULT_KINDS, FAULTS, MASTER_FAULTS, paceFor, SLAVE_FAULTS } from '../support/chaos/faults.ts';
import { plan, SLAVES, SURVIVOR, type Strike } from '../support/chaos/plan.ts';

const SEEDS = Array.from({ length: 100 }, (_, i) => i * 7919);
const DURATIONS_MS = [60_000, 180_000, 600_000];

/** Calls `check` with plans of many seeds and durations; the message of a failure names them. */
function forPlans(check: (strikes: readonly Strike[], durationMs: number) => void): void {
  for (const durationMs of DURATIONS_MS) {
    for (const seed of SEEDS) {
      try {
        check(plan(seed, durationMs).strikes, durationMs);
      } catch (error) {
        if (error instanceof Error) error.message += ` (SEED=${seed}, ${durationMs} ms)`;
        throw error;
      }
    }
  }
}

/** When all is well again after this strike, by the plan. */
function wellMs(strike: Strike, durationMs: number): number {
  return strike.atMs + strike.lastsMs + FAULTS[strike.kind].recoveryMs(paceFor(durationMs));
}

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(42, 60_000)).to.deep.equal(plan(42, 60_000));
    expect(plan(42, 60_000)).not.to.deep.equal(plan(43, 60_000));
  });

  it('strikes with every kind at least three times', () => {
    forPlans((strikes) => {
      for (const kind of FAULT_KINDS) {
        expect(strikes.filter((strike) => strike.kind === kind).length, kind).to.be.at.least(3);
      }
    });
  });

  it('spreads each kind that strikes slaves over the whole run', () => {
    forPlans((strikes, durationMs) => {
      for (const kind of SLAVE_FAULTS) {
        const times = strikes.filter((strike) => strike.kind === kind).map(({ atMs }) => atMs);
        expect(Math.min(...times), kind).to.be.below(durationMs * 0.45);
        expect(Math.max(...times), kind).to.be.above(durationMs * 0.5);
      }
    });
  });

  it('is in order of time, and leaves time for recovery at the end', () => {
    forPlans((strikes, durationMs) => {
      const times = strikes.map(({ atMs }) => atMs);
      expect(times).to.deep.equal([...times].sort((a, b) => a - b));
      expect(times[0]).to.be.at.least(1000);
      for (const strike of strikes) expect(wellMs(strike, durationMs)).to.be.below(durationMs);
    });
  });

  it('strikes a slave again only when it has recovered', () => {
    forPlans((strikes, durationMs) => {
      for (let victim = 0; victim < SLAVES; victim++) {
        const own = strikes.filter((strike) => strike.victim === victim);
        expect(own.length).to.be.above(0);
        own.reduce((before, strike) => {
          expect(strike.atMs).to.be.at.least(wellMs(before, durationMs));
          return strike;
        });
      }
    });
  });

  it('leaves a slave that can work at every moment, and two of four at most', () => {
    forPlans((strikes, durationMs) => {
      const afflicted = strikes.map(({ atMs }) => {
        const during = strikes.filter((other) => other.atMs <= atMs && wellMs(other, durationMs) > atMs);
        return new Set(during.map(({ victim }) => victim).filter((victim) => victim !== undefined)).size;
      });
      expect(Math.max(...afflicted)).to.be.below(SLAVES);
      expect(afflicted.filter((count) => count > 2).length).to.be.below(strikes.length / 3);
    });
  });

  it('lets faults overlap', () => {
    forPlans((strikes) => {
      const overlaps = strikes.filter(({ atMs }, i) =>
        strikes.slice(0, i).some((one) => one.atMs + one.lastsMs > atMs),
      );
      expect(overlaps.length).to.be.above(2);
    });
  });

  it('strikes a new master only after the old one, and never ends the process of one slave', () => {
    forPlans((strikes, durationMs) => {
      const masters = strikes.filter(({ kind }) => (MASTER_FAULTS as readonly string[]).includes(kind));
      for (const [i, strike] of masters.entries()) {
        expect(strike.victim).to.equal(undefined);
        if (i > 0) expect(strike.atMs).to.be.at.least(wellMs(masters[i - 1]!, durationMs));
      }
      for (const { victim, kind } of strikes) if (FAULTS[kind].ends === true) expect(victim).not.to.equal(SURVIVOR);
    });
  });

  it('is refused for a time that is too short', () => {
    expect(() => plan(1, 20_000)).to.throw('too short');
  });
});
