// `make chaos`: a long run on a virtual LAN, with its table. DURATION=10m SEED=… REPORT=file in the environment; exit code 1 when
// anything was wrong.
import { writeFileSync } from 'node:fs';
import { parseDuration } from '../../src/common/config/duration.ts';
import { runChaos, type ChaosRun } from '../support/chaos/chaos.ts';
import { chaosTable, chaosTotals } from '../support/chaos/table.ts';
import { faultsOf } from '../support/chaos/verdict.ts';
import { missingFor } from '../runner/requirements.ts';
import { SUITES } from '../runner/suites.ts';

const DURATION_DEFAULT = '10m';

/** Reads the environment; a wrong one ends the process with code 2. */
function settings(): { readonly seed: number; readonly durationMs: number; readonly report: string | undefined } {
  const { SEED, DURATION = DURATION_DEFAULT, REPORT } = process.env;
  const seed = SEED === undefined || SEED === '' ? Math.floor(Math.random() * 2 ** 32) : Number(SEED);
  const durationMs = parseDuration(DURATION);
  if (durationMs !== undefined && Number.isInteger(seed) && seed >= 0) return { seed, durationMs, report: REPORT };
  console.error(`Expected SEED, a whole number, and DURATION, such as 60s or 10m; got ${SEED ?? ''} and ${DURATION}.`);
  process.exit(2);
}

function reportOf(run: ChaosRun, faults: readonly string[]): string[] {
  const again = `SEED=${run.seed} DURATION=${run.durationMs / 1000}s make chaos`;
  const verdict = faults.length === 0 ? 'Nothing was lost.' : `${faults.length} things are wrong:`;
  const facts = chaosTotals(run).map((fact) => `- ${fact}`);
  return [`Chaos: ${again}`, '', ...chaosTable(run), '', ...facts, '', verdict, ...faults.map((fault) => `- ${fault}`)];
}

async function main(): Promise<void> {
  const { seed, durationMs, report } = settings();
  const missing = missingFor(SUITES.find(({ name }) => name === 'chaos')!);
  if (missing !== undefined) {
    console.error(`make chaos ${missing}`);
    process.exit(2);
  }
  console.log(`SEED=${seed} DURATION=${durationMs / 1000}s make chaos repeats this run`);
  const run = await runChaos({ seed, durationMs, onProgress: (line) => console.log(line) });
  const faults = faultsOf(run);
  const lines = reportOf(run, faults);
  console.log(['', ...lines].join('\n'));
  if (report !== undefined && report !== '') writeFileSync(report, `${lines.join('\n')}\n`);
  process.exit(faults.length === 0 ? 0 : 1);
}

await main();
