// A minute of chaos: five hosts, thousands of tasks through both doors, every kind of fault three times, and nothing is lost.
// `make chaos` is the same for ten minutes.
import { expect } from 'chai';
import { runChaos } from '../support/chaos/chaos.ts';
import { chaosTable, chaosTotals } from '../support/chaos/table.ts';
import { faultsOf } from '../support/chaos/verdict.ts';
import { seeded } from '../support/seed.ts';

const DURATION_MS = 60_000;
const TASKS_MIN = 2000;

describe('chaos', function () {
  this.timeout(180_000);

  it('a minute of it loses no task, breaks no invariant and leaves nothing behind', () =>
    seeded(async (_random, seed) => {
      const again = `SEED=${seed.toString()} DURATION=${(DURATION_MS / 1000).toString()}s make chaos`;
      console.log(`      ${again}`);
      const run = await runChaos({ seed, durationMs: DURATION_MS, onProgress: () => undefined });
      for (const line of [...chaosTable(run), ...chaosTotals(run)]) console.log(`      ${line}`);
      expect(faultsOf(run), `${again} repeats it`).to.deep.equal([]);
      expect(run.account.entries.length).to.be.above(TASKS_MIN);
    }));
});
