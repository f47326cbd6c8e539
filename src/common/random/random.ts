// Randomness as a parameter: pure code takes a `Random`; only main files choose the system's.
import { randomBytes } from 'node:crypto';

/** A uniform number in [0, 1). */
export type Random = () => number;

/** mulberry32 (Tommy Ettinger, 2017, public domain): 32 bits of state, good enough for jitter and tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An unguessable token of `bytes` bytes in hexadecimal: instance ids and handshake nonces. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
