// The main job: many clients at once, random tasks, every answer checked against an independent computation, and the slaves'
// own counters adding up to what was asked.
import { Agent } from 'node:http';
import { expect } from 'chai';
import { startCluster, stopAll } from '../support/cluster.ts';
import { inParallel } from '../support/http.ts';
import { backwards, fibonacci, primesUpTo } from '../support/reference.ts';
import { integer, seeded } from '../support/seed.ts';
import type { Random } from '../../src/common/random/random.ts';

const REQUESTS = 900;
const IN_FLIGHT = 64;
const LETTERS = Array.from('abcdefg hijk é ß 漢字 😀 👩‍🚀 &=+%#?');

interface Question {
  readonly query: string;
  readonly answer: string;
}

function randomQuestion(random: Random): Question {
  switch (integer(random, 0, 3)) {
    case 0: {
      const n = integer(random, 0, 300);
      return { query: `type=fib&n=${n}`, answer: fibonacci(n).toString() };
    }
    case 1: {
      const n = integer(random, 300, 5000);
      return { query: `n=${n}&type=fib`, answer: fibonacci(n).toString() };
    }
    case 2: {
      const n = integer(random, 0, 2000);
      return { query: `type=countprimes&n=${n}`, answer: primesUpTo(n).toString() };
    }
    default: {
      const text = Array.from(
        { length: integer(random, 0, 40) },
        () => LETTERS[integer(random, 0, LETTERS.length - 1)],
      );
      const given = text.join('');
      return { query: new URLSearchParams({ type: 'reverse', text: given }).toString(), answer: backwards(given) };
    }
  }
}

describe('64 clients with random tasks', () => {
  const agent = new Agent({ keepAlive: true });
  after(() => agent.destroy());
  after(stopAll);

  it('get the right answer to each, and the counters of the slaves add up to their requests', () =>
    seeded(async (random) => {
      const { master, slaves } = await startCluster({ slaves: [[], ['--concurrency', '2']] });
      await inParallel(REQUESTS, IN_FLIGHT, async () => {
        const { query, answer } = randomQuestion(random);
        const { status, body } = await master.get(`/task?${query}`, { agent });
        expect(status, body).to.equal(200);
        expect(body, query).to.equal(answer);
      });
      const pages = await Promise.all(slaves.map((slave) => slave.metrics()));
      const done = pages.map((page) => page.sum('lanyard_tasks_completed_total', { outcome: 'done' }));
      expect(done[0]! + done[1]!).to.equal(REQUESTS);
      expect(Math.min(...done), `each slave has its share of ${done.join(' + ')}`).to.be.above(REQUESTS / 10);
      const all = pages.map((page) => page.sum('lanyard_tasks_completed_total'));
      expect(all, 'nothing failed or was cancelled').to.deep.equal(done);
      const metrics = await master.metrics();
      expect(metrics.sum('lanyard_tasks_admitted_total')).to.equal(REQUESTS);
      expect(metrics.sum('lanyard_tasks_ended_total', { state: 'done' })).to.equal(REQUESTS);
      expect(metrics.sum('lanyard_attempts_in_flight')).to.equal(0);
      for (const { weight, leases } of await master.slaves()) expect([weight, leases]).to.deep.equal([0, 0]);
    }));
});
