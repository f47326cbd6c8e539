// A pool of very many members in situations that are hard on a search, and a stopwatch for its picks: used by bench/pick.ts and by
// the test of the bound.
import { seededRandom } from '../../src/common/random/random.ts';
import type { Algorithm } from '../../src/master/balancing/algorithm.ts';
import type { Lease } from '../../src/master/pool/lease.ts';
import { Pool } from '../../src/master/pool/pool.ts';
import { GROUP, profileOf } from './pool-twin.ts';

interface Situation {
  readonly name: string;
  /** Of 100 members, how many cannot take any of the tasks, and why. They joined first, and are the least loaded. */
  readonly keptOut?: 'by slots' | 'by max load';
}

export const SITUATIONS: readonly Situation[] = [
  { name: 'all have room' },
  { name: '90 % full by slots', keptOut: 'by slots' },
  { name: '90 % kept out by max load', keptOut: 'by max load' },
];

const KEPT_OUT_RATIO = 0.9;
const SLOTS = 10;
const TASK_WEIGHT_MIN = 50;
/** Leases open at once while measuring: half of all the slots when 90 % are kept out of 10 000. */
const HELD = 5000;
/** As slaves that take calls of clients offer it; nobody asks it here. */
const CALLS = { name: 'compute-calls', slots: Infinity };

/** `members` members in the given situation. Those that have slots have enough for all leases when the algorithm waits for one. */
export function crowdedPool(algorithm: Algorithm, members: number, { keptOut }: Situation): Pool {
  const random = seededRandom(1);
  const pool = new Pool(algorithm);
  for (let i = 0; i < members; i++) {
    const out = keptOut !== undefined && i < members * KEPT_OUT_RATIO;
    const small = out && keptOut === 'by max load';
    const slots = out && keptOut === 'by slots' ? 0 : algorithm.waits ? HELD + 1 : SLOTS;
    const maxLoad = small ? 1 + Math.floor(random() * (TASK_WEIGHT_MIN - 2)) : 1e6 + Math.floor(random() * 1e6);
    const member = pool.join(profileOf(`m${i}`, maxLoad), [{ name: GROUP, slots }, CALLS], 0);
    const foreignWeight = out ? 0 : Math.floor(random() * 1000);
    pool.report(member, { cpuLoad: random() * 1.5, memoryRatio: 0, foreignWeight, running: 0 });
  }
  return pool;
}

/** Loads that backends report, and how equals are taken. */
export const REPORTED = [
  { name: 'spread, exact', spread: 10, equalWithin: 0 },
  { name: 'spread, within 0.001', spread: 10, equalWithin: 0.001 },
  { name: 'all idle, within 0.001', spread: 0, equalWithin: 0.001 },
  { name: 'all within 0.001', spread: 0.001, equalWithin: 0.001 },
  { name: 'spread, drawn', spread: 10, equalWithin: 0.001, random: true },
  { name: 'all idle, drawn', spread: 0, equalWithin: 0.001, random: true },
] as const;

/** `members` members that report loads from 0 to the spread, without slots and max load to speak of. */
export function reportingPool(algorithm: Algorithm, members: number, reports: (typeof REPORTED)[number]): Pool {
  const random = seededRandom(1);
  const pool = new Pool(algorithm);
  const draw = 'random' in reports ? seededRandom(3) : undefined;
  pool.setRules(GROUP, { equalWithin: reports.equalWithin, draw });
  for (let i = 0; i < members; i++) {
    const member = pool.join(profileOf(`m${i}`, Infinity), [{ name: GROUP, slots: Infinity }], 0);
    pool.reportLoad(member, random() * reports.spread);
  }
  return pool;
}

/**
 * Microseconds per pick and settle together: the quickest of `rounds` rounds, since other work on the machine only ever adds. All the
 * while `held` leases are open; each pick is followed by the settle of any one of them. Throws when a pick finds nobody.
 */
export function measurePicks(pool: Pool, rounds: number, held = HELD): number {
  const random = seededRandom(2);
  const weights = Array.from({ length: held }, () => TASK_WEIGHT_MIN + Math.floor(random() * 50));
  const which = weights.map(() => Math.floor(random() * held));
  const open = weights.map((weight) => pickOne(pool, weight));
  let quickestUs = Infinity;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    for (let i = 0; i < held; i++) {
      const lease = pickOne(pool, weights[i]!);
      const at = which[i]!;
      pool.settle(open[at]!, 'ok');
      open[at] = lease;
    }
    quickestUs = Math.min(quickestUs, ((performance.now() - startMs) * 1000) / held);
  }
  return quickestUs;
}

function pickOne(pool: Pool, weight: number): Lease {
  const lease = pool.pick(GROUP, weight);
  if (lease === undefined) throw new Error('nobody was picked');
  return lease;
}
