// Random tests that can be repeated: the seed stands in the message of whatever fails, and SEED=… in the environment sets it.
import { seededRandom, type Random } from '../../src/common/random/random.ts';

/** Runs `body` with a fresh generator, and the seed that it came from. */
export async function seeded(body: (random: Random, seed: number) => Promise<void> | void): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  try {
    await body(seededRandom(seed), seed);
  } catch (error) {
    if (error instanceof Error) error.message += ` (SEED=${seed} repeats it)`;
    throw error;
  }
}

/** An integer from `min` to `max`, both included. */
export function integer(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function bytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => integer(random, 0, 255));
}
