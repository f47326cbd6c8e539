// The wheel against a list of deadlines: nothing fires early, nothing more than one tick late, what was removed never fires, and
// nothing of a fired or removed entry stays behind.
import { expect } from 'chai';
import fc from 'fast-check';
import { DeadlineWheel, NOT_IN_WHEEL, type WheelEntry } from '../../src/common/time/deadline-wheel.ts';
import { holds } from '../support/holds.ts';

const TICK_MS = 10;
/** The wheel has 1024 slots: deadlines of several rounds, and steps of time longer than one. */
const ROUND_MS = 1024 * TICK_MS;

interface Alarm extends WheelEntry {
  readonly name: number;
  deadlineMs: number;
  armedAtMs: number;
}

type Step =
  readonly [kind: 'add' | 'remove' | 'add-again', which: number, ms: number] | readonly ['advance', ms: number];

class Both {
  nowMs: number;
  readonly #wheel: DeadlineWheel<Alarm>;
  readonly #armed = new Set<Alarm>();
  readonly #idle: Alarm[] = [];
  #made = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
    this.#wheel = new DeadlineWheel(TICK_MS, startMs);
  }

  apply(step: Step): void {
    if (step[0] === 'advance') {
      this.advance(step[1]);
      return;
    }
    const [kind, which, ms] = step;
    if (kind === 'add') this.#add(this.#newAlarm(), ms);
    else if (kind === 'add-again') {
      const [alarm] = this.#idle.splice(which % Math.max(1, this.#idle.length), 1);
      if (alarm !== undefined) this.#add(alarm, ms);
    } else this.#remove([...this.#armed][which % this.#armed.size]);
    expect(this.#wheel.size).to.equal(this.#armed.size);
  }

  advance(byMs: number): void {
    this.nowMs += byMs;
    const { nowMs } = this;
    this.#wheel.advance(nowMs, (alarm) => {
      expect(this.#armed.delete(alarm), `alarm ${alarm.name} is armed`).to.be.true;
      expect(nowMs, `alarm ${alarm.name} is not early`).to.be.at.least(alarm.deadlineMs);
      this.#rest(alarm);
    });
    for (const { name, deadlineMs, armedAtMs } of this.#armed) {
      const latestMs = Math.max(deadlineMs, armedAtMs) + TICK_MS;
      expect(nowMs, `alarm ${name} is at most a tick late`).to.be.below(latestMs);
    }
    expect(this.#wheel.size).to.equal(this.#armed.size);
  }

  #newAlarm(): Alarm {
    const links = { wheelTick: NOT_IN_WHEEL, wheelPrevious: undefined, wheelNext: undefined };
    return { name: ++this.#made, deadlineMs: 0, armedAtMs: 0, ...links };
  }

  #add(alarm: Alarm, ms: number): void {
    alarm.deadlineMs = this.nowMs + ms;
    alarm.armedAtMs = this.nowMs;
    this.#wheel.add(alarm, alarm.deadlineMs);
    this.#armed.add(alarm);
  }

  #remove(alarm: Alarm | undefined): void {
    if (alarm === undefined) return;
    this.#wheel.remove(alarm);
    this.#armed.delete(alarm);
    this.#rest(alarm);
    this.#wheel.remove(alarm);
  }

  #rest(alarm: Alarm): void {
    const { wheelTick, wheelPrevious, wheelNext } = alarm;
    expect([wheelTick, wheelPrevious, wheelNext]).to.deep.equal([NOT_IN_WHEEL, undefined, undefined]);
    this.#idle.push(alarm);
  }
}

const which = fc.nat(100);
const waitMs = fc.oneof(
  fc.integer({ min: -50, max: 50 }),
  fc.integer({ min: 0, max: 3 * ROUND_MS }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(ROUND_MS - TICK_MS, ROUND_MS, ROUND_MS + TICK_MS),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('add' as const), which, waitMs) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('add-again' as const), which, waitMs) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), which, fc.constant(0)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('advance' as const), fc.nat(40)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('advance' as const), fc.nat(3 * ROUND_MS)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('advance' as const), fc.double({ min: 0, max: 25, noNaN: true })) },
);

describe('deadline wheel', () => {
  it('fires each deadline once, never early and at most a tick late, and forgets what is removed', () => {
    const startMs = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
    holds(
      fc.property(startMs, fc.array(step, { maxLength: 80, size: 'max' }), (start, steps) => {
        const both = new Both(start);
        for (const each of steps) both.apply(each);
        both.advance(4 * ROUND_MS);
      }),
      500,
    );
  });

  it('lets an entry that fires remove another that is due at the same time', () => {
    const wheel = new DeadlineWheel<Alarm>(TICK_MS, 0);
    const links = { wheelTick: NOT_IN_WHEEL, wheelPrevious: undefined, wheelNext: undefined };
    const alarms = [1, 2, 3].map((name): Alarm => ({ name, deadlineMs: 25, armedAtMs: 0, ...links }));
    for (const alarm of alarms) wheel.add(alarm, 25);
    const fired: Alarm[] = [];
    wheel.advance(30, (alarm) => {
      fired.push(alarm);
      for (const other of alarms) wheel.remove(other);
    });
    expect(fired).to.have.length(1);
    expect(wheel.size).to.equal(0);
  });

  it('lets an entry that fires arm itself again', () => {
    const wheel = new DeadlineWheel<Alarm>(TICK_MS, 0);
    const links = { wheelTick: NOT_IN_WHEEL, wheelPrevious: undefined, wheelNext: undefined };
    const alarm: Alarm = { name: 1, deadlineMs: 10, armedAtMs: 0, ...links };
    const firedAtMs: number[] = [];
    wheel.add(alarm, 10);
    for (let nowMs = 0; nowMs <= 100; nowMs += 5) {
      wheel.advance(nowMs, () => {
        firedAtMs.push(nowMs);
        wheel.add(alarm, nowMs + 30);
      });
    }
    expect(firedAtMs).to.deep.equal([10, 40, 70, 100]);
  });

  it('does not fire early what another entry arms again for later while both are due', () => {
    const wheel = new DeadlineWheel<Alarm>(TICK_MS, 0);
    const links = { wheelTick: NOT_IN_WHEEL, wheelPrevious: undefined, wheelNext: undefined };
    const [first, second] = [1, 2].map((name): Alarm => ({ name, deadlineMs: 25, armedAtMs: 0, ...links }));
    wheel.add(first!, 25);
    wheel.add(second!, 25);
    const fired: [name: number, atMs: number][] = [];
    for (const nowMs of [30, 500]) {
      wheel.advance(nowMs, (alarm) => {
        fired.push([alarm.name, nowMs]);
        const other = alarm === first ? second! : first!;
        if (nowMs > 30) return;
        wheel.remove(other);
        wheel.add(other, 400);
      });
    }
    expect(fired.map(([, atMs]) => atMs)).to.deep.equal([30, 500]);
  });
});
