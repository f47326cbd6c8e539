import { expect } from 'chai';
import {
  decide,
  NEW_SCALE,
  type Decision,
  type ReplicaFacts,
  type ScaleFacts,
} from '../../../../src/master/autoscale/decide.ts';

const RULES = { min: 1, max: 8, idleAfterMs: 10_000 };

/** As many of each phase as said; those that are ready idle. */
function replicas(counts: Partial<Record<ReplicaFacts['phase'], number>>): ReplicaFacts[] {
  return Object.entries(counts).flatMap(([phase, count]) =>
    Array.from({ length: count }, (_, n) => ({
      ...{ id: `${phase}-${n}`, phase: phase as ReplicaFacts['phase'], idle: true },
    })),
  );
}

function factsOf(facts: Partial<ScaleFacts>): ScaleFacts {
  return { replicas: [], waiting: 0, canTake: true, slotsEach: 2, held: undefined, ...facts };
}

const now = (facts: Partial<ScaleFacts>): Decision => decide(RULES, NEW_SCALE, factsOf(facts), 0);

describe('a decision about replicas', () => {
  it('starts as many as what waits needs', () => {
    expect(now({ replicas: replicas({ ready: 2 }), waiting: 5, canTake: false })).to.include({
      ...{ start: 3, wanted: 5, reason: '5 wait and nobody has room: 3 more' },
    });
  });

  it('starts none while somebody has room', () => {
    expect(now({ replicas: replicas({ ready: 2 }), waiting: 5 })).to.include({ start: 0, wanted: 2 });
  });

  it('counts on those that are on their way, and not on those that are unwell', () => {
    expect(now({ replicas: replicas({ ready: 2, starting: 3 }), waiting: 5, canTake: false })).to.include({
      ...{ start: 0, reason: '5 wait and nobody has room; 3 more are on their way' },
    });
    expect(now({ replicas: replicas({ unwell: 3 }), waiting: 5, canTake: false })).to.include({ start: 3 });
  });

  it('leaves room under the maximum for those that still leave', () => {
    expect(now({ replicas: replicas({ ready: 2, leaving: 6 }), waiting: 50, canTake: false })).to.include({
      ...{ start: 0, wanted: 8, reason: '50 wait and nobody has room; some are still leaving' },
    });
    expect(now({ replicas: replicas({ ready: 2, leaving: 5 }), waiting: 50, canTake: false }).start).to.equal(1);
  });

  it('has its minimum beside those that leave, however many they are', () => {
    expect(now({ replicas: replicas({ leaving: 8 }) })).to.include({ start: 1, wanted: 1 });
    expect(now({ replicas: replicas({ ready: 1, leaving: 8 }), waiting: 9, canTake: false }).start).to.equal(0);
  });

  it('drains down to a maximum that is smaller than what is there: first who takes no work, then who is idle', () => {
    const there = replicas({ ready: 9, starting: 1, unwell: 1 });
    const busy = there.map((each) => ({ ...each, idle: each.id > 'ready-6' }));
    expect(now({ replicas: busy, waiting: 9, canTake: false, held: 'never mind' })).to.deep.include({
      ...{ start: 0, drain: ['unwell-0', 'starting-0', 'ready-8'], wanted: 8 },
      reason: '11 are there, but 8 is the most allowed: 3 fewer',
    });
    expect(now({ replicas: busy.slice(0, 9) }).drain).to.deep.equal(['ready-8']);
  });

  it('is a number, whatever it is told', () => {
    for (const odd of [NaN, -1]) {
      const { start, wanted } = now({ replicas: replicas({ ready: 2 }), waiting: odd, slotsEach: odd, canTake: false });
      expect([start, wanted]).to.deep.equal([0, 2]);
    }
    for (const slotsEach of [NaN, 0, Infinity])
      expect(now({ waiting: 3, slotsEach, canTake: false }).start).to.be.within(1, 3);
    expect(now({ replicas: replicas({ ready: 2 }), waiting: Infinity, canTake: false })).to.include({
      start: 4,
      wanted: 8,
    });
  });

  it('starts none while it is held, and says why', () => {
    expect(now({ held: 'the next try is in 4 s' })).to.include({
      ...{ start: 0, wanted: 1, reason: '0 of at least 1 are there; the next try is in 4 s' },
    });
  });

  it('begins the time of all that are idle anew when some are started', () => {
    const idle = replicas({ ready: 3 });
    const first = decide(RULES, NEW_SCALE, factsOf({ replicas: idle }), 0);
    const risen = decide(RULES, first.state, factsOf({ replicas: idle, waiting: 1, canTake: false }), 9000);
    expect(risen.start).to.equal(1);
    expect(decide(RULES, risen.state, factsOf({ replicas: idle }), 18_000).drain).to.deep.equal([]);
    expect(decide(RULES, risen.state, factsOf({ replicas: idle }), 19_000).drain).to.deep.equal(['ready-2', 'ready-1']);
  });
});
