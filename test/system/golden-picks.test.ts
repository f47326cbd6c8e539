// Golden sequences of picks through the real command line: one course of 44 tasks on four slaves, played under each algorithm. Its
// golden sequence is data; the naive reference, written from the table in DESIGN §4, and a real cluster must both give it. The
// course is such that slots, max load and CPU load (by file) all bear on it.
import { expect } from 'chai';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import { stopAll } from '../support/cluster.ts';
import { play } from '../support/golden-play.ts';
import { predict, type GoldenSlave, type GoldenStep } from '../support/golden-script.ts';

const SLAVES: readonly GoldenSlave[] = [
  { name: 'a', concurrency: 2, maxLoad: 90_000, cpuLoad: 1 },
  { name: 'b', concurrency: 3, maxLoad: 60_000, cpuLoad: 0.5 },
  { name: 'c', concurrency: 2, maxLoad: 120_000, cpuLoad: 2 },
  { name: 'd', concurrency: 3, maxLoad: 75_000, cpuLoad: 1 },
];

const SCRIPT: readonly GoldenStep[] = [
  ...[hold(5000), run(16), run(19), run(30), end(0), run(23), run(16), run(13), run(16), hold(30_000)],
  ...[['cpu', 'd', 0.5] as const, hold(23_000), end(1), run(16), end(2), run(33), run(28), run(24), run(40), run(29)],
  ...[hold(15_000), run(14), run(37), run(22), run(28), hold(10_000), hold(28_000), hold(24_000), hold(14_000)],
  ...[hold(24_000), hold(18_000), hold(38_000), end(10), hold(18_000), hold(26_000), hold(29_000), hold(24_000)],
  ...[end(8), end(12), hold(32_000), end(14), end(4), hold(31_000), hold(3000), hold(1000), hold(5500), hold(2000)],
  ...[hold(1000), hold(4500), hold(5500), hold(6000), hold(4500), hold(500)],
];

/**
 * One letter a task; a sequence that is shorter plays as much of the course. A new algorithm needs a line here, unless tasks wait for
 * one slave: the course is such that some would wait.
 */
const GOLDEN: Readonly<Record<string, string>> = {
  'first-available': 'aaaaaaaaaaaaaaaaaaaaaaaabbbccccdddabbbbccddd',
  'round-robin': 'abcdabcdabcdabcdabcdabcdabcdabdababcdbcdbdbd',
  'least-load': 'badabbbbbdbdbdbdbdddddacdbdabdacdcbbbbdddaac',
  'least-connections': 'abcdabcdabcdabcdabcdbcdbacdabcdaccbababb',
  'least-difference': 'bbbbbbbbbbbbbbbbbbbbbbbdddaaaacadaabbbbdcccd',
};

describe('golden picks', function () {
  this.timeout(60_000);
  afterEach(stopAll);

  it('exist for every algorithm that lets nobody wait for one slave, at least 40 tasks each', () => {
    const names = ALGORITHMS.filter(({ waits }) => !waits).map(({ name }) => name);
    expect(Object.keys(GOLDEN).sort()).to.deep.equal(names.sort());
    for (const sequence of Object.values(GOLDEN)) expect(sequence.length).to.be.at.least(40);
  });

  for (const [algorithm, sequence] of Object.entries(GOLDEN)) {
    it(`of ${algorithm} are what its naive reference makes of the table`, () => {
      expect(predict(algorithm, SLAVES, courseOf(sequence)).join('')).to.equal(sequence);
    });

    it(`of ${algorithm} are those of ./master ${algorithm} with four slaves`, async () => {
      const { slaves, held } = await play(algorithm, SLAVES, courseOf(sequence));
      expect(slaves.join('')).to.equal(sequence);
      expect(held.length).to.be.at.least(15);
      expect(held).to.deep.equal(held.map(([task]) => [task, sequence[task]]));
    });
  }
});

describe('picks of pick-first', function () {
  this.timeout(60_000);
  afterEach(stopAll);

  it('all go to the first slave, by its naive reference and by ./master pick-first', async () => {
    const script = [
      hold(5000),
      run(16),
      run(30),
      end(0),
      hold(30_000),
      run(23),
      hold(23_000),
      hold(15_000),
      hold(5000),
    ];
    expect(predict('pick-first', SLAVES, script).join('')).to.equal('aaaaaaaa');
    expect(() => predict('pick-first', SLAVES, [...script, hold(1)])).to.throw('task 9 fits nowhere');
    const { slaves } = await play('pick-first', SLAVES, script);
    expect(slaves.join('')).to.equal('aaaaaaaa');
  });
});

/** As much of the script as has a letter for each task. */
function courseOf(sequence: string): readonly GoldenStep[] {
  let tasks = 0;
  const end = SCRIPT.findIndex(([kind]) => (kind === 'hold' || kind === 'run') && ++tasks > sequence.length);
  return end === -1 ? SCRIPT : SCRIPT.slice(0, end);
}

function hold(weight: number): GoldenStep {
  return ['hold', weight];
}

function run(weight: number): GoldenStep {
  return ['run', weight];
}

function end(index: number): GoldenStep {
  return ['end', index];
}
