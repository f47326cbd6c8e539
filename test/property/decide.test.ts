// How many replicas there are, under any load, over simulated time.
import { expect } from 'chai';
import fc from 'fast-check';
import type { ScaleRules } from '../../src/master/autoscale/decide.ts';
import { play, type PlayedLook, type PlaySettings } from '../support/replica-play.ts';

/** Within so many milliseconds it may double, or grow by so many. */
const [GROWTH_SPAN_MS, GROWTH_MIN] = [15_000, 4];

const rules: fc.Arbitrary<ScaleRules> = fc
  .record({
    min: fc.integer({ min: 0, max: 5 }),
    room: fc.integer({ min: 0, max: 30 }),
    idle: fc.integer({ min: 2, max: 40 }),
  })
  .map(({ min, room, idle }) => ({ min, max: Math.max(1, min + room), idleAfterMs: idle * 1000 }));
const shape = fc.record({
  rules,
  serveMs: fc.integer({ min: 100, max: 20_000 }),
  slotsEach: fc.integer({ min: 1, max: 20 }),
  startMs: fc.integer({ min: 0, max: 10_000 }),
});
/** Arrivals and deaths, second by second. */
const load = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 120 });
const deathsOf = fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 2), { minLength: 1, maxLength: 120 });
const at = (list: readonly number[]) => (nowMs: number) => list[(nowMs / 1000) % list.length] ?? 0;

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: 200 });

const anyPlay = fc.tuple(shape, load, deathsOf).map(([settings, arrivals, deaths]) => {
  const all: PlaySettings = { ...settings, arrivals: at(arrivals), deaths: at(deaths) };
  return { settings: all, looks: play(all, 180_000) };
});
interface Wave {
  readonly onS: number;
  readonly offS: number;
  readonly rate: number;
}
/** So many seconds of load and so many without, over and over. */
const wave: fc.Arbitrary<Wave> = fc.record({
  onS: fc.integer({ min: 1, max: 40 }),
  offS: fc.integer({ min: 1, max: 60 }),
  rate: fc.integer({ min: 1, max: 80 }),
});
const WAVES = 4;

function playWaves(settings: Omit<PlaySettings, 'arrivals'>, { onS, offS, rate }: Wave): PlayedLook[] {
  const arrivals = (nowMs: number): number => ((nowMs / 1000) % (onS + offS) < onS ? rate : 0);
  return play({ ...settings, arrivals }, WAVES * (onS + offS) * 1000);
}

const started = (looks: readonly PlayedLook[]): number => looks.reduce((sum, { start }) => sum + start, 0);

describe('the number of replicas', () => {
  it('is never under the minimum and never over the maximum, whoever dies', () => {
    check(anyPlay, ({ settings, looks }) => {
      const { min, max } = settings.rules;
      for (const look of looks) {
        expect(look.staying, look.reason).to.be.within(min, max);
        // What still leaves has its place as long as it is there; but for the minimum.
        if (look.staying > min) expect(look.total, look.reason).to.be.at.most(max);
      }
    });
  });

  it('at most doubles, or grows by four, within 15 s; but for the minimum', () => {
    check(anyPlay, ({ settings, looks }) => {
      const span = GROWTH_SPAN_MS / 1000;
      looks.forEach((look, n) => {
        if (look.start === 0) return;
        const begin = looks[n - span];
        const before = begin === undefined ? 0 : begin.staying;
        const growth = started(looks.slice(Math.max(0, n - span + 1), n + 1));
        if (look.staying > settings.rules.min)
          expect(growth).to.be.at.most(Math.max(GROWTH_MIN, before, settings.rules.min + GROWTH_MIN));
        expect(look.staying).to.be.at.most(Math.max(settings.rules.min, before * 2, before + GROWTH_MIN));
      });
    });
  });

  it('reaches what is needed while the load lasts', () => {
    check(shape, (settings) => {
      const { min, max } = settings.rules;
      const looks = play({ ...settings, arrivals: (nowMs) => (nowMs === 0 ? 100_000 : 0) }, 120_000);
      const most = Math.max(...looks.map(({ staying }) => staying));
      // From GROWTH_MIN it doubles each span: 120 s are enough for 35, if the work lasts so long.
      if ((looks.at(-1)?.waiting ?? 0) > 0) expect(most).to.equal(Math.max(min, max));
    });
  });

  it('is the minimum in the end when there is no work', () => {
    check(fc.tuple(shape, load), ([settings, arrivals]) => {
      const { min, idleAfterMs } = settings.rules;
      const quiet = { ...settings, serveMs: Math.min(settings.serveMs, 2000) };
      const looks = play(
        { ...quiet, arrivals: (nowMs) => (nowMs < 60_000 ? at(arrivals)(nowMs) : 0) },
        60_000 + 60_000 + 4_000_000 / 10,
      );
      const done = looks.findLastIndex(({ waiting }) => waiting > 0);
      const afterMs = (looks.at(-1)?.atMs ?? 0) - (looks[done]?.atMs ?? 0);
      if (afterMs > 4 * idleAfterMs + 20_000) expect(looks.at(-1)?.total).to.equal(min);
    });
  });

  it('falls only when it has not changed for the idle time, under any square wave', () => {
    check(fc.tuple(shape, wave), ([settings, waves]) => {
      const looks = playWaves(settings, waves);
      const changes = looks.filter(({ start, drain }) => start > 0 || drain.length > 0);
      changes.forEach(({ drain, atMs }, n) => {
        const before = changes[n - 1];
        if (drain.length > 0 && before !== undefined)
          expect(atMs - before.atMs).to.be.at.least(settings.rules.idleAfterMs);
      });
    });
  });

  it('falls at most once in each wave of a square wave whose load is short against the idle time', () => {
    check(fc.tuple(shape, wave, fc.integer({ min: 0, max: 20_000 })), ([settings, waves, moreMs]) => {
      // Whoever is idle waits half that time again for the others: whoever was not needed at all goes with those that were.
      const spreadMs = waves.onS * 1000 + Math.max(settings.serveMs, settings.startMs) + 2000;
      const rules = { ...settings.rules, idleAfterMs: 2 * spreadMs + moreMs };
      const falls = playWaves({ ...settings, rules }, { ...waves, offS: 10 * waves.offS }).filter(
        ({ drain }) => drain.length > 0,
      );
      expect(falls.length, JSON.stringify(falls)).to.be.at.most(WAVES);
    });
  });

  it('does not change while the work stays the same', () => {
    check(fc.tuple(shape, fc.integer({ min: 1, max: 5 })), ([settings, rate]) => {
      const looks = play({ ...settings, serveMs: 500, arrivals: () => rate }, 400_000);
      const late = looks.slice(-100);
      const changes = late.filter(({ start, drain }) => start > 0 || drain.length > 0);
      expect(changes.length, JSON.stringify(changes)).to.be.at.most(0);
    });
  });
});
