// How many steps of `burn` a millisecond of this machine holds, to compare with BURN_STEPS_PER_MS.
import { BURN_STEPS_PER_MS, burnSteps } from '../src/common/task-types/built-in/burn.ts';

const STEPS = 50_000_000;
const ROUNDS = 7;

burnSteps(1, STEPS);
const perMs = Array.from({ length: ROUNDS }, () => {
  const started = performance.now();
  burnSteps(1, STEPS);
  return STEPS / (performance.now() - started);
}).sort((a, b) => a - b);
const median = perMs[ROUNDS >> 1] ?? 0;
console.log(
  `steps per ms: ${Math.round(median).toString()} here (median of ${ROUNDS.toString()}), ${BURN_STEPS_PER_MS.toString()} assumed`,
);
