// Runs a fast-check property inside mocha. A failure prints the seed, the path and the smallest counterexample; the same run again:
// SEED=<seed> SEED_PATH=<path> npx mocha test/property/<file>.
import fc from 'fast-check';

/** Ends well before mocha's own limit, so that a failure is shrunk as far as there is time and then printed. */
const SECONDS_MAX = 30;

/** Throws when `property` does not hold for one of `runs` random values. */
export function holds<T>(property: fc.IPropertyWithHooks<T>, runs: number): void {
  const { SEED: seed, SEED_PATH: path } = process.env;
  fc.assert(property, {
    numRuns: runs,
    interruptAfterTimeLimit: SECONDS_MAX * 1000,
    includeErrorInReport: true,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  });
}
