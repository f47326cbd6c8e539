// The pool with each algorithm against the naive account in test/support/pool-twin.ts, under any sequence of what can happen to it:
// the same pick each time, sums equal to the open leases, every lease settled once, nothing left when all is settled.
import { expect } from 'chai';
import fc from 'fast-check';
import { ALGORITHMS, algorithmNames } from '../../src/master/balancing/registry.ts';
import type { LeaseOutcome } from '../../src/master/pool/lease.ts';
import { MEMBER_EVENTS, type MemberEvent } from '../../src/master/pool/member-state.ts';
import type { OfferedGroup } from '../../src/master/pool/pool.ts';
import { holds } from '../support/holds.ts';
import { PoolTwin } from '../support/pool-twin.ts';
import type { TwinMember } from '../support/twin-records.ts';

const GROUPS = ['compute', 'extra'];
const MEMBERS_MAX = 12;

// Amounts that doubles add and multiply exactly, so that the account may compare with ===. Small, so that ties and limits are met often.
const weight = fc.integer({ min: 1, max: 40 });
const maxLoad = fc.constantFrom(20, 40, 60, 60, 100, 1000);
const cpuLoad = fc.constantFrom(0, 0.25, 0.5, 1, 1, 1.5, 2, 8);
const slots = fc.integer({ min: 0, max: 4 });
const group = fc.constantFrom(...GROUPS);
const offers = fc
  .tuple(fc.constantFrom(['compute'], ['compute'], ['compute'], ['extra'], GROUPS), slots)
  .map(([names, count]): OfferedGroup[] => names.map((name) => ({ name, slots: count })));
/** Which of the members or leases that are there; taken modulo how many there are. */
const which = fc.nat(1000);
/** Mostly nobody. */
const seldom = fc.oneof({ weight: 3, arbitrary: fc.constant(MEMBERS_MAX) }, { weight: 1, arbitrary: fc.nat(3) });
const outcome = fc.constantFrom<LeaseOutcome[]>(
  'ok',
  'ok',
  'failed',
  'refused',
  'recalled',
  'cancelled',
  'lost',
  'expired',
);
// Of loads that members report: near each other, and whole multiples of a power of two.
const reported = fc.integer({ min: 0, max: 24 }).map((eighths) => eighths / 8);
const drawn = fc.option(
  fc.integer({ min: 0, max: 63 }).map((part) => part / 64),
  { nil: undefined },
);

type Step =
  | { do: 'join'; maxLoad: number; cpuLoad: number; offers: readonly OfferedGroup[] }
  | { do: 'pick'; weight: number; group: string; avoid: number; without: number }
  | { do: 'settle'; which: number; outcome: LeaseOutcome }
  | { do: 'report'; which: number; cpuLoad: number; foreign: number }
  | { do: 'load'; which: number; load: number }
  | { do: 'ask'; which: number; group: string }
  | { do: 'answer'; which: number; load: number; group: string }
  | { do: 'rules'; equalWithin: number; drawn: number | undefined }
  | { do: 'slots'; which: number; slots: number; group: string }
  | { do: 'max-load'; which: number; maxLoad: number }
  | { do: 'offers'; which: number; offers: readonly OfferedGroup[] }
  | { do: 'event'; which: number; event: MemberEvent }
  | { do: 'algorithm'; name: string }
  | { do: 'own-algorithm'; name: string | undefined; group: string };

/** One kind of step, so many times as often as a kind with frequency 1. */
function kind<K extends Step['do']>(
  frequency: number,
  name: K,
  fields: { [F in Exclude<keyof Extract<Step, { do: K }>, 'do'>]: fc.Arbitrary<Extract<Step, { do: K }>[F]> },
): fc.WeightedArbitrary<Step> {
  const named: Readonly<Record<string, fc.Arbitrary<unknown>>> = fields;
  return { weight: frequency, arbitrary: fc.record(named).map((given) => ({ do: name, ...given }) as unknown as Step) };
}

const KINDS = [
  kind(3, 'join', { maxLoad, cpuLoad, offers }),
  kind(12, 'pick', { weight, group, avoid: seldom, without: seldom }),
  kind(7, 'settle', { which, outcome }),
  kind(3, 'report', { which, cpuLoad, foreign: fc.nat(30) }),
  kind(2, 'load', { which, load: reported }),
  kind(2, 'ask', { which, group }),
  kind(2, 'answer', { which, load: reported, group }),
  kind(1, 'rules', { equalWithin: fc.constantFrom(0, 0, 0.125, 1, 20), drawn }),
  kind(2, 'slots', { which, slots, group }),
  kind(1, 'max-load', { which, maxLoad }),
  kind(1, 'offers', { which, offers }),
  kind(2, 'event', { which, event: fc.constantFrom(...MEMBER_EVENTS) }),
  kind(3, 'event', { which, event: fc.constant('answered' as const) }),
];
const step = fc.oneof(...KINDS);
const algorithm = fc.constantFrom(...algorithmNames());
const stepOrSwitch = fc.oneof(
  ...KINDS,
  kind(3, 'algorithm', { name: algorithm }),
  kind(3, 'own-algorithm', { name: fc.option(algorithm, { nil: undefined }), group }),
);

type MemberStep = Exclude<Extract<Step, { which: number }>, { do: 'settle' }>;

function apply(twin: PoolTwin, each: Step): void {
  if (each.do === 'pick') {
    const [avoid, without] = [each.avoid, each.without].map((index) => twin.members[index]);
    twin.pick(each.weight, each.group, { avoid, without });
  } else if (each.do === 'own-algorithm') twin.setGroupAlgorithm(each.group, each.name);
  else if (each.do === 'rules') twin.setRules(each);
  else if (each.do === 'algorithm') twin.setAlgorithm(each.name);
  else if (each.do === 'join') {
    if (twin.members.length < MEMBERS_MAX) twin.join(each);
  } else if (each.do === 'settle') {
    const lease = twin.open[each.which % twin.open.length];
    if (lease !== undefined) twin.settle(lease, each.outcome);
  } else {
    const member = twin.members[each.which % twin.members.length];
    if (member !== undefined) change(twin, member, each);
  }
}

function change(twin: PoolTwin, member: TwinMember, each: MemberStep): void {
  if (each.do === 'report') twin.report(member, each.cpuLoad, each.foreign);
  else if (each.do === 'load') twin.reportLoad(member, each.load);
  else if (each.do === 'ask') twin.askLoad(member, each.group);
  else if (each.do === 'answer') twin.answerLoad(member, each.load, each.group);
  else if (each.do === 'slots') twin.setSlots(member, each.slots, each.group);
  else if (each.do === 'max-load') twin.setMaxLoad(member, each.maxLoad);
  else if (each.do === 'offers') twin.setOffers(member, each.offers);
  else twin.event(member, each.event);
}

/** Settles what is open and expects that nothing is in flight any more. */
function finish(twin: PoolTwin): void {
  for (const member of twin.members) twin.report(member, 1, 0);
  const all = twin.open.map(({ member }) => member.real).concat(twin.members.map(({ real }) => real));
  while (twin.open.length > 0) twin.settle(twin.open[0]!);
  twin.check();
  for (const real of all) expect([real.leases, real.leasedWeight]).to.deep.equal([0, 0]);
}

function run(twin: PoolTwin, steps: readonly Step[]): void {
  for (const each of steps) {
    apply(twin, each);
    twin.check();
  }
  finish(twin);
}

describe('pool', () => {
  for (const { name } of ALGORITHMS) {
    it(`picks by ${name} as the naive reference does, and keeps its sums, whatever happens`, () => {
      const steps = fc.array(step, { maxLength: 120, size: 'max' });
      holds(
        fc.property(steps, (given) => run(new PoolTwin(name), given)),
        200,
      );
    });
  }

  it('picks as the naive references do while the algorithm is switched in between', () => {
    const start = fc.constantFrom(...algorithmNames());
    holds(
      fc.property(start, fc.array(stepOrSwitch, { maxLength: 120, size: 'max' }), (name, given) =>
        run(new PoolTwin(name), given),
      ),
      300,
    );
  });

  it('has exactly no weight in flight when idle, though sums of fractions drift', () => {
    const fractions = fc.array(fc.double({ min: 1, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 });
    holds(
      fc.property(fractions, fc.array(which, { minLength: 40, maxLength: 40 }), (weights, order) => {
        const twin = new PoolTwin('first-available');
        const { real } = twin.join({ slots: 100 });
        const leases = weights.map((each) => twin.pool.pick('compute', each)!);
        for (const at of order) {
          const [lease] = leases.splice(at % Math.max(1, leases.length), 1);
          if (lease !== undefined) twin.pool.settle(lease, 'ok');
          expect(real.weight).to.be.at.least(0);
        }
        expect([real.leases, real.weight, real.load]).to.deep.equal([0, 0, 0]);
      }),
      200,
    );
  });
});
