// burn(ms): about that many milliseconds of CPU, as a fixed count of steps per millisecond and not by the clock, so that a busy
// or slow machine takes longer over it: what experiments about load need.
import { defineTaskType } from '../contract.ts';

/** Steps of the loop below that take a millisecond on a core of about 3 GHz (bench/burn.ts measures it). */
export const BURN_STEPS_PER_MS = 540_000;
const MS_MAX = 3_600_000;
const PROGRESS_EVERY_MS = 100;

export const burn = defineTaskType<{ ms: number }>({
  name: 'burn',
  description: 'About ms milliseconds of CPU, as a fixed number of steps: for load experiments.',
  schema: {
    type: 'object',
    properties: { ms: { type: 'integer', minimum: 0, maximum: MS_MAX, examples: [2000] } },
    required: ['ms'],
    additionalProperties: false,
  },
  resultKind: 'number',
  weight: { factor: 1, parameter: 'ms', power: 1 },
  run({ ms }, context) {
    let state = 1;
    for (let done = 0; done < ms; done++) {
      state = burnSteps(state, BURN_STEPS_PER_MS);
      if (done % PROGRESS_EVERY_MS === 0) context.progress(done / ms);
    }
    return state;
  },
});

/** `steps` rounds of xorshift32 (Marsaglia, 2003); the result depends on each of them, so none can be optimised away. */
export function burnSteps(seed: number, steps: number): number {
  let state = seed;
  for (let i = 0; i < steps; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}
