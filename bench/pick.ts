// Microseconds of one pick (choose and reserve) and one settle together, at 10 000 members with 5000 leases open; the quickest of
// many rounds. The requirement (DESIGN §4) is 2 µs, also when most members are full or kept out by max load.
import { ALGORITHMS, findAlgorithm } from '../src/master/balancing/registry.ts';
import { crowdedPool, measurePicks, REPORTED, reportingPool, SITUATIONS } from '../test/support/crowded-pool.ts';

const MEMBERS = 10_000;
const ROUNDS = 60;
const WIDTHS = SITUATIONS.map(({ name }) => name.length + 3);

console.log(`µs per pick and settle at ${MEMBERS} members`);
console.log(' '.repeat(20) + SITUATIONS.map(({ name }, i) => name.padStart(WIDTHS[i]!)).join(''));
for (const algorithm of ALGORITHMS) {
  const cells = SITUATIONS.map((situation, i) => {
    const us = measurePicks(crowdedPool(algorithm, MEMBERS, situation), ROUNDS);
    return us.toFixed(2).padStart(WIDTHS[i]!);
  });
  console.log(algorithm.name.padEnd(20) + cells.join(''));
}

console.log('\nleast-load, reported loads');
for (const reports of REPORTED) {
  const us = measurePicks(reportingPool(findAlgorithm('least-load')!, MEMBERS, reports), ROUNDS);
  console.log(reports.name.padEnd(30) + us.toFixed(2).padStart(8));
}
